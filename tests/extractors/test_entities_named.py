"""What passages name of the gazetteer, and what only looks like it."""

import pytest

from configs.gazetteer import load_gazetteer
from extractors.entities import EntityMatcher


@pytest.fixture(scope="module")
def matcher() -> EntityMatcher:
    return EntityMatcher(load_gazetteer())


@pytest.fixture
def ids(matcher):
    def found(text: str, language: str | None = "en") -> list[str]:
        return [entity.id for entity in matcher.find(text, language)]

    return found


@pytest.mark.parametrize(
    ("text", "language", "code"),
    [
        ("The delegate of Kenya spoke.", "en", "KE"),
        ("THE DELEGATE OF KENYA SPOKE.", "en", "KE"),
        ("Kenyan Customs spoke.", "en", "KE"),
        ("Customs of the Republic of Kenya spoke.", "en", "KE"),
        ("The Kenya Revenue Authority spoke.", "en", "KE"),
        ("La douane kényane a pris la parole.", "fr", "KE"),
        ("Les autorités ivoiriennes ont pris la parole.", "fr", "CI"),
        ("La delegation de la Cote d’Ivoire", "fr", "CI"),
        ("l'administration française", "fr", "FR"),
        ("Iran (Islamic Republic of) spoke.", "en", "IR"),
        ("Customs in the U.S. spoke.", "en", "US"),
        ("L'UE a pris la parole.", "fr", "EU"),
        ("Members of the AOC region met.", "en", "WCA"),
        ("la région AOA", "fr", "ESA"),
        ("It follows Article 10.4 of the TFA.", "en", "tfa-10.4"),
        ("conformément à l'article 7.7 de l’AFE", "fr", "tfa-7.7"),
        ("the SAFE Framework of Standards", "en", "safe"),
        ("la Convention de Kyoto révisée", "fr", "rkc"),
        ("the Universal Postal Union", "en", "upu"),
        ("Viet\nNam spoke.", "en", "VN"),
    ],
)
def test_names_in_all_their_forms(ids, text, language, code):
    assert ids(text, language) == [code]


COLLISIONS = [
    ("Let us look at it.", "en", []),
    ("LET US LOOK AT THE TRAFFIC AT THE BORDER POSTS", "en", []),
    ("US Customs looked at it.", "en", ["US"]),
    ("Frozen turkey and chile peppers", "en", []),
    ("They polish the text with china clay.", "en", []),
    ("Mr. Jordan and Mme France spoke.", "en", []),
    ("The bridge over the Jordan River", "en", []),
    ("Jordan spoke.", "en", ["JO"]),
    ("The University of Georgia in Athens", "en", []),
    ("The port of Savannah in Georgia", "en", []),
    ("Georgia and Armenia", "en", ["GE", "AM"]),
    ("Nigerien and Nigerian traders", "en", ["NE", "NG"]),
    ("Niger and Nigeria, not the Niger Delta", "en", ["NE", "NG"]),
    ("Guinea, Guinea-Bissau, Equatorial Guinea, Papua New Guinea", "en", ["GN", "GW", "GQ", "PG"]),
    ("the Gulf of Guinea", "en", []),
    ("the Republic of the Congo and the Democratic Republic of the Congo", "en", ["CG", "CD"]),
    ("la RDC et le Congo, au bord du fleuve Congo", "fr", ["CD", "CG"]),
    ("the Republic of Korea and the Democratic People's Republic of Korea", "en", ["KR", "KP"]),
    ("the Republic of China", "en", []),
    ("Northern Ireland and Ireland", "en", ["GB", "IE"]),
    ("South Sudan and Sudan", "en", ["SS", "SD"]),
    ("the Gulf of Oman and Oman", "en", ["OM"]),
    ("South American and American ports", "en", ["US"]),
    ("a South African port", "en", ["ZA"]),
    ("M. Maurice et l'île Maurice", "fr", ["MU"]),
    ("Maurice spoke in English.", "en", []),
    ("la Grenade, et Grenade en Espagne", "fr", ["ES"]),
    ("The French version of the English text", "en", []),
    ("La version française du texte", "fr", []),
    ("the Uruguay Round", "en", []),
    ("the Kyoto Protocol", "en", []),
    ("a safe framework", "en", []),
    ("Dominica and the Dominican Republic", "en", ["DM", "DO"]),
    ("the Indian Ocean", "en", []),
    ("the Hong Kong Decision on market access", "en", []),
]


@pytest.mark.parametrize(("text", "language", "codes"), COLLISIONS)
def test_what_only_looks_like_a_name(ids, text, language, codes):
    assert ids(text, language) == codes


def test_offsets_are_those_of_the_text(matcher):
    text = "In Co\u00adte d'Ivoire and  Viet\nNam"
    found = [(text[one.start : one.end], one.surface, one.id) for one in matcher.find(text, "en")]
    assert found == [("Co\u00adte d'Ivoire",) * 2 + ("CI",), ("Viet\nNam",) * 2 + ("VN",)]


def test_an_abbreviation_that_the_document_defines_otherwise_does_not_count_where_it_needs_one(matcher):
    passages = [("The Customs Automation Review (CAR) was read.", "en"), ("The CAR was adopted.", "en")]
    assert [[one.id for one in found] for found in matcher.find_in_document(passages)] == [[], []]
    passages = [("The Central African Republic (CAR) spoke.", "en"), ("The CAR was heard.", "en")]
    assert [[one.id for one in found] for found in matcher.find_in_document(passages)] == [["CF", "CF"], ["CF"]]


@pytest.mark.parametrize("few", [0, 1_000])
@pytest.mark.parametrize("text", ["Congo (Brazzaville)", "Congo(Brazzaville)", "Congo  (Brazzaville)"])
def test_a_blank_before_a_bracket_makes_no_difference(monkeypatch, few, text):
    monkeypatch.setattr("extractors.themes.matcher._FEW_CHARACTERS", few)
    assert [one.id for one in EntityMatcher(load_gazetteer()).find(text)] == ["CG"]


@pytest.mark.parametrize(
    ("defined", "used", "code"),
    [
        ("The ASEAN Member States (AMS) met.", "All AMS agreed.", "ASEAN"),
        ("The Kenyan Border Board (KBB) met.", "The KBB’s portal is open.", "KE"),
        ("The Border Agency of Northern Peru (“BANP”) met.", "Two BANPs are open.", "PE"),
        ("Le Conseil kényan des portails (CKP) s’est réuni.", "Le CKP est ouvert.", "KE"),
    ],
)
def test_an_abbreviation_that_the_document_defines_names_what_it_stands_for(matcher, defined, used, code):
    before, after = matcher.find_in_document([(used, None), (defined, None)])
    assert [entity.id for entity in before] == [code]
    assert {entity.id for entity in after} == {code}
    assert all(
        text[one.start : one.end] == one.surface for text, found in ((used, before), (defined, after)) for one in found
    )


@pytest.mark.parametrize(
    ("defined", "used"),
    [
        ("The Kenya–Peru Trade Agreement (KPTA) is in force.", "The KPTA helps."),
        ("The ASEAN Single Portal (ASP) is open.", "The ASP helps."),
        ("The portals of Kenya (see KBB) are open.", "The KBB helps."),
        ("The Kenyan Border Board (KBB) met.", "KBBC and kbb help."),
    ],
)
def test_other_abbreviations_name_nobody(matcher, defined, used):
    found, _ = matcher.find_in_document([(used, "en"), (defined, "en")])
    assert found == ()


def test_what_the_gazetteer_names_in_full_stays_that(matcher):
    text = "The American Trade Agreement (ATA) allows ATA carnets."
    assert [entity.id for entity in matcher.find(text, "en")] == ["US", "US", "ata"]


@pytest.mark.parametrize(
    ("text", "language", "code"),
    [
        ("ASEAN met. Many AMS agreed.", "en", "ASEAN"),
        ("Members of the AMS region met in AMS.", "en", "AMS"),
        ("The EC’s portal, says the Commission of the European Communities.", "en", "EU"),
        ("Council Directive 2001/2/EC", "en", "EU"),
        ("directive 2001/2/CE", "fr", "EU"),
    ],
)
def test_abbreviations_go_by_what_the_document_speaks_of(ids, text, language, code):
    assert set(ids(text, language)) == {code}


def test_letters_without_their_context_name_nobody(ids):
    assert ids("The EC value is in the range.") == []
    assert ids("The Aggregate Measurement of Support (AMS) fell. The AMS is low.") == []


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("Kenya", True),
        ("Republic of Kenya", True),
        ("the Kingdom of Swaziland", True),
        ("Gulf of Guinea", True),
        ("Kenyan Ports Council", False),
        ("Republic of Norland", False),
        ("Republic", False),
        ("", False),
    ],
)
def test_names_and_titles_are_known_and_nothing_longer(matcher, text, known):
    assert matcher.knows(text) is known
