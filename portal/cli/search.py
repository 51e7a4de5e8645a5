"""`search`, `similar` and `show`: asking the index."""

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import click
from rich.text import Text

from configs.settings import Settings
from extractors.document import DocumentHeader
from index.fields import FIELDS
from index.filters import EVERY_CLASS, field_name
from index.query.suggestions import EmptyResultDiagnosis, Part
from index.results import Context, Neighbour, PassageHit, SearchResult
from pipelines.access.keys import LOCAL
from pipelines.collection import Collection
from pipelines.questions import search as question
from pipelines.search.requests import SearchParameters
from portal.cli.options import common, context, filters, parameter, search_mode
from portal.cli.output import Terminal, complain, console, counted, print_json, styled
from portal.cli.render.records import RECORDS, record_lines, theme_counts, theme_marks

if TYPE_CHECKING:
    from pipelines.search.service import ShownDocument

_MOST_SHOWN = 1000
"""Documents of one answer."""
_EXCERPT = 320
"""Characters of a passage that a list of hits shows."""


@click.command()
@click.argument("query")
@search_mode
@filters
@parameter(SearchParameters, "facet", "--facet")
@parameter(SearchParameters, "limit", "-k", most=_MOST_SHOWN)
@parameter(SearchParameters, "offset", "--offset")
@parameter(SearchParameters, "sort", "--sort")
@parameter(SearchParameters, "expand", "--expand/--no-expand")
@context
@parameter(SearchParameters, "explain", "--explain")
@parameter(SearchParameters, "sentences", "--sentences/--no-sentences")
@common
def search(
    *,
    settings: Settings,
    as_json: bool,
    query: str,
    filters: tuple[str, ...],
    facet: tuple[str, ...],
    **options: Any,  # noqa: ANN401 - of the parameters above
) -> None:
    """Find passages by meaning and by word.

    QUERY holds words, "phrases", "loose phrases"~3, +must, -not, OR, brackets, prefix*, fuzzy~, symbols of papers in
    any spelling, and field:value or field:a..b. An empty query ("") lists what the filters let through.

    Fields: {fields}.

    \b
    Examples:
      customs-lens search "electronic single window" --filter language=fr --facet body
      customs-lens search "" --filter dimension=data_standards --filter level=L3 --sort date
    """
    asked = SearchParameters(q=query, facet=tuple(map(field_name, facet)), **options)
    with Collection(settings) as collection:
        result = question.answer(collection, asked, LOCAL, filters)
        _give(collection, result, first=asked.offset, as_json=as_json)
        if not (result.hits or question.answer(collection, SearchParameters(limit=1), LOCAL, ()).hits):
            complain("the index holds no paper yet (run customs-lens ingest PAPERS/)")


search.help = (search.help or "").format(fields=", ".join(FIELDS))


@click.command()
@click.argument("passage_id")
@filters
@parameter(SearchParameters, "limit", "-k", most=_MOST_SHOWN)
@context
@common
def similar(
    *, settings: Settings, as_json: bool, passage_id: str, filters: tuple[str, ...], limit: int, context: int
) -> None:
    """Find passages of other documents that are like one.

    PASSAGE_ID is the id that search prints under each passage.
    """
    asked = SearchParameters(limit=limit, context=context)
    with Collection(settings) as collection:
        _give(collection, question.similar(collection, passage_id, asked, LOCAL, filters), as_json=as_json)


@click.command()
@click.argument("document")
@click.option("--full", is_flag=True, help="Add the passages; in JSON also blocks and tables.")
@common
def show(*, settings: Settings, as_json: bool, document: str, full: bool) -> None:
    """Show what is known of one document.

    DOCUMENT is an id, a symbol in any spelling (PC9001, pc 9001 e1a), or a path or URL. A symbol with several
    versions gives the latest English one; the others are its twins and revisions.
    """
    with Collection(settings) as collection:
        shown = collection.service.show(document, access_classes=EVERY_CLASS)
        withdrawn = collection.withdrawn.since([shown.document.id])
    if as_json:
        found = shown.document.model_dump(mode="json") if full else shown.document.header()
        print_json(_marked(found | shown.model_dump(mode="json", include={"themes"}), withdrawn))
    else:
        _print_document(shown, withdrawn, full=full)


def _marked(document: dict[str, Any], withdrawn: Mapping[str, dt.datetime]) -> dict[str, Any]:
    """Return the JSON of a document, which says since which day its source no longer has it where that is so."""
    since = withdrawn.get(document["id"])
    return {**document, "withdrawn": f"{since:%Y-%m-%d}"} if since else document


def _give(collection: Collection, result: SearchResult, *, first: int = 0, as_json: bool) -> None:
    """Print an answer; `first` documents come before its hits."""
    withdrawn = collection.withdrawn.since([hit.document.id for hit in result.hits])
    if not as_json:
        print_hits(result, withdrawn, first=first)
        return
    found = result.model_dump(mode="json")
    for hit in found["hits"]:
        hit["document"] = _marked(hit["document"], withdrawn)
    print_json(found)


def print_hits(result: SearchResult, withdrawn: Mapping[str, dt.datetime], *, first: int = 0) -> None:
    """Print the hits of a search for people; `first` documents come before them."""
    out = console()
    how = f"({result.mode}, {result.took_ms:.0f} ms)"
    of = f", {counted(result.passages, 'passage')} for “{result.query}”"
    out.print(styled((counted(result.documents, "document"), "bold"), f"{of} {how}"))
    if result.undated:
        left_out = counted(result.undated, "document")
        out.print(f"{left_out} without a date left out (year=none shows them)", style="dim")
    for theme in result.expanded:
        labels = " · ".join(theme.labels.values())
        out.print(f"“{theme.text}” also as {labels} (--no-expand: as typed only)", style="dim")
    if result.about:
        names = " · ".join(one.id for one in result.about)
        out.print(f"passages about {names} rank higher", style="dim")
    if result.hits and not result.has_words:
        out.print("No passage has these words.")
    if result.hints:
        _print_hints(out, result.hints, is_empty=not result.hits)
    for place, hit in enumerate(result.hits, first + 1):
        if place == result.documents + 1:
            out.rule("less close")
        out.print(styled("\n", (f"{place - first}. {name_of(hit.document)}", "bold")))
        out.print(f"   {_facts(hit.document, withdrawn.get(hit.document.id))}", style="dim")
        for passage in hit.passages:
            _print_passage(out, passage)
    for field, values in result.facets.items() if result.documents else ():
        counts = ", ".join(f"{'none' if one.value is None else one.value} {one.count}" for one in values)
        out.print(styled("\n", (field, "bold"), f": {counts or 'no document has a value'}"))


def _print_hints(out: Terminal, hints: EmptyResultDiagnosis, *, is_empty: bool) -> None:
    """Print why nothing matches, and what would; beside hits only which words are nowhere."""
    only = len(hints.words) + len(hints.filters) == 1
    words, conditions = hints.words, hints.filters
    if not is_empty:
        words, conditions = tuple(part for part in words if part.alone == 0), ()
    of = " that the filters leave" if conditions else ""
    for none, parts in ((f"no document{of} has it", words), ("no document has it", conditions)):
        for part in parts:
            out.print(f"· {part.text}: {_why(part, none, only=only)}")
            others = (f"{one.text} ({counted(one.documents, 'document')})" for one in part.suggestions)
            if part.suggestions:
                out.print(f"  spelt otherwise: {', '.join(others)}")
    if hints.query:
        out.print(styled("Did you mean ", (hints.query, "bold"), "?"))


def _why(part: Part, none: str, *, only: bool) -> str:
    """Return how many documents match a part of a question, and how many the rest, unless it is the only part."""
    told = []
    if part.alone is not None:
        told.append(counted(part.alone, "document") if part.alone else none)
    if not only:
        told.append(f"without it {counted(part.without, 'document')}")
    return ", ".join(told)


def name_of(document: DocumentHeader) -> str:
    """Return what a person calls a document: its symbol and title, else where it lies."""
    symbol = document.symbol.raw if document.symbol else None
    title = document.title or document.source.rsplit("/", maxsplit=1)[-1]
    return f"{symbol} {title}" if symbol and symbol not in title else title


def _plain(value: Any) -> str:  # noqa: ANN401 - any field of a document
    """Return a field's value in one line, without the marks of a program."""
    if isinstance(value, list):
        return ", ".join(map(_plain, value))
    if isinstance(value, dict):
        return " ".join(f"{name} {_plain(part)}" for name, part in value.items() if part not in (None, [], ""))
    return str(value)


def _facts(document: DocumentHeader, withdrawn: dt.datetime | None) -> str:
    sessions = "/".join(map(str, document.sessions))
    twins = f"{len(document.twins)} twin" if document.twins else None
    gone = withdrawn and f"withdrawn since {withdrawn:%Y-%m-%d}"
    session = sessions and f"session {sessions}"
    facts = (document.body, session, document.date, document.language, twins, gone)
    return " · ".join(fact for fact in (*facts, f"id {document.id}") if fact)


def _print_passage(out: Terminal, passage: PassageHit) -> None:
    around = passage.context or Context()
    for neighbour in around.before:
        out.print(_text_line(neighbour, _end(neighbour.text)), style="dim")
    line = Text("   ")
    line.append(f"[{_place(passage)}] ", style="green")
    start = len(line)
    text, marks = _excerpt(passage)
    line.append(_one_line(text))
    for first, last in marks:
        line.stylize("underline" if passage.nearest else "bold yellow", start + first, start + last)
    out.print(line)
    for neighbour in around.after:
        out.print(_text_line(neighbour, _beginning(neighbour.text)), style="dim")
    tags = [
        f"{tag.dimension} {tag.level or '–'} {tag.modality or 'topic'} {tag.confidence:.2f}"
        f"{' ' + tag.subject if tag.subject else ''}"
        for tag in passage.maturity
        if tag.status == "accepted"
    ]
    labels = " · ".join((*theme_marks(passage.themes), *tags))
    if labels:
        out.print(f"      {labels}", style="cyan")
    for explained in _explained(passage):
        out.print(f"      {explained}")
    out.print(f"      passage {passage.id}", style="dim")


def _explained(passage: PassageHit) -> Iterator[str]:
    from pipelines.search.reasons import explanation_lines

    if passage.explain:
        yield from explanation_lines(passage.explain)


def _text_line(neighbour: Neighbour, text: str) -> Text:
    return Text(f"   [{_place(neighbour)}] {_one_line(text)}")


def _place(passage: Neighbour | PassageHit) -> str:
    pages = ", ".join(map(str, passage.pages))
    paragraphs = ", ".join(passage.paragraphs)
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


def _excerpt(passage: PassageHit) -> tuple[str, list[tuple[int, int]]]:
    """Return the sentence of a passage that answers with its neighbours, and the marks in it; what is longer is cut."""
    from pipelines.search.reasons import shown_span

    text = passage.text
    start, end = shown_span(text, passage.highlights, passage.nearest, _EXCERPT)
    marks = passage.highlights or ((passage.nearest,) if passage.nearest else ())
    head, tail = "…" if start else "", "…" if end < len(text) else ""
    shift = len(head) - start
    shown = [(a + shift, min(b, end) + shift) for a, b in marks if start <= a < end]
    return f"{head}{text[start:end]}{tail}", shown


def _print_document(shown: "ShownDocument", withdrawn: Mapping[str, dt.datetime], *, full: bool) -> None:
    out = console()
    document = shown.document
    out.print(name_of(document), style="bold")
    for field, value in _marked(document.header() | {"themes": shown.themes}, withdrawn).items():
        if value in (None, [], (), False) or field in ("pages", "title", "date_precision"):
            continue
        if field not in (*RECORDS, "corrected", "themes"):
            out.print(f"  {field:18} {_plain(value)}")
            continue
        out.print(f"  {field:18} {len(value)}")
        for line in map(theme_counts, shown.themes) if field == "themes" else record_lines(document, field):
            out.print(f"    {line}")
    statuses = sorted({page.status for page in document.pages})
    out.print(f"  {'pages':18} {len(document.pages)} ({', '.join(statuses) or 'a format without pages'})")
    for passage in document.passages if full else ():
        _print_passage(out, PassageHit.of(passage, 0, ()))
