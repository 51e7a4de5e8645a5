"""Finds headings of divisions in a text without layout: "Article 21", "ANNEX VI", with the headings of groups."""

from collections.abc import Sequence
from dataclasses import dataclass

from configs.structure import load_structure
from extractors.text.numbering import split_bullet, split_division, split_number

_MOST_TITLE = 100  # characters; what is longer is text
_SHORTER = 0.75  # of the line that follows: lines of text that was broken at a margin are as long as each other
_SENTENCE_END = (".", "!", "?")
_NO_TITLE_END = (*_SENTENCE_END, ":", ";", ",", "-")
_LONG_WORD = 4  # letters; a line of shorter ones ("AND", "V") is no title
_MOST_HEADS = 2  # lines: "Competition", "Rules on cartels"


@dataclass(frozen=True)
class DivisionHeading:
    """A heading of `lines` lines; `number` is None for the head of a group, without a title `text` is the number."""

    text: str
    level: int
    number: str | None = None
    lines: int = 1


def find_divisions(lines: Sequence[str]) -> dict[int, DivisionHeading]:
    """Return the headings among the paragraphs of a text, by the place of their first line.

    A line that is the number of a division takes a short line below it as its title. A short line between the end of
    a sentence and a division heads a group of them, one level above. Empty lines are skipped.
    """
    found: dict[int, DivisionHeading] = {}
    for place, line in enumerate(lines):
        division = split_division(line)
        following = lines[place + 1] if place + 1 < len(lines) else ""
        if division is None or (following[:1].islower() and _is_open(lines, place - 1, found)):
            continue
        number, rest, level = division
        behind = lines[place + 2] if place + 2 < len(lines) else ""
        below = following if not rest and is_title(following, behind) else ""
        found[place] = DivisionHeading(rest or below or number, level, number, 2 if below else 1)
        for head in range(place - heads_above(lines[:place], line), place):
            found.setdefault(head, DivisionHeading(lines[head], max(1, level - 1)))
    return dict(sorted(found.items()))


def is_number(line: str) -> bool:
    """Return whether a line is the number of a division and nothing else."""
    division = split_division(line.strip())
    return division is not None and not division[1]


def is_title(line: str, following: str) -> bool:
    """Return whether a line reads like a title and not like the first line of the text that goes on in the next one."""
    line, following = line.strip(), following.strip()
    if not 0 < len(line) <= _MOST_TITLE or line.endswith(_NO_TITLE_END) or following[:1].islower():
        return False
    if not line.lstrip("\"'“«").lstrip()[:1].isupper() or not any(len(word) >= _LONG_WORD for word in line.split()):
        return False
    if split_division(line) or _is_numbered(line) or line.split()[-1].lower() in load_structure().unfinished:
        return False
    apart = not following or _is_numbered(following) or split_division(following) is not None
    return apart or len(line) <= _SHORTER * len(following)


def heads_above(lines: Sequence[str], division: str) -> int:
    """Return how many of the last lines above a division head a group: short ones behind the end of a sentence."""
    for count in range(1, _MOST_HEADS + 1):
        if len(lines) <= count or not is_title(lines[-count], lines[1 - count] if count > 1 else division):
            return 0
        if lines[-count - 1].endswith(_SENTENCE_END):
            return count
    return 0


def _is_open(lines: Sequence[str], place: int, found: dict[int, DivisionHeading]) -> bool:
    """Return whether a sentence of the line at a place goes on: it has no end and is no heading."""
    headed = place in found or (place - 1 in found and found[place - 1].lines > 1)
    return place >= 0 and not headed and bool(lines[place]) and not lines[place].endswith((*_SENTENCE_END, ":", ";"))


def _is_numbered(line: str) -> bool:
    return split_number(line)[0] is not None or split_bullet(line) is not None
