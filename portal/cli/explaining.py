"""Explanations of hits in lines for people."""

from collections.abc import Iterator
from typing import Any


def explanation_lines(explanation: dict[str, Any]) -> Iterator[str]:
    """Yield why a passage ranks where it does, a line each for words, meaning, score, filters and labels."""
    if explanation["words"]:
        yield _by_words(explanation["words"])
    elif explanation["fused"]:
        yield "by word     not matched"
    if explanation["meaning"]:
        yield f"by meaning  rank {explanation['meaning']['rank']}, cosine {explanation['meaning']['cosine']:.3f}"
    elif explanation["fused"]:
        yield "by meaning  not among the nearest"
    if fused := explanation["fused"]:
        total = fused["words"] + fused["meaning"]
        yield f"score       {total:.5f} = words {fused['words']:.5f} + meaning {fused['meaning']:.5f}"
    for met in explanation["filters"]:
        values = ", ".join(met["values"])
        yield f"filter      {met['filter']}{': ' + values if values else ''}"
    for label in explanation["labels"]:
        tag = f"{label['dimension']} {label['level'] or '–'}"
        yield f"label       {tag} {label['status']} by {label['by']}"


def _by_words(words: dict[str, Any]) -> str:
    rank = f"rank {words['rank']}" if words["rank"] else "far behind"
    shares = " + ".join(f"{word['text']} {word['score']:.2f}" for word in words["words"])
    asked = "all words" if words["all_words"] else "any word"
    return f"by word     {rank} of those with {asked}, score {words['score']:.2f} = {shares}"
