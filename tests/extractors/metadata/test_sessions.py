import pytest
from hypothesis import given
from hypothesis import strategies as st

from configs.labels import fold
from extractors.metadata.sessions import roman, sessions_in


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("201st/202nd Sessions", (201, 202)),
        ("225 th /226 th Sessions", (225, 226)),
        ("129th and 130th Sessions", (129, 130)),
        ("42 nd Session", (42,)),
        ("13ème réunion", (13,)),
        ("13 ème réunion du Comité de gestion", (13,)),
        ("201ème/202ème sessions", (201, 202)),
        ("221e et 222e sessions", (221, 222)),
        ("1ère session", (1,)),
        ("Forty-Third Session", (43,)),
        ("SEVENTIETH SESSION", (70,)),
        ("Twenty-sixth session", (26,)),
        ("One hundred and fifth session", (105,)),
        ("Quarante-troisième session", (43,)),
        ("soixante-treizième session", (73,)),
        ("Quatre-vingt-unième session", (81,)),
        ("Première session", (1,)),
        ("38th Ordinary Session of the Assembly of the Union", (38,)),
        ("Third (Special) Session", (3,)),
        ("First session of the Advisory Group", (1,)),
        ("REPORT TO THE COUNCIL ON THE 201st/202nd SESSIONS OF THE COMMITTEE", (201, 202)),
        ("(HSC/42/Oct. 2008)", (42,)),
        ("Session XXXVIII", (38,)),
        ("35\u00aa Sesi\u00f3n del Comit\u00e9 T\u00e9cnico", (35,)),
        ("73\u00ba per\u00edodo de sesiones", (73,)),
        ("146-я сессия", (146,)),
        ("155-е заседание", (155,)),
        ("Minutes of the 1st Management Committee Meeting", (1,)),
        ("WCO 51st Harmonized System Committee Meeting", (51,)),
        ("12th SAFE Working Group Meeting", (12,)),
        ("the 3rd WCO session", (3,)),
    ],
)
def test_session_numbers(text, numbers):
    assert sessions_in(fold(text), text)[0] == numbers


@pytest.mark.parametrize(
    "text",
    [
        "the next session",
        "Sessions",
        "at its previous meetings",
        "20 delegates in session",
        "Chapter 3",
        "the 3rd report of the Committee meeting",
        "the 2nd draft and the meeting",
    ],
)
def test_lines_without_a_session_number(text):
    assert sessions_in(fold(text), text) is None


@given(st.integers(1, 399))
def test_roman_numerals_round_trip(number):
    letters, rest = "", number
    signs = ("c", "xc", "l", "xl", "x", "ix", "v", "iv", "i")
    for value, sign in zip((100, 90, 50, 40, 10, 9, 5, 4, 1), signs, strict=True):
        letters, rest = letters + sign * (rest // value), rest % value
    assert roman(letters) == number


@given(st.integers(1, 998), st.sampled_from(["{n}th Session", "{n} th session", "{n}ème session", "{n}e réunion"]))
def test_any_number_in_figures_is_read(number, form):
    assert sessions_in(fold(form.format(n=number)))[0] == (number,)
