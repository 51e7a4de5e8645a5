"""Explanations of hits in lines for people."""

from collections.abc import Iterator

from index.ranking.explanation import ByMeaning, ByWords, Explanation
from pipelines.access.actors import shown_name


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
