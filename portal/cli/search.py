"""`search`, `similar` and `show`: asking the index."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any

import click
from rich.text import Text

from configs.settings import Settings
from index.filters import EVERY_CLASS
from portal.cli.options import common, context, filters, search_mode
from portal.cli.output import Terminal, console, counted, print_json, styled
from portal.cli.render.records import SHOWN, record_lines
from portal.cli.render.themes import theme_marks

_EXCERPT = 320
"""Characters of a passage that a list of hits shows."""


@click.command()
@click.argument("query")
@search_mode
@filters
@click.option(
    "--facet", "facets", metavar="FIELD", multiple=True, help="Count the matching documents by this field (repeatable)."
)
@click.option("-k", "limit", type=click.IntRange(1, 1000), default=10, show_default=True, help="Documents to show.")
@click.option("--offset", type=click.IntRange(0), default=0, show_default=True, help="Documents to pass over first.")
@click.option(
    "--sort",
    type=click.Choice(["relevance", "date"]),
    default="relevance",
    show_default=True,
    help="Best first or latest first.",
)
@click.option(
    "--expand/--no-expand",
    default=None,
    help="Find themes by their other labels too, and words in the other language  [--expand]",
)
@context
@click.option("--explain", is_flag=True, help="Say why each passage ranks where it does.")
@click.option(
    "--sentences/--no-sentences",
    default=True,
    help="Mark the sentence nearest in meaning in passages without a word of the query  [marked].",
)
@common
def search(*, settings: Settings, as_json: bool, query: str, sentences: bool, **options: Any) -> None:  # noqa: ANN401
    """Find passages by meaning and by word.

    QUERY holds words, "phrases", "loose phrases"~3, +must, -not, OR, brackets, prefix*, fuzzy~, symbols of papers in
    any spelling, and field:value or field:a..b. An empty query ("") lists what the filters let through.

    Fields: body, kind, language, year, date, session, symbol, access, agenda_item, action, decision, theme,
    theme.named, theme.status, country, region, instrument, model, dimension, level, modality, subject, status.

    \b
    Examples:
      customs-lens search "electronic single window" --filter language=fr --facet body
      customs-lens search "" --filter dimension=data_standards --filter level=L3 --sort date
    """
    from pipelines.search.requests import search_request
    from pipelines.search.service import SearchService

    request = search_request(settings, query, access_classes=EVERY_CLASS, **options)
    with SearchService(settings) as service:
        result = service.search(request, sentences=sentences).model_dump(mode="json")
    _mark_withdrawn(settings, [hit["document"] for hit in result["hits"]])
    if as_json:
        print_json(result)
    else:
        print_hits(result, first=options["offset"])


@click.command()
@click.argument("passage_id")
@filters
@click.option("-k", "limit", type=click.IntRange(1, 1000), default=10, show_default=True, help="Documents to show.")
@context
@common
def similar(*, settings: Settings, as_json: bool, passage_id: str, **options: Any) -> None:  # noqa: ANN401
    """Find passages of other documents that are like one.

    PASSAGE_ID is the id that search prints under each passage.
    """
    from pipelines.search.requests import search_request
    from pipelines.search.service import SearchService

    request = search_request(settings, "", access_classes=EVERY_CLASS, **options)
    with SearchService(settings) as service:
        result = service.similar(passage_id, request).model_dump(mode="json")
    _mark_withdrawn(settings, [hit["document"] for hit in result["hits"]])
    if as_json:
        print_json(result)
    else:
        print_hits(result)


@click.command()
@click.argument("document")
@click.option("--full", is_flag=True, help="Add the passages; in JSON also blocks and tables.")
@common
def show(*, settings: Settings, as_json: bool, document: str, full: bool) -> None:
    """Show what is known of one document.

    DOCUMENT is an id, a symbol in any spelling (PC9001, pc 9001 e1a), or a path or URL. A symbol with several
    versions gives the latest English one; the others are its twins and revisions.
    """
    from pipelines.search.service import SearchService

    with SearchService(settings) as service:
        shown = service.show(document, access_classes=EVERY_CLASS)
    found = shown.document.model_dump(mode="json") if full else shown.document.header()
    found |= shown.model_dump(mode="json", include={"themes"})
    _mark_withdrawn(settings, [found])
    if as_json:
        print_json(found)
    else:
        _print_document(found)


def _mark_withdrawn(settings: Settings, documents: Sequence[dict[str, Any]]) -> None:
    """Let documents that their source no longer has say since which day; others have no such field."""
    from pipelines.viewing.withdrawn import Withdrawn

    with closing(Withdrawn(settings)) as withdrawn:
        found = withdrawn.since([document["id"] for document in documents])
    for document in documents:
        if since := found.get(document["id"]):
            document["withdrawn"] = f"{since:%Y-%m-%d}"


def print_hits(result: dict[str, Any], *, first: int = 0) -> None:
    """Print the hits of a search for people; `first` documents come before them."""
    out = console()
    how = f"({result['mode']}, {result['took_ms']:.0f} ms)"
    of = f", {counted(result['passages'], 'passage')} for “{result['query']}”"
    out.print(styled((counted(result["documents"], "document"), "bold"), f"{of} {how}"))
    if result.get("undated"):
        left_out = counted(result["undated"], "document")
        out.print(f"{left_out} without a date left out (year=none shows them)", style="dim")
    for theme in result["expanded"]:
        labels = " · ".join(theme["labels"].values())
        out.print(f"“{theme['text']}” also as {labels} (--no-expand: as typed only)", style="dim")
    if result["about"]:
        names = " · ".join(theme["id"] for theme in result["about"])
        out.print(f"passages about {names} rank higher", style="dim")
    if result["hits"] and not result["has_words"]:
        out.print("No passage has these words.")
    if result["hints"]:
        _print_hints(out, result["hints"], is_empty=not result["hits"])
    for number, hit in enumerate(result["hits"], 1):
        place = first + number
        if place == result["last_close"] + 1:
            out.rule("less close")
        mark = "" if hit["close"] or place > result["last_close"] else "  (less close)"
        out.print(styled("\n", (f"{number}. {name_of(hit['document'])}", "bold"), (mark, "dim")))
        out.print(f"   {_facts(hit['document'])}", style="dim")
        for passage in hit["passages"]:
            _print_passage(out, passage)
    for field, values in result["facets"].items() if result["documents"] else ():
        counts = ", ".join(f"{'none' if one['value'] is None else one['value']} {one['count']}" for one in values)
        out.print(styled("\n", (field, "bold"), f": {counts or 'no document has a value'}"))


def _print_hints(out: Terminal, hints: dict[str, Any], *, is_empty: bool) -> None:
    """Print why nothing matches, and what would; beside hits only which words are nowhere."""
    only = len(hints["words"]) + len(hints["filters"]) == 1
    if not is_empty:
        hints = {**hints, "words": [part for part in hints["words"] if part["alone"] == 0], "filters": []}
    of = " that the filters leave" if hints["filters"] else ""
    for none, parts in ((f"no document{of} has it", hints["words"]), ("no document has it", hints["filters"])):
        for part in parts:
            out.print(f"· {part['text']}: {_why(part, none, only=only)}")
            others = (f"{one['text']} ({counted(one['documents'], 'document')})" for one in part["suggestions"])
            if part["suggestions"]:
                out.print(f"  spelt otherwise: {', '.join(others)}")
    if hints["query"]:
        out.print(styled("Did you mean ", (hints["query"], "bold"), "?"))


def _why(part: dict[str, Any], none: str, *, only: bool) -> str:
    """Return how many documents match a part of a question, and how many the rest, unless it is the only part."""
    told = []
    if part["alone"] is not None:
        told.append(counted(part["alone"], "document") if part["alone"] else none)
    if not only:
        told.append(f"without it {counted(part['without'], 'document')}")
    return ", ".join(told)


def name_of(document: dict[str, Any]) -> str:
    """Return what a person calls a document: its symbol and title, else where it lies."""
    symbol = document["symbol"]["raw"] if document["symbol"] else None
    title = document["title"] or document["source"].rsplit("/", maxsplit=1)[-1]
    return f"{symbol} {title}" if symbol and symbol not in title else title


def _plain(value: Any) -> str:  # noqa: ANN401 - any field of a document
    """Return a field's value in one line, without the marks of a program."""
    if isinstance(value, list):
        return ", ".join(map(_plain, value))
    if isinstance(value, dict):
        return " ".join(f"{name} {_plain(part)}" for name, part in value.items() if part not in (None, [], ""))
    return str(value)


def _facts(document: dict[str, Any]) -> str:
    sessions = "/".join(map(str, document["sessions"]))
    twins = f"{len(document['twins'])} twin" if document["twins"] else None
    withdrawn = document.get("withdrawn") and f"withdrawn since {document['withdrawn']}"
    session = sessions and f"session {sessions}"
    facts = (document["body"], session, document["date"], document["language"], twins, withdrawn)
    return " · ".join(fact for fact in (*facts, f"id {document['id']}") if fact)


def _print_passage(out: Terminal, passage: dict[str, Any]) -> None:
    around = passage.get("context") or {"before": (), "after": ()}
    for neighbour in around["before"]:
        out.print(_text_line(neighbour, _end(neighbour["text"])), style="dim")
    nearest = passage.get("nearest")
    line = Text("   ")
    line.append(f"[{_place(passage)}] ", style="green")
    start = len(line)
    text, marks = _excerpt(passage["text"], passage["highlights"], nearest)
    line.append(_one_line(text))
    for first, last in marks:
        line.stylize("underline" if nearest else "bold yellow", start + first, start + last)
    out.print(line)
    for neighbour in around["after"]:
        out.print(_text_line(neighbour, _beginning(neighbour["text"])), style="dim")
    tags = [
        f"{tag['dimension']} {tag['level'] or '–'} {tag['modality'] or 'no claim'} {tag['confidence']:.2f}"
        f"{' ' + tag['subject'] if tag['subject'] else ''}"
        for tag in passage["maturity"]
        if tag["status"] == "accepted"
    ]
    labels = " · ".join((*theme_marks(passage["themes"]), *tags))
    if labels:
        out.print(f"      {labels}", style="cyan")
    for explained in _explained(passage):
        out.print(f"      {explained}")
    out.print(f"      passage {passage['id']}", style="dim")


def _explained(passage: dict[str, Any]) -> Iterator[str]:
    from index.ranking.explanation import Explanation
    from pipelines.search.explain import explanation_lines

    if "explain" in passage:
        yield from explanation_lines(Explanation.model_validate(passage["explain"]))


def _text_line(neighbour: dict[str, Any], text: str) -> Text:
    return Text(f"   [{_place(neighbour)}] {_one_line(text)}")


def _place(passage: dict[str, Any]) -> str:
    pages = ", ".join(map(str, passage["pages"]))
    paragraphs = ", ".join(passage["paragraphs"])
    place = ", ".join(part for part in (pages and f"page {pages}", paragraphs and f"paragraph {paragraphs}") if part)
    return place or "no page"


def _one_line(text: str) -> str:
    return text.replace("\n", " ").replace("\t", " ")


def _end(text: str) -> str:
    """Return the end of a text: what stands before a passage goes on in it."""
    return f"…{text[-_EXCERPT:]}" if len(text) > _EXCERPT else text


def _beginning(text: str) -> str:
    """Return the beginning of a text: what stands after a passage goes on from it."""
    return f"{text[:_EXCERPT]}…" if len(text) > _EXCERPT else text


def _excerpt(text: str, marks: list[list[int]], nearest: list[int] | None = None) -> tuple[str, list[tuple[int, int]]]:
    """Return the sentence of a text that answers with its neighbours, and the marks in it; what is longer is cut."""
    from pipelines.search.reasons import shown_span

    start, end = shown_span(text, marks, nearest, _EXCERPT)
    marks = marks or ([nearest] if nearest else [])
    head, tail = "…" if start else "", "…" if end < len(text) else ""
    shift = len(head) - start
    shown = [(a + shift, min(b, end) + shift) for a, b in marks if start <= a < end]
    return f"{head}{text[start:end]}{tail}", shown


def _print_document(document: dict[str, Any]) -> None:
    out = console()
    out.print(name_of(document), style="bold")
    for field, value in document.items():
        if value in (None, [], False) or field in ("blocks", "tables", "passages", "pages", "title", "date_precision"):
            continue
        if field in SHOWN:
            out.print(f"  {field:18} {len(value)}")
            for line in record_lines(document, field):
                out.print(f"    {line}")
            continue
        out.print(f"  {field:18} {_plain(value)}")
    statuses = sorted({page["status"] for page in document["pages"]})
    out.print(f"  {'pages':18} {len(document['pages'])} ({', '.join(statuses) or 'a format without pages'})")
    for passage in document.get("passages", ()):
        _print_passage(out, {**passage, "highlights": []})
