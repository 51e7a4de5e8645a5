"""Extracts the labelled parts of a cover: agenda item, distribution, original language, submitter."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from configs.cover_phrases import load_cover_phrases
from configs.covers import load_covers
from extractors.access import UNKNOWN, closing_names, combined
from extractors.document import Reading
from extractors.metadata.front import Front
from extractors.metadata.items import plain_item
from extractors.metadata.printed import Printed
from extractors.metadata.summary_box import summary_box

_NUMBER = (
    r"(?P<item>(?:[ivxl]{1,6}(?:\.\d{1,2}){0,2}(?: ?[a-z](?![\w.]))?|[a-z]\.? ?\d{1,2}|\d{1,3}(?:\.\d{1,2}){0,3})"
    r"(?: ?\(?[a-z]{1,4}\)){0,2})"
)
_MORE = r"(?:(?:,| and|, and) ?(?:\([a-z]{1,4}\)|\d{1,3}(?: ?\([a-z]{1,4}\))?)){0,8}"
"""What follows the first of several items: "Items 3 (a), (c) and 6 of the provisional agenda"."""
_HEADS_AN_ITEM = re.compile(r"(?<=[^\W\d]) ?[:\u2013-] ?\w")
"""What follows the number of an item above what was said under it: "Item I of the Agenda: Opening"."""
_ASIDE = re.compile(r" ?<[^>]*>| ?\[\d{1,2}\]$| ?\((?:[A-Z]{1,5}/)[^()]*(?:\([^()]*\)[^()]*)*\)")
"""Behind a submitter: an address, or the symbol of a paper."""
_MAIL_LINES, _FEWEST_LABELS = 14, 3
_FORM_CHARACTERS = 40
"""What may follow "Resolution adopted by" or "Annex" in a line that is no title, a date aside."""
_MARKS = (
    re.compile(r"^(?:\(\d\d-\d{4,5}\)|ge\.\d\d-\d{4,6} ?(?:\([a-z]\))?|\d\d-\d{5} \([a-z]\)(?: \d{6})?|\*\d{6,9}\*)"),
    re.compile(r"[►▼] ?[a-z]\d{0,3}(?!\w)|◄"),  # of consolidated acts: which act a part is of
    re.compile(r"https?://\S+|www\.\S+|\S+@\S+"),
)
"""What is no word of a title in any language: numbers of jobs, marks of consolidated acts, addresses."""
_MOST_WORDS = 10
"""A longer line is running text, and no mark on who may read the paper."""
_SYMBOL = re.compile(r"(?<!\S)[A-Z]{1,9}(?:/[\w.()-]{1,20}){1,9}(?!\S)")
"""That of the paper may stand in the line of its mark."""


@dataclass(frozen=True)
class Cover:
    """What the labelled parts of a cover say; `distribution` as printed, languages by their English names.

    `access` is the class that the marks on the distribution mean together, `unread` the line of one that is not known.
    `before_session` says that the paper was made for a meeting to come: it names an item of an agenda that is not
    adopted yet.
    """

    agenda_item: str | None = None
    distribution: str | None = None
    access: str | None = None
    unread: str | None = None
    original_language: str | None = None
    submitted_by: str | None = None
    purpose: str | None = None
    action_required: str | None = None
    before_session: bool = False


def cover_of(front: Front, reading: Reading) -> Cover:
    """Return the labelled parts that the cover has."""
    lines = front.header
    purpose, action = summary_box(reading.blocks)
    marks = _distributions(lines)
    closing = [mark for mark in marks if closing_names(mark.access)]
    return Cover(
        agenda_item=_agenda_item(lines),
        distribution=next((mark.printed for mark in (*closing, *marks)), None),
        access=combined(*(mark.access for mark in marks)),
        unread=next((mark.line for mark in marks if mark.access == UNKNOWN), None),
        original_language=_original_language(lines),
        submitted_by=_submitted_by(lines),
        purpose=purpose,
        action_required=action,
        before_session=any(load_covers().provisional.search(line.folded) for line in lines),
    )


def is_mail(front: Front) -> bool:
    """Return whether the cover begins with the head of a mail: sender, receivers and subject, with an address."""
    lines = [line.folded for line in front.header[:_MAIL_LINES]]
    label = load_covers().mail_label
    labels = {match[0] for line in lines if (match := label.match(line))}
    return len(labels) >= _FEWEST_LABELS and any("@" in line for line in lines if label.match(line))


def without_furniture(line: Printed) -> Printed:
    """Return a cover line without agenda item, distribution, job numbers, addresses and copyright notes."""
    text, folded = line.text, line.folded
    for pattern in _furniture():
        while match := pattern.search(folded):
            text = f"{text[: match.start()]} {text[match.end() :]}"
            folded = f"{folded[: match.start()]} {folded[match.end() :]}"
    return line.of(" ".join(text.replace("( )", " ").replace("()", " ").split()))


def without_submitter(line: Printed) -> Printed:
    """Return what a line is a draft of, without who submits it: "draft resolution"; any other line as it is."""
    match = load_covers().draft.match(line.folded)
    return line.of(line.text[slice(*match.span("draft"))]) if match else line


def is_form_line(line: Printed) -> bool:
    """Return whether a line says what form the paper has and nothing of its subject: "Annex II", "Note by ..."."""
    if load_covers().draft.match(line.folded):
        return True
    match = line.words.kinds.forms.match(line.folded)
    if match is None:
        return False
    return len(line.text) - match.end() - (line.day[2] - line.day[1] if line.day else 0) <= _FORM_CHARACTERS


def _agenda_item(lines: Sequence[Printed]) -> str | None:
    for pattern in (*_items(), *_bare_items()):
        for line in lines:
            match = pattern.search(line.folded)
            if match and not _HEADS_AN_ITEM.match(line.folded, match.end()):
                return plain_item(line.text[slice(*match.span("item"))])
    return None


class _Mark(NamedTuple):
    """A mark on who may read the paper: as printed, the class that it means, and its line."""

    printed: str
    access: str | None
    line: str


def _distributions(lines: Sequence[Printed]) -> list[_Mark]:
    """Return the marks of a cover: those behind a label, without any of these the first that stands alone."""
    if labelled := list(filter(None, map(_labelled, lines))):
        return labelled
    for line in lines:
        text, kinds = line.text, line.words.kinds
        # Without a label a mark counts in capitals, alone or at either end of a masthead's line.
        for mark in kinds.marks.finditer(line.folded):
            alone = mark.end() - mark.start() == len(text)
            printed = text[mark.start() : mark.end()]
            # "GENERAL COUNCIL" is a body: at the end of a line only a mark that restricts counts.
            at_end = printed.isupper() and text.isupper() and mark.start() in (0, len(text) - len(printed))
            if alone or (at_end and kinds.access(printed) == "restricted"):
                return [_Mark(printed, kinds.access(printed), text)]
    return []


def _labelled(line: Printed) -> _Mark | None:
    """Return the mark behind a label of a line; a label at its start has one, be it known or not.

    Running text has none, nor has a list of addresses.
    """
    covers, kinds = load_covers(), line.words.kinds
    first = covers.distribution_line.match(line.folded)
    label = first or covers.distribution_label.search(line.folded)
    if label is None:
        return None
    rest = line.of(line.text[label.end() :].strip())
    mark = kinds.marks.match(rest.folded)
    if mark and not _more_than_a_masthead(rest.of(rest.text[mark.end() :])):
        printed = rest.text[: mark.end()]
        return _Mark(printed, kinds.access(printed), line.text)
    if not rest.text or "@" in rest.text or len(rest.text.split()) > _MOST_WORDS or not (first or mark):
        return None
    return _Mark(rest.text, UNKNOWN, line.text)


def _more_than_a_masthead(rest: Printed) -> str:
    """Return the text after a mark without a day, a language, a symbol and a job number; "" for nothing."""
    while rest.day:
        rest = rest.of(f"{rest.text[: rest.day[1]]} {rest.text[rest.day[2] :]}")
    rest = rest.of(_SYMBOL.sub(" ", rest.text))
    words = re.findall(r"[^\W_]+", without_furniture(rest.of(load_covers().language_mark.sub(" ", rest.folded))).text)
    return " ".join(word for word in words if load_covers().language(word) is None)


def _original_language(lines: Sequence[Printed]) -> str | None:
    covers = load_covers()
    for line in lines:
        match = covers.language_mark.search(line.folded)
        if match:
            words = re.findall(r"[^\W\d_]+", match["names"] or match["only"] or match["short"])
            names = list(filter(None, map(covers.language, words)))
            if names:
                return "/".join(dict.fromkeys(names))
    return None


def _submitted_by(lines: Sequence[Printed]) -> str | None:
    covers = load_covers()
    # "DE: ..." by itself is a country in a list, below "Objet: ..." it is a sender.
    letter = any(covers.letterhead_label.match(line.folded) for line in lines)
    inner = [
        line.of(line.text[1:-1]) if line.text.startswith("(") and line.text.endswith(")") else line for line in lines
    ]
    senders = ((covers.sender_line,),) if letter else ()
    for patterns in ((covers.submitted_line,), *senders, *load_cover_phrases().submitter_groups, (covers.draft,)):
        for line in inner:
            match = next(filter(None, (pattern.search(line.folded) for pattern in patterns)), None)
            if match:
                return _ASIDE.sub("", line.text[slice(*match.span("who"))]).strip(" .;,*")
    return None


@cache
def _items() -> tuple[re.Pattern[str], ...]:
    """Return what names the item of the agenda that a paper is for, wherever it stands in a line."""
    return tuple(map(_of_item, load_cover_phrases().agenda_items))


@cache
def _bare_items() -> tuple[re.Pattern[str], ...]:
    return tuple(map(_of_item, load_cover_phrases().bare_items))


def _of_item(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern.replace("{item}", _NUMBER).replace("{more}", _MORE))


@cache
def _furniture() -> tuple[re.Pattern[str], ...]:
    return (*_items(), *load_cover_phrases().furniture_patterns, *_MARKS)
