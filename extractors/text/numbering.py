"""Printed numbers: splitting them from text, generating them, and the depth of list items."""

import re
from functools import cache
from string import ascii_lowercase
from typing import Literal

from configs.structure import Division, load_structure
from extractors.text.superscripts import RAISED_DIGITS

BULLET = "•"
"""The mark of an item whose list shows a sign and no number."""

WIDE = "\u2003"
"""What a reader writes between the first figures of a line and its text where a wide space makes a number of them."""

BULLETS = "•·▪▫●○■□◦‣∙➢➤✓✔❖►–—-*o"
_BULLET = re.compile(rf"^(?:[{re.escape(BULLETS)}]|[\ue000-\uf8ff])\s+(?=\S)")
_LETTER_BULLET = "o"  # of Word's second level, which is a word in some languages
_NUMBER = re.compile(
    r"""(?P<number>
        \((?:\d{1,3}|[a-zа-я]{1,2}|[ivxlc]{1,8}|[A-Z]|[IVXLC]{1,6}
           |[\u05d0-\u05ea\u0621-\u064a])\)                            # (12) (a) (iv), Hebrew and Arabic letters
      | \d{1,3}(?:\.\d{1,3})*(?:\.|\)|°)                                # 12. 1.2. 3) 1°
      | \d{1,3}(?:\.\d{1,3})+(?=\s+["'“«(]?[^\W\d_a-z])                 # 1.2 Scope
      | (?:[IVXLC]{1,6}|[A-Z])[.)](?=\s+["'“«(]?[^\W\d])                # IV. B.
      | (?:[ivxlc]{1,5}|[a-z])[.)](?=\s+["'“«(]?[^\W\d])                # a) ii.
      | \d{1,3}(?=\u2003["'“«(]?[^\W\d_a-z])                            # 12 set off by WIDE
      | (?:[\u05d0-\u05ea][.)]|[\u0621-\u064a]\))(?=\s)                 # the same without the first bracket
      | §\s?\d{1,3}
    )(?:(?<=\.)[-–—]|(?<=[^\W\d]\))\.)?\s+(?P<rest>\S.*)                  # also 1.- (a).
    """,
    re.VERBOSE | re.DOTALL,
)
_TIGHT_NUMBER = re.compile(  # "12.The", "12.-The", "(m)contact"
    r"(?P<number>\d{1,3}\.(?=-?[^\W\d_a-z])|\((?:[a-z]|[ivx]{2,5})\)(?=[“«]?[^\W\d_]{4}))-?(?P<rest>.*)", re.DOTALL
)
# A day, a month and a year, where the day is written with a full stop: "18. Juni 2021", "24. mai 2019".
_DATE = re.compile(
    r"\d{1,2}\. (?:jan|feb|m[aä]r|ap?r|ma[ij]|jun|jul|aug|sep|o[ck]t|nov|de[cz]|led|únor|břez|dub|květ|červ|srp|září"
    r"|říj|prosin|\w+kuu)\w*\.? (?:1[89]|20)\d\d(?![\w/])",
    re.IGNORECASE,
)
_AUTHORS = re.compile(r"[A-Z]\. [A-Z][\w'’-]+(?:, | and | & | et | y )(?:and )?[A-Z]\. ?[A-Z]")  # "A. Able, N. Baker"
_SIGN_WITHIN = 7  # characters; where letters are a number, its sign is among so many
_DECIMAL = re.compile(r"^\d{1,3}(?:\.\d{1,3})*[.)°]?$")
_ROMAN_DIGITS = (
    *((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl")),
    *((10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i")),
)
_ALPHABET = 26
_MAX_REPEATED = 30  # letters; after that Word begins with one again
_MAX_DIVISION = 200
_MAX_LINK = 60  # characters of "to Doc. PC0727E1a (Item V)"
_LINK_END = re.compile(r"\d\S*(?:\s*\([^)]*\))?$")


def is_unmarked(text: str) -> bool:
    """Return whether the first characters rule out a printed number and a bullet, as in most texts."""
    head = text[:_SIGN_WITHIN]
    return head[:2].isalpha() and "." not in head and ")" not in head


def split_number(text: str) -> tuple[str | None, str]:
    """Return the printed number at the start of a text (`12.`, `(a)`, `1.2`) and the rest of it.

    A sign more between them is left out: `12.- The` and `(a). the` begin with `12.` and `(a)`. The number is None where
    there is none, and where it is the day of a date or the initial of an author; the rest is then the text as it was.
    """
    match = _NUMBER.match(text) or _TIGHT_NUMBER.match(text)
    if match and (_DATE.match(text) or _AUTHORS.match(text)):
        return None, text
    return (match["number"], match["rest"]) if match else (None, text)


def split_bullet(text: str, *, letter: bool = True) -> str | None:
    """Return the text after a bullet or dash that opens a list item, or None where none does.

    `letter` says that an "o" by itself is a bullet.
    """
    match = _BULLET.match(text) if letter or text[:1] != _LETTER_BULLET else None
    return text[match.end() :] if match else None


def is_lone_number(text: str) -> bool:
    """Return whether a text is a printed number or a bullet and nothing else."""
    return split_number(f"{text} …")[1] == "…" or split_bullet(f"{text} …", letter=False) == "…"


def split_division(text: str) -> tuple[str, str, int] | None:
    """Return number, rest and level of the heading of a division (`Annex II`, `Article 5 - Scope`), or None.

    The mark of a note behind the number (`Article 5⁴`) stands behind the rest, which is the number where there is none.
    A sentence that only begins like one ("Article 5 of the Agreement …") is none, but "Annex I to Doc. PC0727E1a"
    is: it names the paper that the annex belongs to.
    """
    pattern, levels = _divisions()
    match = pattern.match(text) if len(text) <= _MAX_DIVISION else None
    if match is None:
        return None
    number, rest = " ".join(match["number"].split()), (match["rest"] or "").strip()
    if match["note"]:
        rest = f"{rest or number}{match['note']}"
    if len(rest) <= _MAX_LINK and _LINK_END.search(rest) and rest.split(None, 1)[0].lower() in load_structure().links:
        return number, rest, levels[match["word"].lower()]
    if rest and (rest.endswith((".", ";", ",")) or not (match["mark"] or rest[0].isupper() or rest[0] in '"“«(')):
        return None
    return number, rest, levels[match["word"].lower()]


def place_of_division(number: str | None) -> tuple[Literal["annex", "article"] | None, str]:
    """Return what one cites a division by, and how: `Annex II` is ("annex", "II"), an appendix keeps its word."""
    printed = (number or "").strip("\"'‘“« ")
    word, _, rest = printed.partition(" ")
    division = _division_words().get(word.lower())
    if division is None or division.place is None:
        return None, ""
    return division.place, " ".join((printed if division.named else rest).split())


def division_of(number: str | None) -> Division | None:
    """Return the division that the number of a heading is one of: `Chapter 5`."""
    word = (number or "").strip("\"'‘“« ").partition(" ")[0]
    return _division_words().get(word.lower())


@cache
def item_heading() -> re.Pattern[str]:
    """Return a pattern for a heading by the number of an item of the agenda: "Item 6. Future work"."""
    words = "|".join(map(re.escape, load_structure().item_words))
    return re.compile(rf"(?:{words})\s+(?P<number>\d{{1,3}}(?:\.\d{{1,3}})*)\b", re.IGNORECASE)


def is_item(number: str) -> bool:
    """Return whether a number marks a list item, `(a)` or `ii)`, and not a paragraph, `12.` or `1.2`."""
    return not _DECIMAL.match(number) and not number.startswith("§") and not number[0].isupper()


def is_bullet(mark: str | None) -> bool:
    """Return whether the mark of an item is a bullet, or several for the depth of its list."""
    return bool(mark) and set(mark or "") == {BULLET}


def follows(previous: str | None, number: str) -> bool:
    """Return whether a number is the first of its kind or comes right after the one before it."""
    here = _values(number)
    if 1 in here:
        return True
    return (
        previous is not None
        and _shape(previous) == _shape(number)
        and any(value - 1 in _values(previous) for value in here)
    )


class ItemLevels:
    """The depth of list items, from the order in which kinds of marks open inside each other."""

    def __init__(self) -> None:
        self._open: list[str] = []
        self._last: dict[str, str] = {}

    def close(self) -> None:
        """Say that a list has ended: a paragraph or heading came."""
        self._open.clear()
        self._last.clear()

    def level(self, mark: str) -> int:
        """Return the level, from 1, of an item with this mark: a number, or bullets, as many as its list is deep."""
        kind = self._kind(mark)
        if is_bullet(kind):
            self._open = [one for one in self._open if not (is_bullet(one) and len(one) > len(kind))]
        if kind in self._open:
            del self._open[self._open.index(kind) + 1 :]
        else:
            self._open.append(kind)
        self._last[kind] = mark
        return len(self._open)

    def _kind(self, mark: str) -> str:
        shape = _shape(mark)
        core = mark.strip("().°")
        if not core.isalpha():
            return shape
        lettered, numeral = f"{shape} letter", f"{shape} numeral"
        if roman_value(core) is None:
            return lettered
        # (i) after (h) is a letter, else a Roman numeral
        before = self._last[lettered].strip("().°") if lettered in self._open else ""
        next_letter = before and len(set(core)) == 1 and _letter_value(core) == _letter_value(before) + 1
        return lettered if next_letter else numeral


def roman(value: int) -> str:
    """Return a number from 1 in lower-case Roman numerals."""
    digits = []
    for size, name in _ROMAN_DIGITS:
        count, value = divmod(value, size)
        digits.append(name * count)
    return "".join(digits)


def roman_value(text: str) -> int | None:
    """Return the value of a Roman numeral in either case, or None where it is none."""
    text = text.lower()
    if text.strip("mdclxvi"):
        return None
    value, rest = 0, text
    for size, name in _ROMAN_DIGITS:
        while rest.startswith(name):
            value, rest = value + size, rest[len(name) :]
    return value if text and not rest and roman(value) == text else None


def suffix_pattern() -> str:
    """Return a pattern for the Latin word behind the number of what was put in later: "10 bis"."""
    return rf"\s(?:{'|'.join(load_structure().number_suffixes) or '(?!)'})(?!\w)"


def with_letter(number: str) -> str:
    """Return a number with a letter for the Latin word behind it, as English acts print it: "10a" for "10 bis"."""
    plain, _, suffix = number.rpartition(" ")
    suffixes = load_structure().number_suffixes
    return f"{plain}{letters(suffixes.index(suffix.lower()) + 1)}" if suffix.lower() in suffixes else number


def letters(value: int, alphabet: str = ascii_lowercase) -> str:
    """Return a number from 1 in letters as Word prints it: a to z, then aa, bb and so on, 30 times at most."""
    repeat, position = divmod((value - 1) % (_MAX_REPEATED * len(alphabet)), len(alphabet))
    return alphabet[position] * (repeat + 1)


def _letter_value(text: str) -> int:
    return (len(text) - 1) * _ALPHABET + ord(text[0].lower()) - ord("a") + 1


def _values(number: str) -> set[int]:
    core = number.strip("()§° ").rstrip(".)")
    last = core.rsplit(".", 1)[-1]
    if last.isdecimal():
        return {int(last)}
    values = {_letter_value(last)} if last.isalpha() and len(set(last)) == 1 else set()
    value = roman_value(last)
    return values if value is None else values | {value}


def _shape(number: str) -> str:
    return re.sub(r"[^\W\d_]+", "a", re.sub(r"\d+", "1", number))


@cache
def _division_words() -> dict[str, Division]:
    return {word: division for division in load_structure().divisions for word in division.words}


@cache
def _divisions() -> tuple[re.Pattern[str], dict[str, int]]:
    structure = load_structure()
    levels = {word: division.level for division in structure.divisions for word in division.words}
    words = "|".join(sorted(map(re.escape, levels), key=len, reverse=True))
    named = "|".join(map(re.escape, structure.number_words)) or r"(?!)"
    number = rf"(?:[ivxlc]{{1,7}}|\d{{1,4}}(?:[.\-/]\d+)*){suffix_pattern()}|\d{{1,4}}(?:[.\-/]\d+)*\s?[a-z]?"
    number = rf"{number}|[ivxlc]{{1,7}}|[a-z](?:[-./]?\d+)?|{named}"
    pattern = (
        rf"[\"'‘“«]?\s*(?P<number>(?P<word>{words})\s+(?:{number}))"
        rf"(?P<note>[{RAISED_DIGITS}]*)(?P<mark>\s*[.:–—-]+(?=\s|$))?(?:\s+(?P<rest>.*))?$"
    )
    return re.compile(pattern, re.IGNORECASE | re.DOTALL), levels
