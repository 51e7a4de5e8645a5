"""Judgements on items by name, outside the queue: on the command line, by the API, and additions of missed tags."""

from collections.abc import Sequence

from extractors.document import MaturityTag, PassageTheme
from extractors.judgements import Action
from extractors.maturity.judgements import tag_of
from extractors.themes.judgements import ThemeJudgement
from index.judgements.store import AnyJudgement
from pipelines.access import audit
from pipelines.review.desk import Desk, record_of
from pipelines.review.judge import NO_CHANGE, TagChange, is_unjudged, judgements_for
from pipelines.review.ordering import is_judged_twice
from pipelines.review.records import ReviewRecord


def judge_named(
    desk: Desk,
    action: Action,
    names: Sequence[str],
    *,
    change: TagChange = NO_CHANGE,
    quote: str | None = None,
    theme: str | None = None,
    drawn: bool = True,
) -> tuple[ReviewRecord, ...]:
    """Store judgements on tags, themes or passages in one transaction; raises as `judgements_for` does.

    They were chosen, so they are of no slice and say nothing of how good tags are. One that the tagger made and nobody
    judged before may be drawn for a second judgement, unless it is not `drawn`; several at once (`bulk`) are not.
    """
    listed = ", ".join(names)
    with audit.judged(desk.settings.home, desk.author, item=listed, verdict=action, items=len(names)) as act:
        said = judgements_for(
            desk.settings,
            desk.engine,
            action,
            names,
            desk.author,
            access_classes=desk.access_classes,
            change=change,
            quote=quote,
            theme=theme,
        )
        records = []
        for judgement, known in said:
            judged = known or _as_added(judgement)
            is_first = drawn and len(said) == 1 and known is not None and is_unjudged(known)
            twice = is_first and is_judged_twice(judgement.tag, desk.records.seed())
            records.append(record_of(judgement, judged, action, act, twice=twice, bulk=len(said) > 1))
        return desk.records.store(records)


def _as_added(judgement: AnyJudgement) -> MaturityTag | PassageTheme:
    if isinstance(judgement, ThemeJudgement):
        return PassageTheme(
            id=judgement.theme,
            label=judgement.label,
            kind="about",
            confidence=1.0,
            status="accepted",
            why=judgement.why,
        )
    return tag_of(judgement, judgement.tag, 0, len(judgement.quote))
