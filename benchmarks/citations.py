"""Measures the citations of sentences in real papers (page, paragraph, article) against judged ones.

usage: python -m benchmarks.citations [--shared ../shared] [--sentences FILE.jsonl] [--each]

The truth is a list of sentences, by default `benchmarks/citations/sentences.jsonl` of the shared folder: each with the
page of its paper, counted in the file, and the printed numbers of its paragraph, article and item. The passage of a
sentence is the first one that holds its first or its last 40 letters; it stands at the place where it begins, and its
citation is that of the span. Over sentences of the text, in a list or not, is counted how often the page is right, the
paragraph among those of the passage and the only one cited, no number given where none is printed, and the article
right; over footnotes, how many get the number of a paragraph. `--each` prints every sentence that differs.
"""

import argparse
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from unicodedata import normalize

from benchmarks.running import DEFAULT_SHARED
from configs.bodies import load_bodies
from configs.boilerplate import load_boilerplate
from configs.kinds import load_kinds
from configs.sentences import load_sentence_rules
from configs.settings import ReadingLimits
from extractors.document import Passage, Place
from extractors.metadata.describe import describe
from extractors.readers import read
from extractors.text.boilerplate import find_boilerplate
from extractors.text.passages import split_passages
from extractors.text.places import places_of_span

_LETTERS = 40
_WORD = re.compile(r"\w+")
_TEXT_KINDS = frozenset({"body", "list"})


class Located(NamedTuple):
    """A judged sentence, the passage that holds it, and the places that its span is cited by."""

    row: dict[str, Any]
    passage: Passage | None
    places: tuple[Place, ...]


def main() -> None:
    """Print the share of sentences whose page, paragraph and article are right."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--shared", type=Path, default=DEFAULT_SHARED)
    parser.add_argument("--sentences", type=Path, help="another list of the same fields")
    parser.add_argument("--each", action="store_true", help="print every sentence that differs")
    options = parser.parse_args()
    file = options.sentences or options.shared / "benchmarks" / "citations" / "sentences.jsonl"
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    counts: dict[str, Counter[bool]] = {}
    for located in locate(rows, options.shared / "corpus"):
        for measure, right in judge(located):
            counts.setdefault(measure, Counter())[right] += 1
            if options.each and not right:
                print(_line(measure, located))
    for measure, found in counts.items():
        print(f"{measure:42}{found[True]:>5} of {found.total():>4}  {found[True] / found.total():.3f}")


def locate(rows: Sequence[dict[str, Any]], corpus: Path) -> Iterator[Located]:
    """Yield each sentence with its passage, papers one after the other."""
    for source in dict.fromkeys(row["source"] for row in rows):
        passages = _passages(corpus / source)
        texts = [_letters(passage.text) for passage in passages]
        for row in rows:
            if row["source"] == source:
                yield _located(row, passages, texts)


def judge(located: Located) -> Iterator[tuple[str, bool]]:
    """Yield what is counted of a sentence, and whether it is right."""
    row, passage, places = located
    if row["kind"] == "footnote":
        yield "footnote not cited as a paragraph", passage is None or not any(one.paragraph for one in places)
        return
    if row["kind"] not in _TEXT_KINDS:
        return
    yield "page", bool(places) and places[0].page == row["page"]
    cited = {_plain(one.paragraph) for one in places if one.paragraph}
    if row["paragraph"]:
        wanted = _plain(row["paragraph"])
        among = {_plain(one.paragraph) for one in passage.places if one.paragraph} if passage else set()
        yield "paragraph among those of the passage", wanted in among
        yield "paragraph of the place where it begins", bool(places) and _plain(places[0].paragraph) == wanted
        yield "paragraph alone in the citation of the span", cited == {wanted}
    else:
        yield "no number where none is printed", passage is not None and not cited
    if row["article"]:
        yield "article", bool(places) and _plain(places[0].article) == _plain(row["article"])


def _located(row: dict[str, Any], passages: Sequence[Passage], texts: Sequence[tuple[str, list[int]]]) -> Located:
    sentence = _letters(row["sentence"])[0]
    for part, at_end in ((sentence[:_LETTERS], False), (sentence[-_LETTERS:], True)):
        for passage, (text, offsets) in zip(passages, texts, strict=True):
            at = text.find(part)
            if part and at >= 0:
                end = -1 if at_end else text.find(sentence[-_LETTERS:], at)
                last = at + len(part) if at_end else min(at + len(sentence), len(text))
                last = end + len(sentence[-_LETTERS:]) if at <= end <= last else last
                span = (offsets[at], offsets[last - 1] + 1)
                return Located(row, passage, places_of_span(passage.places, *span))
    return Located(row, None, ())


def _letters(text: str) -> tuple[str, list[int]]:
    """Return the letters and digits of a text in lower case, ligatures as their letters, and the offset of each."""
    found = [(letter, place) for place, given in enumerate(text) for letter in normalize("NFKC", given).lower()]
    kept = [(letter, place) for letter, place in found if letter.isalnum()]
    return "".join(letter for letter, _ in kept), [place for _, place in kept]


def _plain(number: str | None) -> str:
    return re.sub(r"[^\w]+", ".", number or "").strip(".").lower()


def _passages(path: Path) -> tuple[Passage, ...]:
    reading = read(path, limits=ReadingLimits())
    document = describe(reading, source=path.as_uri(), sha256="0" * 64, bodies=load_bodies(), kinds=load_kinds())
    return split_passages(
        document,
        lambda texts: [len(_WORD.findall(text)) * 3 // 2 + 2 for text in texts],
        language_of=lambda _: None,
        sentences=load_sentence_rules(),
        boilerplate=find_boilerplate(document.blocks, load_boilerplate()),
    )


def _line(measure: str, located: Located) -> str:
    row, passage, places = located
    given = [(one.page, one.annex, one.article, one.paragraph, one.item) for one in places]
    wanted = (row["page"], row["article"], row["paragraph"], row["item"])
    where = passage.id.rpartition("-")[2] if passage else "not found"
    return (
        f"{measure}: {row['id']} {row['source']} wanted {wanted}, passage {where}: {given}\n    {row['sentence'][:90]}"
    )


if __name__ == "__main__":
    main()
