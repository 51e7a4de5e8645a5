"""The value types of the product: a document, its blocks, tables and passages, and the tags on them.

Every type is frozen and dumps to the JSON shapes that callers rely on (`model_dump(mode="json")`).
Boxes are `(x0, top, x1, bottom)` in points from the top left of the page as shown, after crop box and
rotation. Pages count from 1 as they lie in the file. Text offsets are Unicode code points, end exclusive.
"""

import datetime as dt
import hashlib
from collections.abc import Iterable
from typing import Annotated, Any, Literal, TypeAlias, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, computed_field, model_validator

from configs.boilerplate import Boilerplate
from configs.system.redaction import redact, without_secrets
from extractors.paper_date import DatePrecision, PaperDate, precision_of

Box: TypeAlias = tuple[float, float, float, float]
BlockKind: TypeAlias = Literal["heading", "paragraph", "item", "table", "footnote", "header", "footer"]
PassageKind: TypeAlias = Literal["text", "note", "list"]
PageStatus: TypeAlias = Literal["text", "ocr", "needs_ocr", "failed"]
MarkKind: TypeAlias = Literal["struck", "blackened", "shaded"]
ReadStatus: TypeAlias = Literal[
    "read", "needs_ocr", "encrypted", "malformed", "empty", "unsupported", "too_large", "timeout", "crashed"
]
Modality: TypeAlias = Literal["achieved", "planned", "recommended", "lacking"]
MODALITIES: tuple[Modality, ...] = get_args(Modality)
TagClaim: TypeAlias = Literal["stated", "topic"]
CLAIMS: tuple[TagClaim, ...] = get_args(TagClaim)
TagStatus: TypeAlias = Literal["accepted", "suggested", "hidden", "rejected"]
ThemeKind: TypeAlias = Literal["named", "about"]
ThemeStatus: TypeAlias = Literal["accepted", "suggested"]
SourceName: TypeAlias = Annotated[str, AfterValidator(without_secrets)]
"""The URI by which a source is known. It holds no credentials and no signature, whatever an earlier version stored:
every answer shows documents, so this is where these end."""
RedactedText: TypeAlias = Annotated[str, AfterValidator(redact)]
"""A text that may name sources, and no secrets of theirs."""

STORED_STATUSES: frozenset[ReadStatus] = frozenset({"read", "needs_ocr"})
"""Statuses of documents that go into the index; every other one is a failure."""


FURNITURE: frozenset[BlockKind] = frozenset({"header", "footer"})
"""Kinds of blocks that belong to no passage."""


class Value(BaseModel):
    """A frozen value; unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Page(Value):
    """One page as shown; `width` and `height` in points, `rotation` in degrees clockwise."""

    number: int
    label: str | None = None
    width: float
    height: float
    rotation: int = 0
    status: PageStatus = "text"


def around(boxes: Iterable[Box]) -> Box:
    """Return the bounding box of boxes; raises `ValueError` where there are none."""
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


LineBox: TypeAlias = tuple[int, int, int, int, int]
"""A line of a block: the offset in the block's text at which it starts, and its box in points, rounded outwards."""
PassagePiece: TypeAlias = tuple[int, int, int]
"""What a line of a passage's text is of: where it starts in that text, the id of its block, the offset in the block."""


class BlockPart(Value):
    """A part of a block on one page: the offset in the block's text at which it starts, and its box there."""

    start: int
    page: int
    box: Box | None = None


class Block(Value):
    """A run of text with one role; `page` and `box` are null for formats without pages.

    `number` is the number as printed (`12.`, `(a)`, `Annex II`) and is not part of `text`; `level` is the
    depth of a heading (1 = highest) or of a list item. `parts` are those of a block that was joined over a page
    break, in the order of the text; `page` and `box` are those of the first one. `lines` are those of a block that is
    printed in several, in the order of the text: each is on the page of the part that it starts in. A table has none:
    its cells have boxes.
    """

    id: int
    page: int | None = None
    box: Box | None = None
    kind: BlockKind
    number: str | None = None
    level: int | None = None
    text: str
    parts: tuple[BlockPart, ...] = ()
    lines: tuple[LineBox, ...] = ()

    @property
    def unread_number(self) -> str:
        """The printed number where the text does not include it, else ""."""
        return self.number if self.number and not self.text.startswith(self.number) else ""

    @property
    def printed(self) -> str:
        """The text behind its number, as they are printed."""
        return f"{self.unread_number} {self.text}".lstrip()


class Cell(Value):
    """A cell of a table; `row` and `column` count from 0."""

    row: int
    column: int
    rowspan: int = 1
    colspan: int = 1
    text: str
    page: int | None = None
    box: Box | None = None


class Table(Value):
    """A table; `rows` is rectangular, a merged cell's text stands once at its top left.

    `block` is the id of the block of kind `table` whose text is the rows joined by line feeds and the cells
    by tabs.
    """

    block: int
    pages: tuple[int, ...] = ()
    header_rows: int = 0
    rows: tuple[tuple[str, ...], ...]
    cells: tuple[Cell, ...] = ()


class Mark(Value):
    """A stretch of text that is printed as if redacted; `number` is the printed one of its paragraph."""

    kind: MarkKind
    page: int | None = None
    number: str | None = None


class Reading(Value):
    """What a reader makes of the bytes of one file, before anything is said about what the paper is.

    `properties` holds what the format itself declares (`title`, `language`, `created`, `author`), as text.
    """

    media_type: str
    status: ReadStatus = "read"
    pages: tuple[Page, ...] = ()
    blocks: tuple[Block, ...] = ()
    tables: tuple[Table, ...] = ()
    properties: dict[str, str] = {}
    marks: tuple[Mark, ...] = ()
    warnings: tuple[str, ...] = ()


class Symbol(Value):
    """A document symbol; only `raw` is known for the symbols of other organisations."""

    raw: str
    prefix: str | None = None
    serial: str | None = None
    language: str | None = None
    version: str | None = None
    variant: str | None = None


class MeetingDates(Value):
    """First and last day of a meeting."""

    start: dt.date | None = None
    end: dt.date | None = None


class AgendaEntry(Value):
    """One row of an agenda; `actions` are the action marks, `paragraphs` the printed range."""

    item: str
    title: str
    actions: tuple[str, ...] = ()
    paragraphs: str | None = None


class Deadline(Value):
    """A time by which something is to be done, as printed, and as `YYYY-MM-DD`, `YYYY-MM` or `YYYY` where it is one."""

    text: str
    date: str | None = None


class Decision(Value):
    """A decision as recorded: who did what, in which paragraph, and who is to act by when.

    `actor` and `addressee` are as printed; `body` is the actor's id where it is a known body.
    """

    verb: str
    paragraph: str | None = None
    page: int | None = None
    actor: str | None = None
    body: str | None = None
    addressee: str | None = None
    deadline: Deadline | None = None
    text: str


class Reference(Value):
    """A reference to another paper; `document` is its id where an index that was asked holds it."""

    symbol: str
    paragraph: str | None = None
    annex: str | None = None
    page: int | None = None
    document: str | None = None


class Mention(Value):
    """A theme named in a text: offsets into it, the words there, the label they matched."""

    id: str
    start: int
    end: int
    surface: str
    label: str


class PassageTheme(Value):
    """A theme of a passage: one that its words name, or one that it is about by its meaning.

    A `named` theme has the offsets and the words of its mention, the confidence 1, no status, and as `label` and `why`
    the label that matched: words that name a theme do not say that the passage is about it. An `about` theme has no
    offsets; `label` is the theme's in the language of the passage, else in English, `confidence` a calibrated fraction,
    and `why` the label or definition that the passage is nearest to.
    """

    id: str
    label: str
    kind: ThemeKind
    start: int | None = None
    end: int | None = None
    surface: str | None = None
    confidence: float
    status: ThemeStatus | None
    why: str | None = None

    @classmethod
    def of(cls, mention: Mention) -> "PassageTheme":
        """Return the theme of a passage that a mention in it names."""
        return cls(**dict(mention), kind="named", confidence=1.0, status=None, why=mention.label)


class Entity(Value):
    """Something of the gazetteer that a passage names: offsets into its text, and the words there.

    `id` is a code of ISO 3166-1 for a country, an id of `configs/gazetteer.yaml` for everything else.
    """

    kind: Literal["country", "group", "region", "organisation", "instrument"]
    id: str
    start: int
    end: int
    surface: str


class MaturityTag(Value):
    """One passage related to one dimension (and, where the text says so, one level) of a maturity model.

    `modality` says what the evidence claims; null makes the tag a topic: the passage is about the dimension and states
    nothing, and `level` and `subject` are null too. `subject` is the administration (its code) or the group that the
    evidence speaks of, null for none. `confidence_about` is how likely the passage is about the dimension, `confidence`
    how likely all parts of the tag hold: of a topic it is the same. `start` and `end` mark the evidence in the
    passage's text; `statement` is the statement of the model that the evidence matched; `by` is the tagger and its
    version, or a person.
    """

    id: str
    model: str
    model_version: str
    provenance: Literal["official", "derived", "provisional"]
    dimension: str
    level: str | None = None
    subject: str | None = None
    modality: Modality | None = None
    confidence: float
    confidence_about: float
    status: TagStatus
    start: int
    end: int
    statement: str
    by: str

    @model_validator(mode="before")
    @classmethod
    def _as_written(cls, values: Any) -> Any:  # noqa: ANN401 - whatever is to be validated
        """Take a tag as it was dumped: the claim follows from the modality. Older ones have one confidence."""
        if isinstance(values, dict):
            given = {name: value for name, value in values.items() if name != "claim"}
            return {"confidence_about": given.get("confidence")} | given
        return values

    @computed_field  # type: ignore[prop-decorator]
    @property
    def claim(self) -> TagClaim:
        """Whether the passage states something of the dimension, or is only about it."""
        return claim_of(self.modality)


def claim_of(modality: Modality | None) -> TagClaim:
    """Return the claim of a tag with a modality, or without one."""
    return "stated" if modality else "topic"


class PassageBox(Value):
    """Where a passage, or a stretch of one, stands on one page."""

    page: int
    box: Box


class Place(Value):
    """Where a stretch of a passage's text stands: its page, that page's printed number, and what one cites it by.

    `annex`, `paragraph`, `article` and `item` are numbers as printed (`II`, `12.`, `18`, `(a)(ii)`), null where the
    text stands in none.
    """

    start: int
    end: int
    page: int | None = None
    label: str | None = None
    annex: str | None = None
    paragraph: str | None = None
    article: str | None = None
    item: str | None = None


class Passage(Value):
    """The unit of tagging and search: at most 256 tokens of the encoder, never across a heading.

    `section` is the path of headings above it, `places` what stands where in its text, in the order of the text and
    without gaps; `paragraphs` and `pages` are those of its places. `pieces` say of which blocks its text is, line by
    line; `boxes` are where it stands, one for each column of each page. A `note` is a footnote, a comment or the note
    of a cell, whose printed number is `note`: notes and lists are found by word alone and have no tags. `boilerplate`
    is the kind of a passage that says nothing of its own; it has no themes and no tags.
    """

    id: str
    ordinal: int
    kind: PassageKind = "text"
    note: str | None = None
    text: str
    language: str | None = None
    section: tuple[str, ...] = ()
    paragraphs: tuple[str, ...] = ()
    pages: tuple[int, ...] = ()
    places: tuple[Place, ...] = ()
    boxes: tuple[PassageBox, ...] = ()
    pieces: tuple[PassagePiece, ...] = ()
    boilerplate: Boilerplate | None = None
    themes: tuple[PassageTheme, ...] = ()
    entities: tuple[Entity, ...] = ()
    maturity: tuple[MaturityTag, ...] = ()

    @property
    def is_read(self) -> bool:
        """Whether it is running text that says something: that alone has themes, tags and a vector."""
        return self.kind == "text" and not self.boilerplate

    @property
    def named(self) -> tuple[Mention, ...]:
        """The themes that the passage's words name, in their order."""
        return tuple(
            Mention(id=one.id, start=one.start, end=one.end, surface=one.surface or "", label=one.label)
            for one in self.themes
            if one.kind == "named" and one.start is not None and one.end is not None
        )


class VersionOf(Value):
    """The paper that a document is another version of, by its key, and why; `by` is who said so, null if found."""

    key: str
    reason: str
    by: str | None = None


class Corrected(Value):
    """A field that a person corrected: what it is to be, as it was given, by whom and when (UTC, ISO 8601).

    `was` holds what the reader or the sidecar said, for each field of the document that this changed.
    """

    field: str
    value: str | None
    by: str
    at: str
    was: dict[str, Any] = {}


class DocumentHeader(Value):
    """A paper without its contents: what it is, who issued it and when.

    Its `date` is a day, a month or a year, whichever `date_precision` says. Its `key` is made of its own metadata
    (`extractors.metadata.keys`), or that of the paper that `version_of` names.
    """

    id: str
    key: str
    sha256: str
    source: SourceName
    media_type: str
    status: ReadStatus = "read"
    title: str | None = None
    symbol: Symbol | None = None
    body: str | None = None
    body_name: str | None = None
    sessions: tuple[int, ...] = ()
    meeting_dates: MeetingDates | None = None
    date: PaperDate | None = None
    date_conflict: bool = False
    language: str | None = None
    original_language: str | None = None
    kind: str | None = None
    agenda_item: str | None = None
    agenda: tuple[AgendaEntry, ...] = ()
    distribution: str | None = None
    access: str | None = None
    submitted_by: str | None = None
    purpose: str | None = None
    action_required: str | None = None
    decisions: tuple[Decision, ...] = ()
    references: tuple[Reference, ...] = ()
    parent: SourceName | None = None
    version_of: VersionOf | None = None
    twins: tuple[str, ...] = ()
    revisions: tuple[str, ...] = ()
    pages: tuple[Page, ...] = ()
    warnings: tuple[RedactedText, ...] = ()
    corrected: tuple[Corrected, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _without_precision(cls, values: Any) -> Any:  # noqa: ANN401 - whatever is to be validated
        """Take a header as it was dumped: the precision follows from the date."""
        if isinstance(values, dict) and "date_precision" in values:
            return {name: value for name, value in values.items() if name != "date_precision"}
        return values

    @computed_field  # type: ignore[prop-decorator]
    @property
    def date_precision(self) -> DatePrecision | None:
        """How precise the date is; None without one."""
        return precision_of(self.date) if self.date else None


class Document(DocumentHeader):
    """A paper, and (unless taken off) its blocks, tables and passages."""

    blocks: tuple[Block, ...] = ()
    tables: tuple[Table, ...] = ()
    passages: tuple[Passage, ...] = ()

    def header(self) -> dict[str, Any]:
        """Return the JSON shape without blocks, tables and passages, as a search hit shows it."""
        return self.model_dump(mode="json", exclude={"blocks", "tables", "passages"})

    @property
    def text(self) -> str:
        """The blocks' texts in order, joined by a line feed, without headers and footers."""
        return "\n".join(block.text for block in self.blocks if block.kind not in FURNITURE)


def document_id(source: str) -> str:
    """Return the id of the document at a source URI: 16 hex digits of the URI's sha256."""
    return hashlib.sha256(source.encode()).hexdigest()[:16]
