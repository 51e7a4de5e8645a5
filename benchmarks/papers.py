"""Synthetic committee papers with known text, set in one or two columns and written by two PDF libraries.

Each paper is made as elements (the truth); `benchmarks.typesetting` writes it as a PDF. The same seed gives the same
papers.
"""

import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml

Kind = Literal["front", "heading", "paragraph", "item", "footnote"]
PRODUCERS = ("reportlab", "fpdf2")
LANGUAGES = ("en", "fr", "es", "ru")
_TEXTS = Path(__file__).with_name("papers.yaml")
_LENGTHS = (1, 1, 2, 2, 3, 4, 6)
"""Sentences of a paragraph."""
_ROMAN = ("I", "II", "III", "IV")


@dataclass(frozen=True, slots=True)
class Element:
    """One thing that a reader should find: its kind, its number as printed, its text, its depth."""

    kind: Kind
    text: str
    number: str | None = None
    level: int | None = None
    mark: str | None = None
    """Number of the footnote whose mark follows the text."""


@dataclass(frozen=True, slots=True)
class Paper:
    """What a paper says and how it is set; `furniture` must not be in its text."""

    name: str
    language: str
    columns: int
    producer: str
    justified: bool
    indented: bool
    elements: tuple[Element, ...]
    furniture: tuple[str, ...]
    symbol: str
    foot: tuple[str, ...]


def compose(language: str, columns: int, producer: str, *, paragraphs: int = 24, seed: int = 7) -> Paper:
    """Return a paper of about so many numbered paragraphs; the seed and the rest decide all of it."""
    words = yaml.safe_load(_TEXTS.read_text(encoding="utf-8"))[language]
    chance = random.Random(f"{language} {columns} {producer} {seed}")
    symbol = f"PC{chance.randint(1000, 1899)}E1a"
    head = symbol[:-1]
    foot = (words["foot"], words["rights"])
    return Paper(
        name=f"{language}_{columns}col_{producer}_{seed}",
        language=language,
        columns=columns,
        producer=producer,
        justified=chance.random() < 0.6,  # noqa: PLR2004 - more papers than not
        indented=columns > 1 and chance.random() < 0.5,  # noqa: PLR2004 - half of them
        elements=tuple(_elements(words, chance, symbol, paragraphs)),
        furniture=(head, *foot),
        symbol=symbol,
        foot=foot,
    )


def collection(paragraphs: int = 24, seed: int = 7) -> list[Paper]:
    """Return one paper for each language, number of columns and producer."""
    return [
        compose(language, columns, producer, paragraphs=paragraphs, seed=seed)
        for language in LANGUAGES
        for columns in (1, 2)
        for producer in PRODUCERS
    ]


def _elements(words: dict[str, Any], chance: random.Random, symbol: str, paragraphs: int) -> list[Element]:
    made = [
        Element("front", text) for text in (*words["emblem"], words["body"], symbol, _filled(words["session"], chance))
    ]
    made.append(Element("heading", words["title"], level=1))
    each = paragraphs // len(_ROMAN)
    number = 0
    for section, (roman, heading) in enumerate(zip(_ROMAN, words["headings"], strict=True)):
        made.append(Element("heading", heading, f"{roman}.", 2))
        if section == len(_ROMAN) - 1:
            made.append(Element("paragraph", words["sentences"][0]))
            made += [
                Element("item", text, f"({letter})", 1) for letter, text in zip("abcd", words["items"], strict=True)
            ]
            continue
        for place in range(each):
            if place % 4 == 2:  # noqa: PLR2004 - a minor heading now and then
                made.append(Element("heading", words["minor"][section], None, 3))
            number += 1
            made.append(_paragraph(words, chance, f"{number}."))
            if place % 5 == 3:  # noqa: PLR2004 - and a list
                made += [Element("item", text, "•", 1) for text in words["items"][:3]]
            if place % 6 == 1:
                made.append(Element("paragraph", _sentences(words, chance, 2)))
    for mark, note in enumerate(words["notes"], 1):
        _note(made, str(mark), note, chance)
    made.append(Element("heading", f"{words['annex'][0]} {symbol}", None, 1))
    made.append(Element("heading", words["annex"][1], None, 2))
    made += [Element("paragraph", _sentences(words, chance, 3)) for _ in range(3)]
    return made


def _paragraph(words: dict[str, Any], chance: random.Random, number: str) -> Element:
    return Element("paragraph", _sentences(words, chance, chance.choice(_LENGTHS)), number)


def _note(made: list[Element], mark: str, text: str, chance: random.Random) -> None:
    """Tie a footnote to one of the numbered paragraphs; marks come in the order of the text."""
    after = max((place for place, one in enumerate(made) if one.kind == "footnote"), default=0)
    places = [place for place, one in enumerate(made) if one.kind == "paragraph" and one.number and place > after]
    place = chance.choice(places[: max(1, len(places) // 2)])
    bearer = made[place]
    made[place] = Element(bearer.kind, bearer.text, bearer.number, bearer.level, mark)
    made.insert(place + 1, Element("footnote", text, mark))


def _sentences(words: dict[str, Any], chance: random.Random, count: int) -> str:
    return " ".join(_filled(text, chance) for text in chance.sample(words["sentences"], count))


def _filled(text: str, chance: random.Random) -> str:
    return text.replace("{n}", str(chance.randint(2, 99)))
