"""What the tagger missed: a tag on words of a passage, or a theme, given by a reviewer."""

import datetime as dt

from configs.system.errors import UsageError
from extractors.document import MaturityTag, PassageTheme
from extractors.maturity.labels import Label, tag_of
from extractors.themes.annotated import ThemeLabel
from index.annotations.store import AnyLabel
from pipelines.access import audit
from pipelines.review.desk import Desk
from pipelines.review.judge import TagChange, judge
from pipelines.review.records import Judgement, Verdict, as_text


def add_tag(desk: Desk, passage: str, quote: str, change: TagChange) -> Judgement:
    """Give words of a passage a tag; raises `UsageError` for words, a dimension or a level that there is not."""
    return _added(desk, passage, quote=quote, change=change)


def add_theme(desk: Desk, passage: str, theme: str) -> Judgement:
    """Make a passage one that is about a theme; raises `UsageError` for a theme or passage that there is not."""
    return _added(desk, passage, theme=theme)


def note(desk: Desk, label: AnyLabel, verdict: Verdict, judged: MaturityTag | PassageTheme | None = None) -> Judgement:
    """Record an annotation that was given outside the queue, so that it counts as judged and can be taken back.

    It is of no slice: it was not drawn. `judged` is what was judged; without it something was added.
    """
    known = judged or _as_added(label)
    holds = verdict != "reject" and isinstance(label, Label)
    return desk.records.add(
        Judgement(
            at=as_text(dt.datetime.now(dt.UTC)),
            author=desk.author,
            item=known.id if isinstance(known, MaturityTag) else label.tag,
            document=label.document,
            verdict=verdict,
            judged=known,
            label=label,
            act=label.act,
            **({name: getattr(label, name) for name in ("dimension", "level", "modality", "subject")} if holds else {}),
        )
    )


def _added(
    desk: Desk, passage: str, *, quote: str | None = None, change: TagChange | None = None, theme: str | None = None
) -> Judgement:
    if desk.engine.passage(passage, access_classes=desk.access_classes) is None:
        raise UsageError(f"there is no passage '{passage}'", "take an id that search shows")
    with audit.judged(desk.settings.home, desk.author, item=passage, verdict="add") as act:
        (label,) = judge(
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
        return note(desk, label, "set")


def _as_added(label: AnyLabel) -> MaturityTag | PassageTheme:
    if isinstance(label, ThemeLabel):
        return PassageTheme(
            id=label.theme, label=label.label, kind="about", confidence=1.0, status="accepted", why=label.why
        )
    return tag_of(label, label.tag, 0, len(label.quote))
