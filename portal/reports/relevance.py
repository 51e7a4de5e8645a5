"""The report of relevance cases as one HTML page that an expert can read."""

from pipelines.evaluation.relevance import CaseResult, Finding, RelevanceReport, ShownPaper
from portal.reports.page import grid, page, section, text

_STYLE = """
article { border: 1px solid var(--line); border-left: 5px solid #2c7a4b; padding: .8rem 1rem; margin: .9rem 0; }
article.bad { border-left-color: #b4690e; }
article h3 { font-size: 1.05rem; margin: 0; }
article ul { list-style: none; padding: 0; margin: .5rem 0; }
article li { border: 0; padding: .15rem 0 .15rem 1.6rem; text-indent: -1.6rem; }
article li b { display: inline-block; width: 1.6rem; text-indent: 0; }
.met b { color: #2c7a4b; } .not b { color: #b4690e; }
.reason { display: block; text-indent: 0; background: #fdf3e4; padding: .35rem .6rem; margin: .2rem 0; }
code { background: var(--soft); padding: .1rem .3rem; }
details { margin-top: .4rem; } summary { cursor: pointer; color: var(--accent); }
details td { white-space: normal; text-align: left; vertical-align: top; } details th { text-align: left; }
details td:first-child, details th:first-child { min-width: 2rem; }
"""


def relevance_page(report: RelevanceReport) -> str:
    """Return the page: what fails first, then what passes."""
    failed = [case for case in report.results if not case.passed]
    passed = [case for case in report.results if case.passed]
    parts = [_head(report)]
    if failed:
        parts.append(section("What is not as expected", "".join(map(_case, failed))))
    if passed:
        parts.append(section("What is as expected", "".join(map(_case, passed))))
    return page("What a search has to find", parts, style=_STYLE)


def _head(report: RelevanceReport) -> str:
    kind = "bad" if report.failed else "good"
    verdict = f"{report.passed} of {report.cases} cases are as expected."
    about = f"<p>{text(report.about)}</p>" if report.about else ""
    return (
        f"<h1>What a search has to find</h1><p class=dim>Index: {text(report.index)}</p>"
        f"<div class='verdict {kind}'><strong>{verdict}</strong></div>{about}"
        "<p class=dim>Each case is a query, the papers that its first results have to contain, may not contain, or have"
        " to show in an order, and the reason why an expert expects that. The ranks count passages.</p>"
    )


def _case(case: CaseResult) -> str:
    filters = "".join(f" <code>{text(one)}</code>" for one in case.filters)
    query = f"“{text(case.query)}”" if case.query else "no words"
    return (
        f"<article class={'good' if case.passed else 'bad'}><h3>{text(case.name)}</h3>"
        f"<p><strong>{query}</strong> <span class=dim>{text(case.mode)}, {case.documents} documents match</span>"
        f"{filters}</p><p>{text(case.why)}</p><ul>{''.join(map(_finding, case.findings))}</ul>"
        f"{_shown(case)}</article>"
    )


def _finding(finding: Finding) -> str:
    if finding.diagnosis is None:
        return f"<li class=met><b>✓</b>{text(finding.expected)}</li>"
    reason = f"<span class=reason>{text(finding.diagnosis)}</span>"
    return f"<li class=not><b>✗</b>{text(finding.expected)}{reason}</li>"


def _shown(case: CaseResult) -> str:
    if not case.shown:
        return "<p class=dim>Nothing is shown.</p>"
    rows = (
        f"<tr><td>{one.rank}</td><td>{text(one.paper)}<br><span class=dim>{text(_facts(one))}</span></td>"
        f"<td>{text(one.title or '')}</td><td>{text(one.standing)}</td></tr>"
        for one in case.shown
    )
    table = grid(("", "Paper", "Title", "Why it stands there"), rows)
    return f"<details><summary>What was shown</summary>{table}</details>"


def _facts(shown: ShownPaper) -> str:
    pages = f"page {', '.join(map(str, shown.pages))}" if shown.pages else None
    return " · ".join(one for one in (shown.date, shown.language, pages) if one)
