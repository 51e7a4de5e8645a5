"""Metadata in the file name of a presentation: `ItemIIa_CBM Panel_CODEX_da Costa_EN`."""

import re
from dataclasses import dataclass

_NAME = re.compile(
    r"(?i:agenda[ _-]?)?(?i:item|point)[ _-]?(?P<item>[IVXL]{1,6}|\d{1,3}(?:\.\d{1,2})?)[ _.-]?(?P<part>[a-z])?(?=_)"
    r"_(?P<rest>[^_]{1,120}(?:_[^_]{1,120}){0,5}?)(?:_(?P<language>EN|FR|ES|RU|E|F))?"
)
_MOST_CHARACTERS = 250
_LANGUAGES = {"E": "en", "F": "fr"}


@dataclass(frozen=True)
class NameOfPresentation:
    """Agenda item, what it is about, who speaks (organisation and person), and the language (ISO 639-1)."""

    item: str
    title: str | None = None
    speaker: str | None = None
    language: str | None = None


def parse_name(stem: str) -> NameOfPresentation | None:
    """Return the metadata in a file name of this form, without its extension, else None."""
    match = _NAME.fullmatch(stem[:_MOST_CHARACTERS])
    if not match:
        return None
    title, *others = (part.strip() for part in match["rest"].split("_"))
    letter = match["language"]
    return NameOfPresentation(
        item=match["item"] + (f"({match['part']})" if match["part"] else ""),
        title=title or None,
        speaker=", ".join(filter(None, others)) or None,
        language=_LANGUAGES.get(letter, letter.lower()) if letter else None,
    )
