"""Lists words that Apache Tika finds in real files and ours misses, with the reasons.

usage: python -m benchmarks.words [--shared ../shared]

The measure is the share of Tika's distinct words that ours has too, for each file. Tika is a second opinion, not the
truth: where a file has few of its words, the table says why.
"""

import argparse
import csv
import lzma
import re
import statistics
import tempfile
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.running import DEFAULT_SHARED
from configs.settings import ReadingLimits
from extractors import containers, readers
from extractors.document import Reading

_LEGACY = {".doc", ".ppt"}
_FEW_WORDS = 20
_LOW, _GOAL, _GOAL_MEDIAN = 0.9, 0.93, 0.985
_WORD = re.compile(r"[^\W\d_]{3,}")
_LINK = re.compile(r"\S*(?://|www\.|mailto:)\S*", re.IGNORECASE)
_SOURCE = {"endobj", "endstream", "startxref", "xref"}
_LONG = 4  # letters from which on a part of a word may lie in its middle
_SHORTEST = 2  # letters of one of two words that run together
_SHOWN = 5  # words of those that have no reason


@dataclass(frozen=True, slots=True)
class _Opinion:
    """One file read by both: the text of Tika, and our reading with the texts of what is attached to it."""

    name: str
    text: str
    reading: Reading
    own: set[str]

    @property
    def words(self) -> set[str]:
        return _words(self.text)

    @property
    def missing(self) -> set[str]:
        return self.words - self.own

    @property
    def share(self) -> float:
        return self.share_without(())

    def share_without(self, faults: Collection[str]) -> float:
        return 1 - len(self.missing.difference(faults)) / len(self.words.difference(faults))


def main() -> None:
    """Print the share of Tika's distinct words that ours has too, and each file that has few of them."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--shared", type=Path, default=DEFAULT_SHARED)
    opinions = list(_opinions(parser.parse_args().shared, ReadingLimits()))
    shares = [opinion.share for opinion in opinions]
    high = sum(share >= _LOW for share in shares)
    median = statistics.median(shares)
    low = [
        (opinion, _faults(opinion))
        for opinion in sorted(opinions, key=lambda opinion: opinion.share)
        if opinion.share < _LOW
    ]
    mended = high + sum(opinion.share_without(faults) >= _LOW for opinion, faults in low)
    print(f"\n### Words that Tika finds, in {len(shares)} files: median {median:.4f} (goal {_GOAL_MEDIAN}), ")
    print(f"{high} files ({high / len(shares):.3f}, goal {_GOAL}) have {_LOW} or more; ")
    print(f"{mended} ({mended / len(shares):.3f}) where Tika's faults are left out\n")
    print("| file | share | without Tika's faults | why words are missing |\n| --- | --- | --- | --- |")
    for opinion, faults in low:
        without = opinion.share_without(faults)
        print(f"| {opinion.name} | {opinion.share:.3f} | {without:.3f} | {_reason(opinion, faults)} |")


def _opinions(shared: Path, limits: ReadingLimits) -> Iterator[_Opinion]:
    """Yield the files that count: read by Tika without fault, with some words, and of no legacy format."""
    folder, corpus = shared / "benchmarks" / "text-tika", shared / "corpus"
    passwords = _passwords(corpus)
    with (folder / "status.tsv").open(encoding="utf-8") as lines:
        rows = [line.rstrip("\n").split("\t") for line in lines]
    for name, _, status, *_ in rows:
        file, second = corpus / name, folder / f"{name}.txt.xz"
        if status != "ok" or file.suffix.lower() in _LEGACY or not second.exists():
            continue
        text = lzma.decompress(second.read_bytes()).decode("utf-8", "replace")
        if len(_words(text)) >= _FEW_WORDS:
            given = passwords.get(name, ())
            reading = readers.read(file, limits=limits, passwords=given)
            own = _said(reading).union(*(_said(other) for other in _attached(file, given, limits)))
            yield _Opinion(name, text, reading, own)


def _attached(file: Path, passwords: tuple[str, ...], limits: ReadingLimits) -> Iterator[Reading]:
    """Yield the readings of the files in a mail or a PDF: they are documents of their own, Tika reads them along."""
    if not containers.may_contain(file, limits=limits):
        return
    for member in containers.contents_of(file, passwords=passwords, limits=limits).members:
        if member.status is None:
            with tempfile.NamedTemporaryFile() as copy:
                containers.unpack(file, member.steps, Path(copy.name), passwords=passwords, limits=limits)
                yield readers.read(Path(copy.name), limits=limits)


def _reason(opinion: _Opinion, faults: Mapping[str, str]) -> str:
    """Count the missing words by the reason why they are missing, and show some that have none."""
    if opinion.reading.status != "read":
        return f"{opinion.reading.status}: {'; '.join(opinion.reading.warnings)}"
    said = [f"{count} {reason}" for reason, count in Counter(faults.values()).most_common()]
    others = sorted(opinion.missing - faults.keys())
    if others:
        said.append(f"{len(others)} others: {', '.join(others[:_SHOWN])}{', …' if len(others) > _SHOWN else ''}")
    return "; ".join(said)


def _faults(opinion: _Opinion) -> dict[str, str]:
    """Return the missing words that are Tika's faults, and why."""
    if opinion.missing >= _SOURCE:
        return dict.fromkeys(opinion.missing, "of the source of the file, not its text")
    edges = {word[:size] for word in opinion.own for size in range(3, len(word))}
    edges |= {word[-size:] for word in opinion.own for size in range(3, len(word))}
    inside = " ".join(opinion.own)
    plain = _words(_LINK.sub(" ", opinion.text))
    found: dict[str, str] = {}
    for word in opinion.missing:
        if word in edges or (len(word) >= _LONG and word in inside):
            found[word] = "parts of words that are whole in ours"
        elif _runs_together(word, opinion.own, edges):
            found[word] = "words that Tika runs together"
        elif word not in plain:
            found[word] = "in the addresses of links"
    return found


def _runs_together(word: str, own: set[str], edges: set[str]) -> bool:
    known = own | edges
    return any(word[:cut] in known and word[cut:] in known for cut in range(_SHORTEST, len(word) - _SHORTEST + 1))


def _said(reading: Reading) -> set[str]:
    return _words(" ".join(f"{block.number or ''} {block.text}" for block in reading.blocks))


def _passwords(corpus: Path) -> dict[str, tuple[str, ...]]:
    with (corpus / "MANIFEST.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    return {row["path"]: (row["password"],) for row in rows if row["password"]}


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text.lower()))


if __name__ == "__main__":
    main()
