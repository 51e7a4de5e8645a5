"""What the tagger missed: a tag on words of a passage, or a theme, given by a reviewer."""

import datetime as dt

from configs.system.errors import UsageError
from extractors.document import MaturityTag, PassageTheme
from extractors.maturity.judgements import TagJudgement, tag_of
from extractors.themes.judgements import ThemeJudgement
from index.judgements.store import AnyJudgement
from pipelines.access import audit
from pipelines.review.desk import Desk
from pipelines.review.judge import TagChange, judge
from pipelines.review.records import ReviewRecord, Verdict, as_text


def add_tag(desk: Desk, passage: str, quote: str, change: TagChange) -> ReviewRecord:
    """Give words of a passage a tag; raises `UsageError` for words, a dimension or a level that there is not."""
    return _added(desk, passage, quote=quote, change=change)


def add_theme(desk: Desk, passage: str, theme: str) -> ReviewRecord:
    """Make a passage one that is about a theme; raises `UsageError` for a theme or passage that there is not."""
    return _added(desk, passage, theme=theme)


def note(
    desk: Desk, judgement: AnyJudgement, verdict: Verdict, judged: MaturityTag | PassageTheme | None = None
) -> ReviewRecord:
    """Record a judgement that was given outside the queue, so that it counts as judged and can be taken back.

    It is of no slice: it was not drawn. `judged` is what was judged; without it something was added.
    """
    known = judged or _as_added(judgement)
    holds = verdict != "reject" and isinstance(judgement, TagJudgement)
    return desk.records.add(
        ReviewRecord(
            at=as_text(dt.datetime.now(dt.UTC)),
            author=desk.author,
            item=known.id if isinstance(known, MaturityTag) else judgement.tag,
            document=judgement.document,
            verdict=verdict,
            judged=known,
            judgement=judgement,
            act=judgement.act,
            **(
                {name: getattr(judgement, name) for name in ("dimension", "level", "modality", "subject")}
                if holds
                else {}
            ),
        )
    )


def _added(
    desk: Desk, passage: str, *, quote: str | None = None, change: TagChange | None = None, theme: str | None = None
) -> ReviewRecord:
    if desk.engine.passage(passage, access_classes=desk.access_classes) is None:
        raise UsageError(f"there is no passage '{passage}'", "take an id that search shows")
    with audit.judged(desk.settings.home, desk.author, item=passage, verdict="add") as act:
        (judgement,) = judge(
            desk.settings,
            desk.engine,
            "set",
            [passage],
            desk.author,
            act=act,
            access_classes=desk.access_classes,
            change=change or TagChange(),
            quote=quote,
            theme=theme,
        )
        return note(desk, judgement, "set")


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
