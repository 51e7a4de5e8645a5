"""Builds a Document from a reading, with the metadata that its front declares.

What the front leaves open the file name of a presentation may say: `ItemIIa_CBM Panel_CODEX_da Costa_EN`. Marks that a
text was redacted are reported in warnings and left in the text as printed.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from configs.bodies import Bodies
from configs.kinds import Kind, Kinds
from configs.labels import alternatives, before_word, fold
from configs.proceedings import Proceedings, load_proceedings
from configs.sentences import load_sentence_rules
from extractors.document import Document, MarkKind, Reading, Symbol, document_id
from extractors.metadata.agenda import AgendaFinder
from extractors.metadata.body import actor_body, body_of
from extractors.metadata.cover import Cover, cover_of
from extractors.metadata.dates import conflicting, dates_of, session_of
from extractors.metadata.decisions import DecisionFinder
from extractors.metadata.front import front_of
from extractors.metadata.keys import own_key
from extractors.metadata.kind import kind_of
from extractors.metadata.own_symbol import own_symbol
from extractors.metadata.partial_dates import partial_date
from extractors.metadata.printed import Vocabulary
from extractors.metadata.recalls import Meeting, names_of
from extractors.metadata.references import ReferenceFinder
from extractors.metadata.symbols import LETTER_LANGUAGES
from extractors.metadata.title import title_of
from extractors.text.language import document_language

_DRAFT_SERIES = re.compile(r"/L\.\d")
"""In the symbols of the United Nations: drafts handed out while a meeting goes on."""
_OF_PRESENTATION = re.compile(
    r"(?i:agenda[ _-]?)?(?i:item|point)[ _-]?(?P<item>[IVXL]{1,6}|\d{1,3}(?:\.\d{1,2})?)[ _.-]?(?P<part>[a-z])?(?=_)"
    r"_(?P<rest>[^_]{1,120}(?:_[^_]{1,120}){0,5}?)(?:_(?P<language>EN|FR|ES|RU|E|F))?"
)
_LONGEST_NAME = 250
_LANGUAGES_IN_NAMES = {"E": "en", "F": "fr"}
_NAMES_OF_MARKS: dict[MarkKind, str] = {
    "struck": "strike-through",
    "blackened": "blackened text",
    "shaded": "shaded text",
}
_MOST_PLACES = 12
"""Pages or paragraphs that a warning names at most."""


def describe(reading: Reading, *, source: str, sha256: str, bodies: Bodies, kinds: Kinds) -> Document:
    """Return the document that a reading is of, with all that its front, its running heads and its text declare.

    A field that no evidence supports is None or empty. The links to other papers (`twins`, `revisions`) are not
    filled here.
    """
    words = load_proceedings()
    front = front_of(reading, source, Vocabulary(bodies, kinds))
    own = own_symbol(front)
    symbol = own.found.symbol if own else None
    body = body_of(front, own)
    sessions = session_of(front, body.id, own.found.session if own else None)
    dates = dates_of(front, sessions)
    cover = cover_of(front, reading)
    summary_box = bool(cover.purpose or cover.action_required)
    title = title_of(front)
    kind = kind_of(front, title, reading=reading, summary_box=summary_box)
    is_record = _is_record(kind, symbol, cover)
    date = dates.date.isoformat() if dates.date else None
    adopted = kind is not None and kind.enacted and not cover.before_session
    date = date or partial_date(
        front, reading, title=title, symbol=symbol, meeting=dates.meeting, of_last_day=is_record or adopted
    )
    spoken = document_language(reading.blocks, bodies.emblems)
    written = LETTER_LANGUAGES.get((symbol.language if symbol else None) or "")
    # Where no body speaks, as in a letter or a study, what somebody decided is told; minutes speak by their name.
    speaks = body.id or body.name or symbol or sessions or (is_record and kind and (kind.titled or dates.meeting))
    decides = speaks and (kind is None or kind.decides)
    meeting = Meeting(sessions, dates.meeting, names_of(reading.blocks, bodies, words, body, sessions), date)
    decisions = DecisionFinder(words, load_sentence_rules()).decisions_of(reading.blocks, meeting) if decides else ()
    reporter = _reporter(title, words) if kind and kind.record and body.id else None
    if reporter and actor_body(reporter, body, bodies) != body.id:
        decisions = tuple(one.model_copy(update={"actor": one.actor or reporter}) for one in decisions)
    decisions = tuple(
        one.model_copy(update={"body": actor_body(one.actor, body, bodies)}) if one.actor else one for one in decisions
    )
    named = _parse_name(front.stem.text)
    warnings = [*reading.warnings, *body.warnings, *redaction_warnings(reading, words)]
    if own and own.from_file_name:
        warnings.append(f"symbol {own.found.symbol.raw} was inferred from the file name alone")
    if spoken and written and spoken != written:
        warnings.append(f"the symbol says language {written}, the text is in {spoken}")
    if cover.unread:
        warnings.append(
            f"'{cover.unread}': what this line says of the distribution is not known, so that only keys of every access"
            " class read the paper; a sidecar beside it can give its access"
        )
    identity = document_id(source)
    document = Document(
        id=identity,
        key=identity,
        sha256=sha256,
        source=source,
        media_type=reading.media_type,
        status=reading.status,
        title=title or (named.title if named else None),
        symbol=symbol,
        body=body.id,
        body_name=body.name,
        sessions=sessions,
        meeting_dates=dates.meeting,
        date=date,
        date_conflict=is_record and conflicting(dates.date, dates.meeting),
        language=spoken or written or (named.language if named else None),
        original_language=cover.original_language,
        kind=kind.id if kind else None,
        agenda_item=cover.agenda_item or (own.found.item if own else None) or (named.item if named else None),
        agenda=AgendaFinder(words).agenda_of(reading),
        distribution=cover.distribution,
        access=cover.access,
        submitted_by=cover.submitted_by or (kind.author if kind else None) or (named.speaker if named else None),
        purpose=cover.purpose,
        action_required=cover.action_required,
        decisions=decisions,
        references=ReferenceFinder(bodies, words).references_of(reading.blocks, symbol),
        pages=reading.pages,
        warnings=tuple(warnings),
        blocks=reading.blocks,
        tables=reading.tables,
    )
    return document.model_copy(update={"key": own_key(document)})


def _is_record(kind: Kind | None, symbol: Symbol | None, cover: Cover) -> bool:
    """Return whether a paper records a meeting that is over, by its kind; drafts and papers for the meeting do not."""
    draft = symbol is not None and _DRAFT_SERIES.search(symbol.raw) is not None
    return kind is not None and kind.record and not draft and not cover.before_session


def _reporter(title: str | None, words: Proceedings) -> str | None:
    """Return whose meeting a title reports: "Report of the Advisory Group on its first meeting"."""
    link, own = alternatives(words.name_prepositions), alternatives(words.possessives)
    actor = rf"(?P<name>(?:[^\s,;:]+ ){{0,4}}?{alternatives(words.actors)}(?!\w)[^,;:]{{0,120}}?)"
    found = re.search(rf" {link} {before_word(words.articles)}?{actor} {link} {own}(?!\w)", fold(title or ""))
    return title[slice(*found.span("name"))] if title and found else None


@dataclass
class _Mark:
    """How often a mark stands in a paper, and on which pages or in which paragraphs."""

    times: int = 0
    places: dict[str, dict[str, None]] = field(default_factory=dict)  # page or paragraph → the numbers

    def add(self, times: int, page: int | None, number: str | None) -> None:
        self.times += times
        if times and (page or number):
            name, value = ("page", str(page)) if page else ("paragraph", str(number))
            self.places.setdefault(name, {})[value] = None


def redaction_warnings(reading: Reading, words: Proceedings) -> tuple[str, ...]:
    """Return a warning for each mark of redaction in a paper, with how often and where it stands.

    Grey shading is reported only for papers that say what it is for: elsewhere it is decoration.
    """
    found = {mark: _Mark() for mark in words.redaction_marks}
    for block in reading.blocks:
        folded = " ".join(fold(block.text).split())
        for mark, so_far in found.items():
            so_far.add(folded.count(mark), block.page, None if block.kind == "footnote" else block.number)
    shadings_count = any(found[note].times for note in words.shading_notes)
    for printed in reading.marks:
        if printed.kind != "shaded" or shadings_count:
            found.setdefault(_NAMES_OF_MARKS[printed.kind], _Mark()).add(1, printed.page, printed.number)
    return tuple(_warning(mark, what) for mark, what in found.items() if what.times)


def _warning(mark: str, found: _Mark) -> str:
    where = "; ".join(_places(name, list(values)) for name, values in found.places.items())
    return f"redaction mark '{mark}' stands {found.times} times{where and f' ({where})'}; the text is kept as printed"


def _places(name: str, values: Sequence[str]) -> str:
    return f"{name} {', '.join(values[:_MOST_PLACES])}{' and more' if len(values) > _MOST_PLACES else ''}"


@dataclass(frozen=True)
class _NameOfPresentation:
    """Agenda item, what it is about, who speaks (organisation and person), and the language (ISO 639-1)."""

    item: str
    title: str | None = None
    speaker: str | None = None
    language: str | None = None


def _parse_name(stem: str) -> _NameOfPresentation | None:
    """Return the metadata in a file name of this form, without its extension, else None."""
    match = _OF_PRESENTATION.fullmatch(stem[:_LONGEST_NAME])
    if not match:
        return None
    title, *others = (part.strip() for part in match["rest"].split("_"))
    letter = match["language"]
    return _NameOfPresentation(
        item=match["item"] + (f"({match['part']})" if match["part"] else ""),
        title=title or None,
        speaker=", ".join(filter(None, others)) or None,
        language=_LANGUAGES_IN_NAMES.get(letter, letter.lower()) if letter else None,
    )
