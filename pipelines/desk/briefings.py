"""Briefings as a reader sees them: each quotation is compared with the current text of its paper."""

import datetime as dt
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from functools import cache, partial
from typing import NamedTuple

from configs.settings import Settings
from configs.system.errors import ForbiddenError, NotFoundError, UsageError
from extractors.document import Document, Passage, Value
from index.filters import AccessClasses, may_read_all
from index.protocol import Engine
from pipelines.access.keys import Reader
from pipelines.access.ownership import may_change, owner_of
from pipelines.quotations.letters import letters_of, parts_of, places_of
from pipelines.quotations.printed import Span, joined, quoted, with_list
from pipelines.quotations.verify import Verdict, Verifier
from pipelines.search.service import SearchService
from pipelines.storage.briefings import MOST_CHARACTERS, Briefing, Briefings, Pin
from pipelines.storage.opening import open_storage
from pipelines.viewing.citations import cite

_FRESH = dt.timedelta(days=1)
"""How long after a change a briefing is open beside papers."""
_WRITTEN = frozenset({"heading", "comment"})
_START, _END = frozenset("“‘«„\"'(["), frozenset(".;:!?")
"""Signs that a quotation includes before, and after, its words."""


class CheckedPin(Value):
    """An entry with what becomes of its quotation now; `number` counts the quotations from 1, `verdict` is theirs."""

    pin: Pin
    number: int | None = None
    verdict: Verdict | None = None

    @property
    def is_flagged(self) -> bool:
        """Whether its words, its place or its paper have changed."""
        found = self.verdict
        return found is not None and (found.status != "verified" or found.paper not in (None, "current"))


class CheckedBriefing(Value):
    """A briefing with the entries that a reader may see, and whether the reader may change it.

    `briefing` is without its pins: those of papers that the reader may not see are among them.
    """

    briefing: Briefing
    entries: tuple[CheckedPin, ...]
    is_own: bool

    @property
    def flagged(self) -> int:
        """The number of quotations that have changed."""
        return sum(one.is_flagged for one in self.entries)


class CurrentBriefing(NamedTuple):
    """The current briefing of a reader, without comparisons; all of the reader's briefings; whether it is recent."""

    checked: CheckedBriefing
    own: tuple[Briefing, ...]
    is_fresh: bool


class BriefingDesk:
    """The briefings of a home for its readers; every method raises as `State` does."""

    def __init__(self, settings: Settings, service: SearchService) -> None:
        self._settings, self._service = settings, service

    def listed(self, reader: Reader) -> list[Briefing]:
        """Return the briefings that a reader may change, the last changed ones first."""
        with self._store() as store:
            return [one for one in store.all() if may_change(reader, one.owner)]

    def current(self, reader: Reader) -> CurrentBriefing | None:
        """Return the last changed briefing of a reader, as shown beside papers; None without one."""
        own = self.listed(reader)
        if not own:
            return None
        with self._service.engine() as engine:
            entries = tuple(entry for entry, _ in _entries(engine, own[0].pins, reader.access_classes))
        checked = CheckedBriefing(briefing=own[0].model_copy(update={"pins": ()}), entries=entries, is_own=True)
        return CurrentBriefing(checked, tuple(own), dt.datetime.now(dt.UTC) - own[0].changed < _FRESH)

    def add(self, reader: Reader, name: str) -> Briefing:
        """Create a briefing; raises `UsageError` for a name that the reader has used."""
        with self._store() as store:
            return store.add(owner_of(reader), name)

    def rename(self, reader: Reader, name: str, new: str) -> Briefing:
        """Rename a briefing; raises as `own`, and `UsageError` for a name that the reader has used."""
        briefing = self.own(reader, name)
        with self._store() as store:
            return store.rename(briefing, new)

    def delete(self, reader: Reader, name: str) -> None:
        """Delete a briefing; raises as `own`."""
        self.own(reader, name)
        with self._store() as store:
            store.delete(name)

    def get(self, name: str) -> Briefing:
        """Return a briefing by its stored name, for any reader who knows it."""
        with self._store() as store:
            found = store.get(name)
        if found is None:
            raise NotFoundError(f"'{name[:80]}': there is no briefing of this name", "see the list of briefings")
        return found

    def own(self, reader: Reader, name: str) -> Briefing:
        """Return a briefing for a change; raises `ForbiddenError` if it belongs to another reader."""
        found = self.get(name)
        if not may_change(reader, found.owner):
            raise ForbiddenError("this briefing belongs to somebody else", "begin one of your own")
        return found

    def pin_passage(self, reader: Reader, name: str, passage_id: str, quotation: str | None = None) -> None:
        """Pin a passage, or a quotation from it as printed; `[…]` separates its parts. What is there stays once.

        For a quotation that is a heading, the whole passage is pinned, without its headings. An open line ("… shall:")
        includes its list, also over following passages.

        Raises `NotFoundError` for a passage that the reader may not see, `UsageError` for words that it does not have.
        """
        briefing = self.own(reader, name)
        with self._service.engine() as engine:
            document, passage = _found(engine, passage_id, reader.access_classes)
        source, text, span = _quotation(document, passage, quotation)
        pin = Pin(
            id=secrets.token_hex(4),
            kind="quotation",
            text=text,
            citation=cite(document, source, span),
            span=span,
            document=document.id,
            passage=source.id,
            paragraph=source.text,
            sha256=document.sha256,
            at=dt.datetime.now(dt.UTC),
        )
        self._change(briefing, lambda pins: pins if _has(pins, pin) else (*pins, pin))

    def write(
        self, reader: Reader, name: str, kind: str, text: str, *, address: str | None = None, place: int | None = None
    ) -> None:
        """Add a heading, a comment, or a figure with the address of the page that shows it.

        It becomes the last entry, or that at `place`, counted from 1.
        """
        if kind not in {*_WRITTEN, "figure"} or not text.strip():
            raise UsageError("a heading, a comment or a figure has a text", "write one")
        if kind == "figure" and not (address or "").startswith("/"):
            raise UsageError("a figure has the address of the page that shows it", "pin it from that page")
        pin = Pin.model_validate(
            {
                "id": secrets.token_hex(4),
                "kind": kind,
                "text": text.strip(),
                "address": address if kind == "figure" else None,
                "at": dt.datetime.now(dt.UTC),
            }
        )

        def added(pins: tuple[Pin, ...]) -> tuple[Pin, ...]:
            at = len(pins) if place is None else place - 1
            return (*pins[:at], pin, *pins[at:])

        self._change(self.own(reader, name), added)

    def arrange(
        self, reader: Reader, name: str, pin_id: str, text: str | None = None, place: int | None = None
    ) -> None:
        """Move an entry to another place, counted from 1, and change the text of an entry written by a person.

        Without either, the briefing becomes the reader's current one.
        """

        def arranged(pins: tuple[Pin, ...]) -> tuple[Pin, ...]:
            at = next((number for number, one in enumerate(pins) if one.id == pin_id), None)
            if at is None:
                return pins
            pin, others = pins[at], [*pins[:at], *pins[at + 1 :]]
            if text and text.strip() and pin.kind in _WRITTEN:
                pin = pin.model_copy(update={"text": text.strip()[:MOST_CHARACTERS]})
            others.insert(at if place is None else place - 1, pin)
            return tuple(others)

        self._change(self.own(reader, name), arranged)

    def remove(self, reader: Reader, name: str, pin_id: str) -> None:
        """Delete an entry."""
        self._change(self.own(reader, name), lambda pins: tuple(one for one in pins if one.id != pin_id))

    def checked(self, reader: Reader, name: str, verifier: Verifier) -> CheckedBriefing:
        """Return a briefing with each quotation compared, without those of papers that the reader may not see."""
        briefing, held = self.get(name), reader.access_classes
        with self._service.engine() as engine:
            entries = _entries(engine, briefing.pins, held)
            found = [(one, paper, _stretch(engine, one.pin, paper, held)) for one, paper in entries]
        bare = briefing.model_copy(update={"pins": ()})
        compared = tuple(_compared(verifier, one, paper, passage) for one, paper, passage in found)
        return CheckedBriefing(briefing=bare, entries=compared, is_own=may_change(reader, briefing.owner))

    def _change(self, briefing: Briefing, change: Callable[[tuple[Pin, ...]], tuple[Pin, ...]]) -> None:
        with self._store() as store:
            store.change(briefing.name, change)

    def _store(self) -> closing[Briefings]:
        return closing(open_storage(self._settings).open_briefings())


def _has(pins: Iterable[Pin], pin: Pin) -> bool:
    return (pin.passage, pin.text) in {(one.passage, one.text) for one in pins}


def _entries(engine: Engine, pins: Iterable[Pin], held: AccessClasses) -> Iterator[tuple[CheckedPin, Document | None]]:
    """Yield the entries that a reader may see, without verdicts; a quotation with its paper as it is now."""
    paper_of = cache(partial(engine.document, access_classes=held))
    number = 0
    for pin in pins:
        if pin.kind != "quotation":
            yield CheckedPin(pin=pin), None
        elif (paper := paper_of(pin.document or "")) or may_read_all(held):
            number += 1  # readers without access to every paper cannot tell a hidden paper from a deleted one
            yield CheckedPin(pin=pin, number=number), paper


def _compared(verifier: Verifier, entry: CheckedPin, paper: Document | None, passage: Passage | None) -> CheckedPin:
    """Return an entry with its verdict, where it is a quotation; `passage` is where it was pinned, if unchanged."""
    pin = entry.pin
    if entry.number is None:
        return entry
    if paper and passage and pin.span and passage.text == pin.paragraph:
        verdict = verifier.taken_from(paper, passage, pin.span, pin.text, pin.citation)
    else:
        verdict = verifier.verify(pin.text, pin.citation)
    if paper and paper.sha256 != pin.sha256 and verdict.paper == "current":
        verdict = verdict.model_copy(update={"paper": "changed"})
    return CheckedPin(pin=pin, number=entry.number, verdict=verdict)


def _found(engine: Engine, passage_id: str, held: AccessClasses) -> tuple[Document, Passage]:
    document_id = passage_id.rpartition("-")[0]
    document = engine.document(document_id, access_classes=held, full=True)
    passage = engine.passage(passage_id, access_classes=held)
    if document is None or passage is None:
        raise NotFoundError(f"'{passage_id}': there is no such passage", "open the paper, and pin it there")
    return document, passage


def _quotation(document: Document, passage: Passage, quotation: str | None) -> tuple[Passage, str, Span]:
    """Return the printed quotation, its place, and its passages joined to one."""
    blocks = {block.id: block for block in document.blocks}
    whole, offset = with_list(passage, document.passages, blocks)
    for words in (quotation, None):
        spans = list(_spans_of(words, passage))
        moved = [(start + offset, end + offset) for start, end in spans]
        found = quoted(whole, blocks, moved, through=words is None)
        if found and len(found[0]) <= MOST_CHARACTERS:
            text, (start, end) = found
            inside = offset <= start and end <= offset + len(passage.text)
            return (passage, text, (start - offset, end - offset)) if inside else (whole, text, (start, end))
        if alone := quoted(passage, blocks, spans):
            return passage, *alone
    raise UsageError("this is a heading: there is nothing to quote", "pin what stands below it")


def _stretch(engine: Engine, pin: Pin, paper: Document | None, held: AccessClasses) -> Passage | None:
    """Return the passages of a quotation joined to one, as far as they are unchanged; None where the paper changed."""
    if paper is None or paper.sha256 != pin.sha256:
        return None
    found = engine.passage(pin.passage or "", access_classes=held)
    parts = [found] if found else []
    text, wanted = found.text if found else "", pin.paragraph or ""
    name, _, ordinal = (pin.passage or "").rpartition("-")
    while parts and text != wanted and wanted.startswith(text):
        ordinal = str(int(ordinal) + 1)
        following = engine.passage(f"{name}-{ordinal}", access_classes=held)
        if following is None:
            return None
        if following.kind == parts[0].kind:
            parts.append(following)
            text = f"{text}\n{following.text}"
    return joined(parts) if parts else None


def _spans_of(quotation: str | None, passage: Passage) -> Iterator[Span]:
    """Yield the spans of the parts of a quotation in a passage, in order; the whole passage without a quotation."""
    letters, last = letters_of(passage.text), 0
    if quotation is None:
        yield 0, len(passage.text)
    for part in parts_of(quotation or ""):
        span = next(places_of(part, letters, passage.text, letters.after(last)), None)
        if span is None:
            raise UsageError("these words are not in the passage", "mark them in its text")
        last = span[1] + (passage.text[span[1] : span[1] + 1] in _END)
        yield span[0] - (passage.text[span[0] - 1 : span[0]] in _START), last
