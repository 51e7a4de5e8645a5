"""From a reading to a Document: what the paper is, from the evidence of its front."""

import re

from configs.bodies import Bodies
from configs.kinds import Kind, Kinds
from configs.proceedings import load_proceedings
from configs.sentences import load_sentence_rules
from extractors.document import Document, Reading, Symbol, document_id
from extractors.metadata.agenda import AgendaFinder
from extractors.metadata.body import actor_body, body_of
from extractors.metadata.cover import Cover, cover_of
from extractors.metadata.dates import conflicting, dates_of, session_of
from extractors.metadata.decisions import DecisionFinder
from extractors.metadata.filenames import parse_name
from extractors.metadata.front import front_of
from extractors.metadata.keys import own_key
from extractors.metadata.kind import kind_of
from extractors.metadata.own_symbol import own_symbol
from extractors.metadata.partial_dates import partial_date
from extractors.metadata.printed import Vocabulary
from extractors.metadata.recalls import Meeting, names_of
from extractors.metadata.redaction import redaction_warnings
from extractors.metadata.references import ReferenceFinder
from extractors.metadata.symbols import LETTER_LANGUAGES
from extractors.metadata.title import title_of
from extractors.text.language import document_language

_DRAFT_SERIES = re.compile(r"/L\.\d")
"""In the symbols of the United Nations: drafts handed out while a meeting goes on."""


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
    decides = kind is None or kind.decides
    meeting = Meeting(sessions, dates.meeting, names_of(reading.blocks, bodies, words, body, sessions), date)
    decisions = DecisionFinder(words, load_sentence_rules()).decisions_of(reading.blocks, meeting) if decides else ()
    decisions = tuple(
        one.model_copy(update={"body": actor_body(one.actor, body, bodies)}) if one.actor else one for one in decisions
    )
    named = parse_name(front.stem.text)
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
