"""Measures the marked differences between language versions: exports marks for judging, and tests planted changes.

usage: python -m benchmarks.side_by_side [--shared ../shared] [--pairs 200] [--seed 1] [--marks FILE.jsonl]
       python -m benchmarks.side_by_side --judged FILE.jsonl

Acts of the European Union and sample papers in English and French are read and set side by side. From their pairs of
paragraphs some are drawn (`--pairs 0`: all), and every mark in them is written to `--marks`, one JSON object a line
with both paragraphs. `--judged` reads such a file again, to each line of which somebody has added `right` (true or
false).

Then changes are planted in one version of pairs that have no mark, 25 of each kind: a figure of a number, of a date, of
the number of a paper or an act; a modal verb for another one. A change is found where its own words, or those that it
replaced in the other version, are marked now. `--each` prints those that are not.
"""

import argparse
import json
import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.running import CHECKOUT, DEFAULT_SHARED
from configs.bodies import load_bodies
from configs.kinds import load_kinds
from configs.labels import fold
from configs.settings import ReadingLimits
from extractors.document import Document
from extractors.metadata.days import date_in
from extractors.metadata.describe import describe
from extractors.readers import read
from extractors.text.sentences import sentences_in
from pipelines.viewing.differences import Difference, Fact, differences, facts_in
from pipelines.viewing.parallel import parallel

LANGUAGES = ("en", "fr")
PLANTED = 25
"""Changes of each kind."""
KINDS = ("number", "date", "modal", "symbol")
_MODALS = {
    "en": {"shall": ("may", "should"), "must": ("may",), "may": ("shall", "must"), "should": ("may", "shall")},
    "fr": {
        "doit": ("peut", "devrait"),
        "doivent": ("peuvent", "devraient"),
        "peut": ("doit",),
        "peuvent": ("doivent",),
        "devrait": ("peut",),
        "devraient": ("peuvent",),
    },
}
"""What modal verbs are replaced by. Prohibitions are left alone: "shall not" and "may not" say the same."""


class Pair(NamedTuple):
    """A paragraph in English and French, with its marks, and the name of the paper."""

    paper: str
    texts: tuple[str, str]
    marks: tuple[tuple[Difference, ...], tuple[Difference, ...]]


class Change(NamedTuple):
    """A change in the text of one side (0 or 1): the new text, where it differs, and what stood there before."""

    pair: Pair
    side: int
    text: str
    start: int
    end: int
    before: str


def main() -> None:
    """Write the marks, or report how many were judged right; plant changes and report how many are marked."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--shared", type=Path, default=DEFAULT_SHARED)
    parser.add_argument("--pairs", type=int, default=200, help="pairs of paragraphs to draw, 0 for all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--marks", type=Path, help="where to write the marks of the drawn pairs")
    parser.add_argument("--judged", type=Path, help="marks with verdicts to be counted")
    parser.add_argument("--each", action="store_true", help="print every planted change that is not marked")
    options = parser.parse_args()
    if options.judged:
        return _report(options.judged)
    pairs = list(pairs_of(options.shared))
    drawn = random.Random(options.seed)
    chosen = drawn.sample(pairs, options.pairs) if options.pairs else pairs
    marks = list(marks_of(chosen))
    print(f"{len(pairs)} pairs of paragraphs, {len(chosen)} drawn, {len(marks)} marks in these")
    if options.marks:
        options.marks.write_text("".join(f"{json.dumps(one, ensure_ascii=False)}\n" for one in marks), encoding="utf-8")
    for kind in KINDS:
        changes = plant(kind, pairs, drawn)
        found = [is_marked(change) for change in changes]
        print(f"planted {kind:8} {sum(found):>3} of {len(found)} marked")
        for change, is_found in zip(changes, found, strict=True):
            if options.each and not is_found:
                print(f"    {change.before} -> {change.text[change.start : change.end]}\n    {change.text}")
                print(f"    {change.pair.texts[1 - change.side]}")
    return None


def pairs_of(shared: Path) -> Iterator[Pair]:
    """Yield the paragraphs that stand side by side of all papers that are there in both languages."""
    acts, samples = shared / "corpus" / "customs" / "eu-acts", CHECKOUT / "samples" / "papers"
    papers = [(path, path.with_name(path.name.replace("_en.", "_fr."))) for path in sorted(acts.glob("*_en.*"))]
    papers += [(path, path.with_name(path.name.replace("E1a", "F1a"))) for path in sorted(samples.glob("*E1a.*"))]
    for left, right in papers:
        if right.exists():
            view = parallel(_read(left, LANGUAGES[0]), _read(right, LANGUAGES[1]))
            for one in view.pairs:
                if one.left and one.right:
                    yield Pair(left.name, (one.left.text, one.right.text), (one.left.missing, one.right.missing))


def marks_of(pairs: Sequence[Pair]) -> Iterator[dict[str, object]]:
    """Yield each mark with what a judge has to see."""
    for number, pair in enumerate(pairs):
        for side, language in enumerate(LANGUAGES):
            for mark in pair.marks[side]:
                yield {
                    "id": f"{number}-{language}-{mark.start}",
                    "paper": pair.paper,
                    "language": language,
                    "kind": mark.kind,
                    "marked": mark.surface,
                    "value": mark.value,
                    "sentence": _sentence(pair.texts[side], mark.start),
                    **dict(zip(LANGUAGES, pair.texts, strict=True)),
                }


def plant(kind: str, pairs: Sequence[Pair], drawn: random.Random) -> list[Change]:
    """Return changes of one kind, each in another pair that has no marks."""
    changes: list[Change] = []
    for pair in drawn.sample(pairs, len(pairs)):
        side = drawn.randrange(2)
        possible = [] if any(pair.marks) else list(_possible(kind, pair, side, drawn))
        if possible:
            changes.append(drawn.choice(possible))
            if len(changes) == PLANTED:
                break
    return changes


def is_marked(change: Change) -> bool:
    """Return whether a change is marked: its words on its side, or on the other one of the kind that was changed."""
    other = change.pair.texts[1 - change.side]
    here, there = LANGUAGES[change.side], LANGUAGES[1 - change.side]
    own = differences(change.text, here, other, there)
    if any(one.start < change.end and change.start < one.end for one in own):
        return True
    return bool(differences(other, there, change.text, here))


def _possible(kind: str, pair: Pair, side: int, drawn: random.Random) -> Iterator[Change]:
    """Yield the changes of a kind that one side of a pair allows."""
    text, language = pair.texts[side], LANGUAGES[side]
    if kind == "modal":
        for match in re.finditer(rf"(?<!\bne )\b(?:{'|'.join(_MODALS[language])})\b(?! (?:not|only)\b)", text):
            yield _changed(pair, side, *match.span(), drawn.choice(_MODALS[language][match[0]]))
        return
    for fact in facts_in(text, language):
        if fact.kind == kind and fact.marked and any(letter.isdigit() for letter in text[fact.start : fact.end]):
            surface = _other_figures(kind, text, fact, drawn)
            if surface:
                yield _changed(pair, side, fact.start, fact.end, surface)


def _other_figures(kind: str, text: str, fact: Fact, drawn: random.Random) -> str | None:
    """Return the words of a fact with one figure changed; None where what comes of it is no date any more."""
    surface = text[fact.start : fact.end]
    place = drawn.choice([place for place, letter in enumerate(surface) if letter.isdigit()])
    digit = drawn.choice([digit for digit in "123456789" if digit != surface[place]])
    changed = f"{surface[:place]}{digit}{surface[place + 1 :]}"
    return None if kind == "date" and date_in(fold(changed)) is None else changed


def _changed(pair: Pair, side: int, start: int, end: int, words: str) -> Change:
    text = pair.texts[side]
    return Change(pair, side, f"{text[:start]}{words}{text[end:]}", start, start + len(words), text[start:end])


def _read(path: Path, language: str) -> Document:
    reading = read(path, limits=ReadingLimits())
    document = describe(reading, source=path.as_uri(), sha256="0" * 64, bodies=load_bodies(), kinds=load_kinds())
    return document.model_copy(update={"language": language})


def _sentence(text: str, at: int) -> str:
    """Return the sentence that stands at an offset."""
    end = 0
    for sentence in sentences_in(text):
        end = text.index(sentence, end) + len(sentence)
        if at < end:
            return sentence
    return text


def _report(path: Path) -> None:
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    judged = Counter((row["kind"], bool(row["right"])) for row in rows)
    for kind in KINDS:
        right, wrong = judged[kind, True], judged[kind, False]
        print(f"{kind:8}{right:>4} of {right + wrong:>4} marks right")
    print(f"all     {sum(row['right'] for row in rows):>4} of {len(rows):>4} marks right")


if __name__ == "__main__":
    main()
