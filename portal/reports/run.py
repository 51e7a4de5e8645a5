"""The report of a run as one HTML page that needs nothing else, for the screen, dark or light, and for paper."""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from pipelines.runs.failures import RunFailure
from pipelines.runs.freshness import SourceFreshness
from pipelines.runs.gaps import AbsentPaper, MissingTwin, Series
from pipelines.runs.report import Listing, ReportedPaper, RunReport
from pipelines.storage.run_records import ParagraphChanges
from pipelines.vocabulary.term_candidates import TermCandidate
from portal.reports.page import grid, page, section, text

T = TypeVar("T")

_STYLE = """
:root { color-scheme: light dark; --bad: #a3470b; --good: #23653d; }
@media (prefers-color-scheme: dark) {
  :root { --line: #36424e; --soft: #1b242d; --ink: #dfe6ec; --dim: #a2aeba; --accent: #86c3ec; --bad: #f0a878;
    --good: #8fd3a8; }
  body { background: #121920; }
}
h2 .count { color: var(--dim); font-weight: 400; }
.tiles { display: grid; grid-template-columns: repeat(4, 1fr); gap: .6rem; margin: 1.25rem 0; padding: 0;
  list-style: none; }
@media (max-width: 36rem) { .tiles { grid-template-columns: repeat(2, 1fr); } }
.tiles li { background: var(--soft); border: 1px solid var(--line); border-radius: .4rem; padding: .55rem .8rem; }
.tiles strong { display: block; font-size: 1.5rem; line-height: 1.2; font-variant-numeric: tabular-nums; }
.tiles span { color: var(--dim); font-size: .85rem; }
.tiles .bad strong { color: var(--bad); }
td, tbody th { vertical-align: top; text-align: left; white-space: normal; overflow-wrap: anywhere; font-weight: 400; }
thead th { text-align: left; }
td.number { white-space: nowrap; }
.wide table { min-width: 38rem; }
td:first-child { width: 34%; }
.stale { color: var(--bad); font-weight: 600; }
.name { font-weight: 600; }
ul.plain { list-style: none; padding: 0; margin: .4rem 0; columns: 20rem; column-gap: 2rem; }
ul.plain li { padding: .2rem 0; border: 0; break-inside: avoid; }
@page { margin: 14mm; }
@media print {
  :root { color-scheme: light; --line: #bbb; --soft: #fff; --ink: #000; --dim: #444; --accent: #000; --bad: #000; }
  body { background: #fff; max-width: none; padding: 0; font-size: 10pt; }
  h2 { break-after: avoid; } tr, .tiles li { break-inside: avoid; } thead { display: table-header-group; }
  .wide { overflow: visible; }
}
"""


def run_page(report: RunReport) -> str:
    """Return the page."""
    return page(f"Run {report.run.id}", _parts(report), style=_STYLE)


def _parts(report: RunReport) -> Iterable[str]:
    yield _head(report)
    yield _listing("New papers", report.new, "Nothing new came.", _paper_table)
    yield _listing("Changed papers", report.changed, "No paper changed.", _paper_table)
    yield _listing("Failed", report.failed, "Nothing failed.", _failures)
    yield _listing("Without usable text", report.needs_ocr, _unread(report), _paper_table)
    yield _listing("Without a theme", report.without_theme, "Every paper of the run has a theme.", _paper_table)
    if report.deleted.total:
        yield _listing("Deleted papers", report.deleted, "", _deleted)
    yield _absent(report)
    yield _listing("Gaps in serial numbers", report.series, "No series that is long enough has a gap.", _series)
    yield _listing("Language versions missing", report.twins_missing, "None is missing.", _twins)
    yield section("New terms", _terms(report))
    yield section("How fresh the sources are", _sources(report.sources))


def _head(report: RunReport) -> str:
    run = report.run
    ended = f" – {run.ended:%H:%M}" if run.ended else ""
    tiles = (
        ("new", report.new.total, False),
        ("changed", report.changed.total, False),
        ("unchanged", run.unchanged, False),
        ("failed", run.failed, True),
        ("deleted", run.deleted, False),
        ("unread scans in all", report.unread, True),
        ("cited and absent", report.absent.total, True),
        ("serial numbers missing", sum(one.missing for one in report.series.items), True),
    )
    shown = "".join(
        f"<li{' class=bad' if warns and number else ''}><strong>{number:,}</strong><span>{text(name)}</span></li>"
        for name, number, warns in tiles
    )
    again = f" {report.again:,} were done again." if report.again else ""
    return (
        f"<h1>{text(_title(report))}</h1>"
        f"<p class=dim>Run {text(run.id)} · {text(run.status)} · {run.started:%Y-%m-%d %H:%M}{ended} UTC ·"
        f" {run.seconds:,.1f} s · report of {report.at:%Y-%m-%d %H:%M} UTC</p>"
        f"<p>{run.found:,} documents were found: {run.indexed:,} indexed, {run.unchanged:,} unchanged,"
        f" {run.duplicate:,} duplicates, {run.failed:,} failed.{again}</p>"
        f"<ul class=tiles>{shown}</ul>"
    )


def _title(report: RunReport) -> str:
    run = report.run
    return f"Run over {_place(run.source)}" if run.source else f"Run of {run.flow}"


def _listing(title: str, found: Listing[T], nothing: str, table: Callable[[Sequence[T]], str]) -> str:
    if not found.total:
        return section(title, f"<p class=dim>{text(nothing)}</p>")
    more = found.total - len(found.items)
    rest = f"<p class=dim>and {more:,} more</p>" if more else ""
    return f"<h2>{text(title)} <span class=count>{found.total:,}</span></h2>{table(found.items)}{rest}"


def _paper_table(papers: Sequence[ReportedPaper]) -> str:
    rows = []
    for one in papers:
        facts = " · ".join(filter(None, (one.body, one.language, one.date or "", one.access)))
        title = f"<br>{text(one.title)}" if one.title and one.title != one.name else ""
        source = f"<br><span class=dim>{text(_place(one.source))}</span>"
        rows.append(
            f"<tr><td><span class=name>{text(one.name)}</span>{title}{source}</td><td>{text(facts)}</td>"
            f"<td>{_changes(one)}</td></tr>"
        )
    if any(one.paragraphs for one in papers):
        return grid(("Paper", "Body, language, date", "What changed"), rows)
    return grid(("Paper", "Body, language, date"), (row.replace("<td></td></tr>", "</tr>") for row in rows))


def _changes(paper: ReportedPaper) -> str:
    changes = paper.paragraphs
    if changes is None:
        return ""
    kinds = (("added", changes.added), ("removed", changes.removed), ("reworded", changes.changed))
    parts = [f"{kind} § {', '.join(numbers)}" for kind, numbers in kinds if numbers]
    parts += _unnumbered(changes)
    before = [f"new edition of {paper.edition_of}"] * bool(paper.edition_of)
    return "<br>".join(map(text, [*before, *(parts or ["no paragraph differs"])]))


def _unnumbered(changes: ParagraphChanges) -> list[str]:
    plural = "" if changes.unnumbered == 1 else "s"
    parts = [f"{changes.unnumbered} paragraph{plural} without a number"] * bool(changes.unnumbered)
    return parts + [f"and {changes.more} more"] * bool(changes.more)


def _deleted(papers: Sequence[ReportedPaper]) -> str:
    items = (
        f"<li><span class=name>{text(one.name)}</span> {text(one.title or '')}"
        f"<br><span class=dim>{text(_place(one.source))}</span></li>"
        for one in papers
    )
    return f"<ul class=plain>{''.join(items)}</ul>"


def _failures(failures: Sequence[RunFailure]) -> str:
    rows = (
        f"<tr><td><span class=name>{text(one.source.rsplit('/', maxsplit=1)[-1])}</span>"
        f"<br><span class=dim>{text(_place(one.source))}</span></td>"
        f"<td>{text(one.status)}: {text(one.error)}</td><td>{text(one.remedy)}</td>"
        f"<td class=number>{one.attempts}{'<br>in quarantine' if one.quarantined else ''}</td></tr>"
        for one in failures
    )
    return grid(("Document", "What happened", "What to do", "Attempts"), rows)


def _unread(report: RunReport) -> str:
    if report.unread:
        return f"None of this run; {report.unread:,} in the whole collection."
    return "None."


def _absent(report: RunReport) -> str:
    elsewhere = report.absent_elsewhere
    rest = (
        f"<p class=dim>{elsewhere:,} more are of series of which the collection has nothing.</p>" if elsewhere else ""
    )
    return _listing("Cited and not in the collection", report.absent, "None.", _absent_table) + rest


def _absent_table(papers: Sequence[AbsentPaper]) -> str:
    rows = (
        f"<tr><td class=name>{text(one.symbol)}</td><td class=number>{one.citing:,}</td>"
        f"<td>{text(', '.join(one.cited_by))}{' …' if one.citing > len(one.cited_by) else ''}</td></tr>"
        for one in papers
    )
    return grid(("Symbol", "Papers that cite it", "Such as"), rows)


def _series(series: Sequence[Series]) -> str:
    rows = []
    for one in series:
        gaps = ", ".join(f"{gap.first}" if gap.first == gap.last else f"{gap.first}–{gap.last}" for gap in one.gaps)
        listed = sum(gap.last - gap.first + 1 for gap in one.gaps)
        more = " …" if listed < one.missing else ""
        rows.append(
            f"<tr><td><span class=name>{text(one.series)}</span> {text(one.body or '')}</td>"
            f"<td class=number>{one.known:,} from {one.first} to {one.last}</td><td class=number>{one.missing:,}</td>"
            f"<td>{text(gaps)}{more}</td></tr>"
        )
    note = "<p class=dim>More than 20 numbers in a row do not count as missing: nobody collected that part.</p>"
    return note + grid(("Series", "There", "Missing", "Which"), rows)


def _twins(papers: Sequence[MissingTwin]) -> str:
    items = (
        f"<li><span class=name>{text(one.paper)}</span> <span class=dim>{text(one.body)} · {text(one.has)} without"
        f" {text(one.lacks)}</span></li>"
        for one in papers
    )
    note = "<p class=dim>Papers of bodies whose papers come in English and French.</p>"
    return f"{note}<ul class=plain>{''.join(items)}</ul>"


def _terms(report: RunReport) -> str:
    if not report.terms:
        return "<p class=dim>No phrase that several of the new or changed papers use is unknown to the vocabulary.</p>"
    rows = (_term(one) for one in report.terms)
    of = f"<p class=dim>Phrases of {report.terms_from:,} new or changed papers that the vocabulary does not have.</p>"
    return of + grid(("Phrase", "Times", "Documents", "Nearest theme", "Where"), rows)


def _term(term: TermCandidate) -> str:
    where = ""
    for example in term.examples[:1]:
        where = f"… {text(example.text)} …<br><span class=dim>{text(example.symbol or example.title or '')}</span>"
    return (
        f"<tr><td><span class=name>{text(term.term)}</span> <span class=dim>{text(term.language)}</span></td>"
        f"<td class=number>{term.occurrences:,}</td><td class=number>{term.documents:,}</td>"
        f"<td>{text(term.theme)}</td><td>{where}</td></tr>"
    )


def _sources(sources: Sequence[SourceFreshness]) -> str:
    if not sources:
        return "<p class=dim>There are none.</p>"
    rows = []
    for one in sources:
        stale = f"<span class=stale>nothing new for more than {one.fresh_days} days</span>" if one.stale else ""
        last = f"{one.last_at:%Y-%m-%d %H:%M} {text(one.last_status or '')}" if one.last_at else "never"
        new = f"{one.new_at:%Y-%m-%d %H:%M}" if one.new_at else "–"
        rows.append(
            f"<tr><td class=name>{text(_place(one.source))}</td><td>{last}</td><td>{new}</td><td>{stale}</td></tr>"
        )
    return grid(("Source", "Last run (UTC)", "Last new or changed paper", ""), rows)


def _place(source: str) -> str:
    """Return the name of a source for people: a file on this machine by its path."""
    return source.replace("file://", "")
