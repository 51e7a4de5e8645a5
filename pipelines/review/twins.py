"""Judgements for the other language versions of a paper, transferred paragraph by paragraph.

Versions share the printed numbers of their paragraphs. What a person said of § 46 of the English paper is offered for
§ 46 of the French one, and stored for it only when they say so: a twin may be cut, translated or tagged otherwise.
"""

from collections.abc import Iterator
from typing import Literal

from configs.system.errors import UsageError
from extractors.document import Document, MaturityTag, Passage, Value
from extractors.judgements import Action, passage_of
from extractors.maturity.judgements import TagJudgement, is_by_person
from extractors.text.sentences import sentences_in
from extractors.themes.judgements import ThemeJudgement, theme_id
from index.judgements.store import AnyJudgement
from pipelines.review.desk import Desk
from pipelines.review.judge import NO_CHANGE, TagChange
from pipelines.review.named import judge_named
from pipelines.review.records import ReviewRecord
from pipelines.viewing.citations import plain_number

_FIELDS = ("dimension", "level", "modality", "subject")


class TwinOffer(Value):
    """What the same judgement would be for a twin: on its tag or theme `item`, or, to add one, on its passage."""

    action: Literal["accept", "reject", "set", "add"]
    item: str
    document: Document
    passage: Passage


def twin_offers(desk: Desk, record: ReviewRecord) -> tuple[TwinOffer, ...]:
    """Return the possible transfers to the twins; none for a judgement that stored nothing, or on judged items."""
    if record.judgement is None:
        return ()
    passage = desk.engine.passage(passage_of(record.item), access_classes=desk.access_classes)
    document = desk.engine.document(record.document, access_classes=desk.access_classes)
    if passage is None or document is None or not passage.paragraphs:
        return ()
    return tuple(_offers(desk, record.judgement, document, passage))


def same_for_twin(desk: Desk, item: str, twin: str) -> ReviewRecord:
    """Transfer the newest judgement, that of an item, to a twin.

    Raises `UsageError` where the newest is of another item, or offers nothing.
    """
    last = desk.records.last_of(desk.author)
    offers = twin_offers(desk, last) if last and last.item == item else ()
    offer = next((one for one in offers if one.document.id == twin), None)
    if last is None or last.judgement is None or offer is None:
        raise UsageError("this can not be said of the other version any more", "judge it by itself")
    judgement, change, quote, theme = last.judgement, NO_CHANGE, None, None
    if isinstance(judgement, ThemeJudgement):
        theme = judgement.theme if offer.action == "add" else None
    elif offer.action in ("set", "add"):
        change = TagChange.model_validate({name: getattr(judgement, name) for name in _FIELDS})
        quote = _evidence(desk, judgement, offer.passage) if offer.action == "add" else None
    action: Action = "set" if offer.action == "add" else offer.action
    (said,) = judge_named(desk, action, [offer.item], change=change, quote=quote, theme=theme, drawn=False)
    return said


def _offers(desk: Desk, judgement: AnyJudgement, document: Document, passage: Passage) -> Iterator[TwinOffer]:
    for name in document.twins:
        twin = desk.engine.document(name, access_classes=desk.access_classes, full=True)
        other = _counterpart(desk, document, passage, twin) if twin else None
        said = _same(judgement, other) if other else None
        if twin and other and said:
            action, item = said
            header = twin.model_copy(update={"blocks": (), "tables": (), "passages": ()})
            yield TwinOffer(action=action, item=item, document=header, passage=other)


def _counterpart(desk: Desk, document: Document, passage: Passage, twin: Document) -> Passage | None:
    """Return the passage of a twin with the paragraph of a passage; of a paragraph in parts, the part in its place."""
    first = _numbers(passage)[0]
    parts = [one for one in twin.passages if first in _numbers(one)]
    if len(parts) < 2:  # noqa: PLR2004 - a paragraph in one part
        return next(iter(parts), None)
    own = desk.engine.document(document.id, access_classes=desk.access_classes, full=True)
    of_paragraph = [one.id for one in own.passages if first in _numbers(one)] if own else []
    return parts[of_paragraph.index(passage.id)] if len(of_paragraph) == len(parts) else None


def _numbers(passage: Passage) -> list[str]:
    return [plain_number(number) for number in passage.paragraphs]


def _same(judgement: AnyJudgement, twin: Passage) -> tuple[Literal["accept", "reject", "set", "add"], str] | None:
    """Return what would say the same of a passage of a twin, and of what; None where there is nothing to say."""
    if isinstance(judgement, ThemeJudgement):
        return _same_theme(judgement, twin)
    tags = [one for one in twin.maturity if one.dimension == judgement.dimension]
    if any(is_by_person(one.by) for one in tags):
        return None
    if judgement.action == "reject":
        return ("reject", tags[0].id) if tags else None
    if not tags:
        return "add", twin.id
    return ("accept" if _alike(judgement, tags[0]) else "set"), tags[0].id


def _same_theme(judgement: ThemeJudgement, twin: Passage) -> tuple[Literal["accept", "reject", "add"], str] | None:
    name = theme_id(twin.id, judgement.theme)
    known = next((one for one in twin.themes if one.id == judgement.theme), None)
    if judgement.action == "reject":
        return ("reject", name) if known else None
    if known is None:
        return "add", twin.id
    return ("accept", name) if known.status == "suggested" else None


def _alike(judgement: TagJudgement, tag: MaturityTag) -> bool:
    return all(getattr(judgement, name) == getattr(tag, name) for name in _FIELDS)


def _evidence(desk: Desk, judgement: TagJudgement, twin: Passage) -> str:
    """Return the words of a twin for a new tag: the sentence in the same place, else the passage."""
    own = desk.engine.passage(passage_of(judgement.tag), access_classes=desk.access_classes)
    here, there = sentences_in(own.text) if own else (), sentences_in(twin.text)
    place = next((n for n, one in enumerate(here) if one.strip() == judgement.quote.strip()), None)
    return there[place] if place is not None and len(here) == len(there) else twin.text
