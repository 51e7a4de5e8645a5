"""`review`: which tags and themes to look at, and what a person says of them."""

from typing import TYPE_CHECKING, Any

import click

from configs.settings import Settings
from extractors.document import MODALITIES
from extractors.judgements import Action
from index.filters import EVERY_CLASS
from portal.cli.options import actor_of, author, common, filters
from portal.cli.output import Terminal, console, counted, print_json, styled
from portal.cli.render.records import share
from portal.cli.search import name_of

if TYPE_CHECKING:
    from index.judgements.store import AnyJudgement
    from index.results import PlacedJudgement
    from pipelines.review.desk import DeskItem
    from pipelines.review.queue import ReviewQueue

_NONE = "null"
_OF_PASSAGE = {"id", "text", "section", "paragraphs", "pages", "language"}
_OF_DOCUMENT = ("id", "key", "symbol", "title", "source", "body", "date", "language")
"""What a list says of a passage and its paper."""


@click.group()
def review() -> None:
    """Judge the maturity tags and the themes of passages: accept, reject or correct them.

    What a person says outranks the tagger, in search, filters and the matrix at once, and survives when the
    papers are read, cut or tagged again. The newest judgement counts: to take one back, give another.

    The id of a theme of a passage is PASSAGE_ID:theme:THEME_ID.

    \b
    Examples:
      customs-lens review list -k 10
      customs-lens review accept ID ID
      customs-lens review set ID --level L2 --modality planned
      customs-lens review set PASSAGE_ID --quote "words of it" --dimension data_standards
      customs-lens review reject PASSAGE_ID:theme:paperless
      customs-lens review set PASSAGE_ID --theme paperless
    """


@review.command("list")
@click.option("--dimension", metavar="ID", help="Only tags of this dimension.")
@click.option("-k", "limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="Tags to show.")
@click.option("--themes", is_flag=True, help="Show as many suggested themes of passages, too.")
@filters
@common
def list_(
    *,
    settings: Settings,
    as_json: bool,
    dimension: str | None,
    limit: int,
    themes: bool,
    filters: tuple[str, ...],
) -> None:
    """List the tags, and with --themes the suggested themes, that the review page of the portal asks for next.

    Most are those that the tagger is least sure of, spread over dimensions (or themes), papers and bodies; one in five
    is drawn at random, to measure how good tags are. Judged ones are left out.
    """
    from pipelines.review.desk import Desk
    from pipelines.review.queue import queue
    from pipelines.review.records import NOBODY, ReviewRecords
    from pipelines.search.service import reader
    from pipelines.storage.state import State

    with reader(settings) as engine, ReviewRecords(State(settings)) as records:
        desk = Desk(settings, engine, records, NOBODY, EVERY_CLASS)
        found = queue(desk, dimension=dimension, limit=limit, filters=filters, themes=themes)
    if as_json:
        print_json(_listed(found, themes=themes))
    else:
        _print_queue(found, themes=themes)


@review.command()
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@author
@common
def accept(*, settings: Settings, as_json: bool, ids: tuple[str, ...], author: str | None) -> None:
    """Say that tags, or themes of passages, are right as they are."""
    _judge(settings, "accept", ids, author, as_json=as_json)


@review.command()
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@author
@common
def reject(*, settings: Settings, as_json: bool, ids: tuple[str, ...], author: str | None) -> None:
    """Say that tags or themes are wrong: the words are no evidence for the dimension, or have no such theme."""
    _judge(settings, "reject", ids, author, as_json=as_json)


@review.command("set")
@click.argument("name", metavar="ID")
@click.option("--dimension", metavar="ID", help="The dimension that the words are evidence for.")
@click.option("--level", metavar="ID", help="The level that they state; null for none.")
@click.option("--modality", type=click.Choice([*MODALITIES, _NONE]), help="What they claim; null for nothing.")
@click.option(
    "--subject", metavar="NAME", help="The administration that they speak of, by code or name; null for none."
)
@click.option("--quote", metavar="WORDS", help="With the id of a passage: the words of it that get a new tag.")
@click.option("--theme", metavar="ID", help="With the id of a passage: a theme that it is about.")
@author
@common
def set_(
    *,
    settings: Settings,
    as_json: bool,
    name: str,
    author: str | None,
    quote: str | None,
    theme: str | None,
    **change: str | None,
) -> None:
    """Correct a tag, or give a passage a tag or a theme that it has not.

    ID is a tag's id, or a passage's id with --quote and --dimension or with --theme.
    """
    from pipelines.review.judge import TagChange

    given = {field: None if value == _NONE else value.strip() for field, value in change.items() if value is not None}
    changed = TagChange.model_validate(given)
    _judge(settings, "set", (name,), author, as_json=as_json, change=changed, quote=quote, theme=theme)


@review.command()
@click.argument("name", required=False, metavar="[ID]")
@common
def history(*, settings: Settings, as_json: bool, name: str | None) -> None:
    """Show what was said of a tag, a theme, a passage or a document, newest first; without ID, everything.

    A judgement whose words are not in the document any more is kept and shown as loose.
    """
    from pipelines.review.judge import history
    from pipelines.search.service import reader

    with reader(settings) as engine:
        found = history(engine, name, access_classes=EVERY_CLASS)
    if as_json:
        print_json({"labels": [_placed(one) for one in found]})
        return
    out = console()
    out.print(counted(len(found), "judgement"), style="bold")
    for one in found:
        loose = " loose: these words are not in the document now" if one.is_loose else ""
        out.print(styled(f"\n{_said(one.judgement)}", (loose, "yellow")))
        out.print(f"   “{' '.join(one.judgement.quote.split())}”")
        out.print(f"   {one.judgement.tag}", style="dim", soft_wrap=True)


def _placed(one: "PlacedJudgement") -> dict[str, Any]:
    """Return a judgement as JSON, with the place of its words now."""
    place = one.model_dump(mode="json", exclude={"judgement"})
    return one.judgement.model_dump(mode="json") | place | {"loose": one.is_loose}


def _judge(
    settings: Settings,
    action: Action,
    names: tuple[str, ...],
    author: str | None,
    *,
    as_json: bool,
    **more: Any,  # noqa: ANN401
) -> None:
    from pipelines.review.desk import Desk
    from pipelines.review.named import judge_named
    from pipelines.review.records import ReviewRecords
    from pipelines.search.service import reader
    from pipelines.storage.state import State

    with reader(settings) as engine, ReviewRecords(State(settings)) as records:
        stored = judge_named(Desk(settings, engine, records, actor_of(author), EVERY_CLASS), action, names, **more)
    found = [one.judgement for one in stored if one.judgement]
    if as_json:
        print_json({"labels": [judgement.model_dump(mode="json") for judgement in found]})
        return
    for judgement in found:
        console().print(_said(judgement), soft_wrap=True)


def _said(judgement: "AnyJudgement") -> str:
    from pipelines.access.actors import shown_name

    day, _, time = judgement.at.partition("T")
    if judgement.kind == "theme":
        return f"{day} {time[:5]} {shown_name(judgement.author)}: {judgement.action} theme {judgement.theme}"
    facts = (judgement.level or "no level", judgement.modality or "no claim", judgement.subject)
    said = f"{judgement.dimension}, {', '.join(fact for fact in facts if fact)}"
    was = f" instead of {judgement.judged}" if judgement.judged != judgement.dimension else ""
    return f"{day} {time[:5]} {shown_name(judgement.author)}: {judgement.action} {said}{was}"


def _listed(found: "ReviewQueue", *, themes: bool) -> dict[str, Any]:
    """Return the queue as JSON; of passage and document what a person needs to judge."""
    listed = found.model_dump(mode="json", include={"waiting", "labels", "loose"})
    listed = {"tags": [_item(one) for one in found.tags], **listed}
    if themes:
        listed |= {"themes": [_item(one) for one in found.themes], "themes_waiting": found.themes_waiting}
    return listed


def _item(one: "DeskItem") -> dict[str, Any]:
    header = one.document.header()
    return {
        "id": one.id,
        "theme" if one.theme else "tag": one.judged.model_dump(mode="json"),
        "passage": one.passage.model_dump(mode="json", include=_OF_PASSAGE),
        "document": {name: header[name] for name in _OF_DOCUMENT},
    }


def _print_queue(found: "ReviewQueue", *, themes: bool) -> None:
    out = console()
    judgements = counted(found.labels, "judgement")
    loose = f", {found.loose} of them loose (customs-lens review history)" if found.loose else ""
    out.print(styled((counted(found.waiting, "tag"), "bold"), f" not judged yet; {judgements} so far{loose}"))
    for number, one in enumerate(found.tags, 1):
        _print_item(out, number, one)
    if themes:
        out.print(styled("\n", (counted(found.themes_waiting, "suggested theme"), "bold"), " not judged yet"))
    for number, one in enumerate(found.themes, 1):
        _print_item(out, number, one)


def _print_item(out: Terminal, number: int, one: "DeskItem") -> None:
    words, paper = one.passage.text, one.document
    if theme := one.theme:
        out.print(styled((f"\n{number}. {theme.id}", "bold"), f" {share(theme.confidence)}: {theme.why}"))
    if tag := one.tag:
        said = f"{tag.level or 'no level'}, {tag.modality or 'no claim'}, {tag.confidence:.2f} {tag.status}"
        out.print(styled((f"\n{number}. {tag.dimension}", "bold"), f" {' '.join(filter(None, (said, tag.subject)))}"))
        words = words[tag.start : tag.end]
    pages = f"page {', '.join(map(str, one.passage.pages))}" if one.passage.pages else None
    out.print(f"   {' · '.join(filter(None, (name_of(paper), paper.body, paper.date, pages)))}", style="dim")
    out.print(f"   “{' '.join(words.split())}”")
    if tag:
        out.print(f"   matched: {tag.statement}", style="dim")
    out.print(f"   {one.id}", style="cyan", soft_wrap=True)
