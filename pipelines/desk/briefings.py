"""Briefings as a reader sees them: each quotation compared again with the paper as it is now."""

import datetime as dt
import io
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing

from configs.settings import Settings
from configs.system.errors import ForbiddenError, NotFoundError, UsageError
from extractors.document import Document, Passage, Value
from index.filters import AccessClasses, may_read_all
from index.protocol import Engine
from pipelines.access.keys import Reader
from pipelines.access.ownership import may_change, owner_of
from pipelines.quotations.letters import letters_of, places_of
from pipelines.quotations.verify import Verdict, Verifier
from pipelines.search.cells import Value as Cell
from pipelines.search.service import SearchService
from pipelines.storage.briefings import Briefing, Briefings, Pin
from pipelines.storage.opening import open_storage
from pipelines.viewing.citations import cite

Span = tuple[int, int]
COLUMNS = ("number", "kind", "text", "status", "paper", "difference", "citation", "link")
"""The columns of a briefing as a table."""
_UNCHANGED = ("verified",)


class CheckedPin(Value):
    """An entry with what becomes of its quotation now; `number` counts the quotations from 1, `verdict` is theirs."""

    pin: Pin
    number: int | None = None
    verdict: Verdict | None = None

    @property
    def is_flagged(self) -> bool:
        """Whether its words, its place or its paper are not what they were."""
        found = self.verdict
        return found is not None and (found.status not in _UNCHANGED or found.paper not in (None, "current"))


class CheckedBriefing(Value):
    """A briefing with the entries that a reader may see, and whether the reader may change it.

    `briefing` is without its pins: those of papers that the reader may not see are among them.
    """

    briefing: Briefing
    entries: tuple[CheckedPin, ...]
    is_own: bool

    @property
    def flagged(self) -> int:
        """How many quotations are not what they were."""
        return sum(one.is_flagged for one in self.entries)


class BriefingDesk:
    """The briefings of a home for readers; every method raises as `State` does."""

    def __init__(self, settings: Settings, service: SearchService) -> None:
        self._settings, self._service = settings, service

    def listed(self, reader: Reader) -> list[Briefing]:
        """Return the briefings that a reader may change, those changed last first."""
        with self._store() as store:
            return [one for one in store.all() if may_change(reader, one.owner)]

    def add(self, reader: Reader, name: str) -> Briefing:
        """Begin a briefing; raises `UsageError` for a name that the reader gave before."""
        with self._store() as store:
            return store.add(owner_of(reader), name)

    def delete(self, reader: Reader, name: str) -> None:
        """Delete a briefing; raises as `own`."""
        self.own(reader, name)
        with self._store() as store:
            store.delete(name)

    def get(self, name: str) -> Briefing:
        """Return a briefing by its stored name, which whoever was told it may read."""
        with self._store() as store:
            found = store.get(name)
        if found is None:
            raise NotFoundError(f"'{name[:80]}': there is no briefing of this name", "see the list of briefings")
        return found

    def own(self, reader: Reader, name: str) -> Briefing:
        """Return a briefing to be changed; raises `ForbiddenError` where it is another reader's."""
        found = self.get(name)
        if not may_change(reader, found.owner):
            raise ForbiddenError("this briefing belongs to somebody else", "begin one of your own")
        return found

    def pin_passage(self, reader: Reader, name: str, passage_id: str, quotation: str | None = None) -> None:
        """Pin a passage, or the words of it that are given.

        Raises `NotFoundError` for a passage that the reader may not see, `UsageError` for words that it does not have.
        """
        briefing = self.own(reader, name)
        with self._service.engine() as engine:
            document, passage = _found(engine, passage_id, reader.access_classes)
        wanted = letters_of(quotation or passage.text).text
        span = next(places_of(wanted, letters_of(passage.text), passage.text), None)
        if span is None:
            raise UsageError("these words are not in the passage", "mark them in its text")
        pin = Pin(
            id=secrets.token_hex(4),
            kind="quotation",
            text=passage.text[slice(*span)],
            citation=cite(document, passage, span),
            document=document.id,
            passage=passage.id,
            paragraph=passage.text,
            sha256=document.sha256,
            at=dt.datetime.now(dt.UTC),
        )
        self._change(briefing, lambda pins: (*pins, pin))

    def write(self, reader: Reader, name: str, kind: str, text: str, address: str | None = None) -> None:
        """Add a heading, a comment, or a figure with the address of the page that shows it."""
        if kind not in {"heading", "comment", "figure"} or not text.strip():
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
        self._change(self.own(reader, name), lambda pins: (*pins, pin))

    def move(self, reader: Reader, name: str, pin_id: str, by: int) -> None:
        """Move an entry up (-1) or down (1)."""

        def moved(pins: tuple[Pin, ...]) -> tuple[Pin, ...]:
            place = next((number for number, one in enumerate(pins) if one.id == pin_id), None)
            if place is None or not 0 <= place + by < len(pins):
                return pins
            ordered = list(pins)
            ordered.insert(place + by, ordered.pop(place))
            return tuple(ordered)

        self._change(self.own(reader, name), moved)

    def remove(self, reader: Reader, name: str, pin_id: str) -> None:
        """Take an entry out."""
        self._change(self.own(reader, name), lambda pins: tuple(one for one in pins if one.id != pin_id))

    def checked(self, reader: Reader, name: str, verifier: Verifier) -> CheckedBriefing:
        """Return a briefing with each quotation compared again, without those of papers that the reader may not see."""
        briefing = self.get(name)
        entries = tuple(self._entries(briefing.pins, reader, verifier))
        bare = briefing.model_copy(update={"pins": ()})
        return CheckedBriefing(briefing=bare, entries=entries, is_own=may_change(reader, briefing.owner))

    def _entries(self, pins: Iterable[Pin], reader: Reader, verifier: Verifier) -> Iterator[CheckedPin]:
        number = 0
        for pin in pins:
            if pin.kind != "quotation":
                yield CheckedPin(pin=pin)
                continue
            with self._service.engine() as engine:
                now = engine.document(pin.document or "", access_classes=reader.access_classes)
            if now is None and not may_read_all(reader.access_classes):
                continue  # hidden, or gone: who may not see every paper is not told which
            number += 1
            verdict = verifier.verify(pin.text, pin.citation)
            if now and now.sha256 != pin.sha256 and verdict.paper == "current":
                verdict = verdict.model_copy(update={"paper": "changed"})
            yield CheckedPin(pin=pin, number=number, verdict=verdict)

    def _change(self, briefing: Briefing, change: Callable[[tuple[Pin, ...]], tuple[Pin, ...]]) -> None:
        with self._store() as store:
            store.change(briefing.name, change(briefing.pins))

    def _store(self) -> closing[Briefings]:
        return closing(open_storage(self._settings).open_briefings())


def cells_of(checked: CheckedBriefing, portal: str = "") -> Iterator[tuple[Cell, ...]]:
    """Yield the cells of a briefing in the order of `COLUMNS`, a row an entry."""
    for one in checked.entries:
        found = one.verdict
        said = (found.status, found.paper, found.difference, found.citation) if found else (None,) * 4
        yield (one.number, one.pin.kind, one.pin.text, *said, _link(one, portal))


def docx_of(checked: CheckedBriefing, portal: str = "") -> bytes:
    """Return a briefing as a Word document: quotations with numbered notes at the end, each a citation and a link."""
    import docx

    written = docx.Document()
    written.add_heading(checked.briefing.short_name, level=0)
    for one in checked.entries:
        if one.pin.kind == "heading":
            written.add_heading(one.pin.text, level=1)
        elif one.verdict is None:
            written.add_paragraph(one.pin.text)
        else:
            paragraph = written.add_paragraph(f"“{one.pin.text}”", style="Quote")
            paragraph.add_run(str(one.number)).font.superscript = True
            if one.is_flagged:
                paragraph.paragraph_format.keep_with_next = paragraph.paragraph_format.keep_together = True
                written.add_paragraph().add_run(f"[{_flag(one.verdict)}]").bold = True
    numbered = [one for one in checked.entries if one.verdict]
    if numbered:
        written.add_heading("Notes", level=1)
    for one in numbered:
        note = written.add_paragraph()
        note.add_run(str(one.number)).font.superscript = True
        cited = one.verdict.citation if one.verdict else None
        note.add_run(f" {cited or one.pin.citation}. {_link(one, portal) or ''}".rstrip())
    out = io.BytesIO()
    written.save(out)
    return out.getvalue()


def _flag(found: Verdict) -> str:
    """Return in words why a quotation is flagged."""
    said = {
        "repaired": "these words stand elsewhere now",
        "differs": f"the paper says it differently: {found.difference}",
        "not_found": "no paper says this any more",
    }.get(found.status)
    paper = {
        "changed": "the paper changed since",
        "superseded": "there is a newer version of the paper",
        "withdrawn": "the paper was withdrawn",
    }.get(found.paper or "")
    return "; ".join(filter(None, (said, paper)))


def _link(entry: CheckedPin, portal: str) -> str | None:
    path = entry.verdict.url if entry.verdict else entry.pin.address
    return f"{portal}{path}" if path else None


def _found(engine: Engine, passage_id: str, held: AccessClasses) -> tuple[Document, Passage]:
    document_id = passage_id.rpartition("-")[0]
    document = engine.document(document_id, access_classes=held)
    passage = engine.passage(passage_id, access_classes=held)
    if document is None or passage is None:
        raise NotFoundError(f"'{passage_id}': there is no such passage", "open the paper, and pin it there")
    return document, passage


def rows_of(checked: CheckedBriefing, portal: str = "") -> Sequence[Sequence[Cell]]:
    """Return a briefing as a table with its header."""
    return (COLUMNS, *cells_of(checked, portal))
