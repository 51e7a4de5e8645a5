"""The table of fields of papers, passages and tags.

Filters, facets, the parameters of the API, the names on pages and the lists in messages are built from this table.
Both engines store and count every field in it.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Literal, NamedTuple, TypeAlias, get_args

from configs.gazetteer import SUBJECTS, EntityKind
from extractors.access import class_names
from extractors.document import CLAIMS, MODALITIES, Document, DocumentHeader, TagStatus, ThemeStatus

FieldName: TypeAlias = Literal[
    "body", "kind", "language", "year", "date", "session", "symbol", "document", "access", "agenda_item", "action",
    "decision", "theme", "theme.named", "theme.status", "country", "region", "instrument",
    "model", "dimension", "level", "claim", "modality", "subject", "status",
]  # fmt: skip
Scope: TypeAlias = Literal["paper", "passage", "theme", "tag"]
"""What has the field: a paper, what a passage names or is about, one theme of a passage, or one tag of it."""
Kind: TypeAlias = Literal["text", "number", "date"]
Catalogue: TypeAlias = Literal["bodies", "kinds", "languages", "themes", "gazetteer", "dimensions", "levels"]
"""The catalogue that has the names of the values of a field."""
UNDATED = "none"
"""The year of a paper that has no date and no meeting with one."""


class Field(NamedTuple):
    """One field: its scope, its label on pages (a message of the catalogue), and its values.

    `values_of` returns the values of a paper, `entities` are the kinds of entries of the gazetteer that are values,
    and `choices` are all possible values. A tag may lack a value in a `nullable` field.
    """

    scope: Scope
    label: str
    help: str
    kind: Kind = "text"
    values_of: Callable[[Document], Iterable[str | None]] | None = None
    named_in: Catalogue | None = None
    entities: tuple[EntityKind, ...] = ()
    choices: tuple[str, ...] = ()
    nullable: bool = False


def year_of(document: DocumentHeader) -> str | None:
    """Return the year of a document's date, else of its meeting; None without either."""
    meeting = document.meeting_dates
    day = meeting and (meeting.start or meeting.end)
    return document.date[: len("2017")] if document.date else str(day.year) if day else None


def _symbol(document: Document) -> Iterable[str | None]:
    return (document.symbol.raw,) if document.symbol else ()


def _actions(document: Document) -> Iterable[str]:
    """Return the action marks of the agenda."""
    return (action for entry in document.agenda for action in entry.actions)


TABLE: Mapping[FieldName, Field] = {
    "body": Field(
        "paper",
        "Body",
        "Body that issued the paper, its sub-bodies too",
        values_of=lambda paper: (paper.body,),
        named_in="bodies",
    ),
    "kind": Field("paper", "Kind of paper", "Kind of paper", values_of=lambda paper: (paper.kind,), named_in="kinds"),
    "language": Field(
        "paper", "Language", "Language (ISO 639-1)", values_of=lambda paper: (paper.language,), named_in="languages"
    ),
    "year": Field(
        "paper", "Year", "Year, or a range a..b", "number", values_of=lambda paper: (year_of(paper) or UNDATED,)
    ),
    "date": Field(
        "paper", "Date", "Date, month or year, or a range a..b", "date", values_of=lambda paper: (paper.date,)
    ),
    "session": Field(
        "paper", "Session", "Session, or a range a..b", "number", values_of=lambda paper: map(str, paper.sessions)
    ),
    "symbol": Field("paper", "Symbol", "Symbol in any spelling", values_of=_symbol),
    "document": Field("paper", "Document", "Document by its id", values_of=lambda paper: (paper.id,)),
    "access": Field("paper", "Access class", "Access class", values_of=lambda paper: class_names(paper.access)),
    "agenda_item": Field(
        "paper", "Agenda item", "Agenda item of the cover", values_of=lambda paper: (paper.agenda_item,)
    ),
    "action": Field("paper", "Action", "Action mark of the agenda", values_of=_actions),
    "decision": Field(
        "paper",
        "Decision",
        "Verb of a decision that the paper records",
        values_of=lambda paper: (one.verb for one in paper.decisions),
    ),
    "theme": Field("passage", "Theme", "Theme of the passage, named or about", named_in="themes"),
    "theme.named": Field("passage", "Theme named", "Theme that the words of the passage name", named_in="themes"),
    "theme.status": Field(
        "theme", "Status of the theme", "Status of the theme: accepted or suggested", choices=get_args(ThemeStatus)
    ),
    "country": Field(
        "passage",
        "Country",
        "Administration or union that the passage names",
        named_in="gazetteer",
        entities=("country", "group"),
    ),
    "region": Field("passage", "Region", "Region of the passage", named_in="gazetteer", entities=("region",)),
    "instrument": Field(
        "passage",
        "Instrument",
        "Convention or agreement that the passage names",
        named_in="gazetteer",
        entities=("instrument",),
    ),
    "model": Field("tag", "Maturity model", "Maturity model of a tag"),
    "dimension": Field("tag", "Dimension", "Dimension of a tag", named_in="dimensions"),
    "level": Field("tag", "Level", "Level of a tag; null for none", named_in="levels", nullable=True),
    "claim": Field("tag", "Claim", "Whether the passage states something, or is only about it", choices=CLAIMS),
    "modality": Field(
        "tag",
        "Modality",
        "What a tag states: achieved, planned, recommended, lacking; null for a topic",
        choices=MODALITIES,
        nullable=True,
    ),
    "subject": Field(
        "tag",
        "Administration",
        "Administration that a tag is about; null for none",
        named_in="gazetteer",
        entities=SUBJECTS,
        nullable=True,
    ),
    "status": Field("tag", "Status", "Status of a tag; accepted without it", choices=get_args(TagStatus)),
}
FIELDS: tuple[FieldName, ...] = tuple(TABLE)
TAG_COLUMNS: tuple[FieldName, ...] = tuple(name for name in FIELDS if TABLE[name].scope == "tag")
"""The order of a tag's values in the store, after the number of its passage."""
TAG_FIELDS: frozenset[FieldName] = frozenset(TAG_COLUMNS)
NAMED_FIELDS: frozenset[FieldName] = frozenset(name for name in FIELDS if TABLE[name].scope == "passage")
"""What a passage names or is about."""
PASSAGE_FIELDS: frozenset[FieldName] = frozenset(name for name in FIELDS if TABLE[name].scope != "paper")
"""Fields of a passage; every other one is a field of the document."""
NUMBER_FIELDS: frozenset[FieldName] = frozenset(name for name in FIELDS if TABLE[name].kind == "number")
RANGE_FIELDS: frozenset[FieldName] = frozenset(name for name in FIELDS if TABLE[name].kind != "text")
ENTITY_FIELDS: Mapping[EntityKind, FieldName] = {
    kind: name for name in FIELDS if name in NAMED_FIELDS for kind in TABLE[name].entities
}
"""The field for the entities of each kind that a passage names."""
