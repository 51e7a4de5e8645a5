"""The reasons why a paper matches, and the sentence that shows it."""

from collections.abc import Iterator, Sequence

from configs.sentences import load_sentence_rules
from extractors.document import Value
from extractors.text.sentences import sentence_spans
from index.ranking.explanation import ByMeaning, ByWords, Explanation
from index.ranking.theme_shares import QueryTheme
from index.results import PassageHit
from pipelines.access.actors import shown_name

LONGEST_QUOTE = 300
"""Characters of a quotation: two lines of a mail."""
_BEFORE = 80
"""Characters before the first marked word in a shortened sentence."""
_MOST_WORDS = 6
"""Number of words in a line."""


class WhyMatched(Value):
    """The reasons for the match of a passage: words of the query, meaning, shared themes, filters.

    `meaning` is its rank among the nearest passages, from 1; readers without every access class do not see it and get
    `is_near` instead. `filters` are the matching ones of the paper or passage, as `field=value`.
    """

    words: tuple[str, ...] = ()
    is_near: bool = False
    meaning: int | None = None
    themes: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()


class Quotation(Value):
    """A sentence on one line; `marks` are the spans of the words that matched."""

    text: str
    marks: tuple[tuple[int, int], ...] = ()


def why_matched(passage: PassageHit, about: Sequence[QueryTheme]) -> WhyMatched:
    """Return the reasons for the match of a passage; without an explanation, its words are the marked ones."""
    explained = passage.explain
    words = explained.words if explained else None
    meaning = explained.meaning if explained else None
    asked = {theme.id for theme in about}
    found = [one.text for one in words.words if one.score != 0] if words else []
    if explained is None:
        found = [passage.text[start:end] for start, end in passage.highlights]
    return WhyMatched(
        words=tuple(dict.fromkeys(found)),
        is_near=meaning is not None,
        meaning=meaning.rank if meaning else None,
        themes=tuple(dict.fromkeys(one.label for one in passage.themes if one.id in asked)),
        filters=tuple(met.filter for met in explained.filters) if explained else (),
    )


def reason(why: WhyMatched) -> str:
    """Return the reasons on one line: `words: window, single · meaning: no. 3 of the nearest`; "" without any.

    Filters are included only if there is no other reason.
    """
    return " · ".join(_parts(why)) or (f"filters: {', '.join(why.filters)}" if why.filters else "")


def quotation(passage: PassageHit) -> Quotation:
    """Return the sentence with the most marked words, else the one nearest in meaning, else the first.

    A long one is shortened around its first marked word.
    """
    start, end = answer_span(passage)
    marks = [(max(s, start) - start, min(e, end) - start) for s, e in passage.highlights if s < end and e > start]
    text = "".join(" " if letter.isspace() else letter for letter in passage.text[start:end])
    return _shortened(text, marks)


def answer_span(passage: PassageHit) -> tuple[int, int]:
    """Return the span of the answering sentence: with most marked words, else the nearest, else the first."""
    spans = _sentences(passage.text)
    return spans[_answering(spans, passage.highlights, passage.nearest)]


def shown_span(
    text: str, marks: Sequence[Sequence[int]], nearest: Sequence[int] | None, most: int | None = None
) -> tuple[int, int]:
    """Return the span of a passage to show: the answering sentence with those before and after it.

    `marks` are the spans of the words that matched, `nearest` is that of the sentence nearest in meaning. At most
    `most` characters are shown, those around the first mark in the sentence that answers.
    """
    spans = _sentences(text)
    answering = _answering(spans, marks, nearest)
    start, end = spans[max(answering - 1, 0)][0], spans[min(answering + 1, len(spans) - 1)][1]
    if most is None or end - start <= most:
        return start, end
    low, high = spans[answering]
    first = next((at for at, _ in marks if low <= at < high), low)
    start = max(start, min(first - most // 3, end - most))
    return start, min(end, start + most)


def _sentences(text: str) -> list[tuple[int, int]]:
    return sentence_spans(text, load_sentence_rules()) or [(0, len(text))]


def _answering(spans: Sequence[tuple[int, int]], marks: Sequence[Sequence[int]], nearest: Sequence[int] | None) -> int:
    """Return the index of the answering sentence."""
    if marks:
        return max(range(len(spans)), key=lambda n: sum(spans[n][0] <= start < spans[n][1] for start, _ in marks))
    middle = sum(nearest) / 2 if nearest else 0
    return next((number for number, (_, end) in enumerate(spans) if middle < end), 0)


def _parts(why: WhyMatched) -> Iterator[str]:
    if why.words:
        yield f"word{'s' if len(why.words) > 1 else ''}: {', '.join(why.words[:_MOST_WORDS])}"
    if why.themes:
        yield f"theme{'s' if len(why.themes) > 1 else ''}: {', '.join(why.themes)}"
    if why.is_near:
        yield f"meaning: no. {why.meaning} of the nearest" if why.meaning else "meaning"


def _shortened(text: str, marks: Sequence[tuple[int, int]]) -> Quotation:
    if len(text) <= LONGEST_QUOTE:
        return Quotation(text=text, marks=tuple(marks))
    first = marks[0][0] if marks else 0
    start = 0 if first <= LONGEST_QUOTE // 2 else text.rfind(" ", 0, first - _BEFORE) + 1
    end = text.rfind(" ", start + 1, start + LONGEST_QUOTE)
    end = start + LONGEST_QUOTE if end < 0 else end
    end = len(text) if start + LONGEST_QUOTE >= len(text) else end
    before, after = "… " if start else "", " …" if end < len(text) else ""
    moved = len(before) - start
    kept = [(s + moved, min(e, end) + moved) for s, e in marks if s >= start and s < end]
    return Quotation(text=f"{before}{text[start:end]}{after}", marks=tuple(kept))


def explanation_lines(explained: Explanation) -> Iterator[str]:
    """Yield why a passage ranks where it does, a line each for words, meaning, score, filters and labels."""
    if explained.words:
        yield f"by word     {by_words(explained.words)}"
    elif explained.fused:
        yield "by word     not matched"
    if explained.meaning:
        yield f"by meaning  {by_meaning(explained.meaning)}"
    elif explained.fused:
        yield "by meaning  not among the nearest"
    if fused := explained.fused:
        parts = {"words": fused.words, "meaning": fused.meaning} | ({"themes": fused.themes} if fused.themes else {})
        total = " + ".join(f"{name} {part:.5f}" for name, part in parts.items())
        yield f"score       {sum(parts.values()):.5f} = {total}"
    for met in explained.filters:
        yield f"filter      {met.filter}{': ' if met.values else ''}{', '.join(met.values)}"
    for label in explained.labels:
        yield f"label       {label.dimension} {label.level or '–'} {label.status} by {shown_name(label.by)}"


def by_words(words: ByWords) -> str:
    """Return how a passage matched by word."""
    rank = f"rank {words.rank}" if words.rank else "far behind"
    shares = " + ".join(f"{word.text} {word.score or 0:.2f}" for word in words.words)
    asked = "all words" if words.all_words else "any word"
    return f"{rank} of those with {asked}, score {words.score or 0:.2f} = {shares}"


def by_meaning(meaning: ByMeaning) -> str:
    """Return how near a passage is."""
    return f"rank {meaning.rank}, cosine {meaning.cosine or 0:.3f}"
