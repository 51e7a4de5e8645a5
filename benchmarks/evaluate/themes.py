"""`evaluate themes`: named themes on labelled texts; a span is right where start, end and theme are."""

from pathlib import Path

from configs.settings import Settings
from configs.system.errors import ConfigError
from configs.vocabulary import Vocabulary
from extractors.document import Value
from extractors.themes import LabelMatcher
from pipelines.fitting.measures import f1_score
from pipelines.fitting.passages import JudgedRow, read_jsonl
from pipelines.stages import components

_AROUND = 40
"""Characters that an excerpt shows on each side of a span."""


class Span(JudgedRow):
    """A theme in a text, from `start` to `end` (exclusive), in characters."""

    start: int
    end: int
    theme: str


class LabelledText(JudgedRow):
    """A text, its ISO 639-1 language (null where unknown), and every theme in it."""

    text: str
    language: str | None = None
    spans: tuple[Span, ...]


class SpanMistake(Value):
    """A span that is wrong or missed: the line of its text in the file, its words, and the words around it."""

    line: int
    start: int
    end: int
    theme: str
    surface: str
    text: str


class ThemeMeasures(Value):
    """Precision, recall and F1 over all spans, and each span that is wrong or missed."""

    precision: float
    recall: float
    f1: float
    false_positives: tuple[SpanMistake, ...]
    false_negatives: tuple[SpanMistake, ...]


def evaluate_themes(settings: Settings, labels: Path) -> ThemeMeasures:
    """Return how well the themes of a file of labelled texts are found.

    Each text is a document of its own. Raises `UnavailableError` for a file that cannot be read and `ConfigError`,
    naming the line, for a row of another shape, a span outside its text and an unknown theme.
    """
    tools = components.PipelineComponents(settings)
    rows = [(line, _checked(labels, line, row, tools.vocabulary)) for line, row in read_jsonl(labels, LabelledText)]
    if not rows:
        raise ConfigError(labels, "there is nothing in it", remedy="write one JSON object a line")
    hits = 0
    wrong: list[SpanMistake] = []
    missed: list[SpanMistake] = []
    for line, row in rows:
        found, wanted = _found(tools.matcher, row), frozenset(row.spans)
        hits += len(found & wanted)
        wrong += _listed(line, row.text, found - wanted)
        missed += _listed(line, row.text, wanted - found)
    return ThemeMeasures(
        precision=hits / (hits + len(wrong)) if hits else 0.0,
        recall=hits / (hits + len(missed)) if hits else 0.0,
        f1=f1_score(hits, len(wrong), len(missed)),
        false_positives=tuple(wrong),
        false_negatives=tuple(missed),
    )


def _checked(labels: Path, line: int, row: LabelledText, vocabulary: Vocabulary) -> LabelledText:
    known = {concept.id for concept in vocabulary.concepts}
    for span in row.spans:
        if not 0 <= span.start < span.end <= len(row.text):
            message = f"the span {span.start} to {span.end} lies outside the {len(row.text)} characters of the text"
            raise ConfigError(labels, message, line=line, remedy="count characters from 0, the end is exclusive")
        if span.theme not in known:
            message = f"{span.theme} is no theme of the vocabulary {vocabulary.id}"
            raise ConfigError(labels, message, line=line, remedy="'customs-lens themes --json' lists them")
    return row


def _found(matcher: LabelMatcher, row: LabelledText) -> frozenset[Span]:
    mentions = matcher.find(row.text, row.language)
    return frozenset(Span(start=one.start, end=one.end, theme=one.id) for one in mentions)


def _listed(line: int, text: str, spans: frozenset[Span]) -> list[SpanMistake]:
    """Return what a person needs to judge spans."""
    return [
        SpanMistake(
            line=line,
            start=span.start,
            end=span.end,
            theme=span.theme,
            surface=text[span.start : span.end],
            text=_excerpt(text, span),
        )
        for span in sorted(spans, key=lambda one: (one.start, one.end, one.theme))
    ]


def _excerpt(text: str, span: Span) -> str:
    start, end = max(0, span.start - _AROUND), min(len(text), span.end + _AROUND)
    return f"{'…' if start else ''}{' '.join(text[start:end].split())}{'…' if end < len(text) else ''}"
