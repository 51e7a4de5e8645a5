"""The records of a document for people: agenda, decisions, references and themes, one line each."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from extractors.corrections import corrected_from
from extractors.document import AgendaEntry, Corrected, Decision, DocumentHeader, PassageTheme, Reference
from pipelines.access.actors import shown_name
from portal.cli.output import counted

if TYPE_CHECKING:
    from pipelines.search.service import DocumentTheme

RECORDS = ("agenda", "decisions", "references")
"""Fields of every document that are lists of records."""
ABOUT = "≈"
"""Stands before a theme that a passage is about without naming it."""


def record_lines(document: DocumentHeader, field: str) -> list[str]:
    """Return the lines of one of `RECORDS`, or of what was `corrected`."""
    lines = {
        "agenda": map(_agenda, document.agenda),
        "decisions": map(_decision, document.decisions),
        "references": map(_reference, document.references),
        "corrected": map(_corrected, document.corrected),
    }
    return list(lines[field])


def theme_counts(theme: "DocumentTheme") -> str:
    """Return how often a document names a theme, and how much it speaks of it."""
    counts = f"{counted(theme.mentions, 'mention')} in {counted(theme.passages, 'passage')}"
    if theme.about:
        about = f"{counted(theme.about, 'passage')} about it"
        counts = f"{counts}, {about}" if theme.mentions else about
    return f"{theme.label}: {counts} ({theme.strength:.2f})"


def _agenda(entry: AgendaEntry) -> str:
    actions = f" ({', '.join(entry.actions)})" if entry.actions else ""
    return f"{entry.item} {entry.title}{actions}{_part(', §', entry.paragraphs)}"


def _decision(decision: Decision) -> str:
    place = ", ".join(filter(None, (_part("§", decision.paragraph), _part("p. ", decision.page))))
    deadline = decision.deadline.text if decision.deadline else None
    asked = _part(" → ", ", ".join(filter(None, (decision.addressee, deadline))))
    return f"{_part('', decision.actor)} {decision.verb}{_part(' (', place, ')')}{asked}: {decision.text}".strip()


def _reference(reference: Reference) -> str:
    place = f"{_part(', Annex ', reference.annex)}{_part(' §', reference.paragraph)}"
    return f"{reference.symbol}{place}{_part(' (id ', reference.document, ')')}"


def _corrected(entry: Corrected) -> str:
    said = f"{entry.field}: {entry.value or 'none'}"
    return f"{said}{_part(' (was ', corrected_from(entry), ')')}, {shown_name(entry.by)} on {entry.at[:10]}"


def _part(before: str, value: object, after: str = "") -> str:
    return f"{before}{value}{after}" if value else ""


def theme_marks(themes: Sequence[PassageTheme]) -> list[str]:
    """Return the accepted themes of a passage on one line: `single-window`, `≈ paperless 0.83`, each theme once."""
    named = {theme.id for theme in themes if theme.kind == "named"}
    about = [theme for theme in themes if theme.id not in named and theme.status == "accepted"]
    return [*sorted(named), *(f"{ABOUT} {theme.id} {share(theme.confidence)}" for theme in about)]


def theme_lines(themes: Sequence[PassageTheme]) -> Iterator[str]:
    """Yield the themes of a passage, a line each: those that are named, then every one by meaning and why."""
    yield from dict.fromkeys(theme.id for theme in themes if theme.kind == "named")
    for theme in themes:
        if theme.kind == "about":
            why = f": {theme.why}" if theme.why else ""
            yield f"{ABOUT} {theme.id} {share(theme.confidence)} {theme.status}{why}"


def share(value: float) -> str:
    """Return a fraction with two digits, as tags have it: `0.83`."""
    return f"{value:.2f}"
