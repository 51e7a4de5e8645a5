"""Measures the subjects of sentences against judged ones.

usage: python -m benchmarks.subjects [--shared ../shared] [--judged FILE.jsonl …] [--each]

The truth is what readers said of stated tags in passages of real papers: a code, `MEMBERS`, a name as printed, or
nobody. Each tag is given to the finder alone, with its passage, the headings above it, the title of its paper and its
evidence. Over the tags with a subject is counted how often one is given and how often that is right, paper by paper;
the mean is that over papers with five such tags or more. Over tags without a subject is counted how often none is
given. `--each` prints every tag that differs.
"""

import argparse
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from statistics import mean
from typing import NamedTuple

from benchmarks.running import DEFAULT_SHARED
from configs.gazetteer import SUBJECTS, load_gazetteer
from configs.sentences import load_sentence_rules
from configs.subjects import load_subjects
from extractors.document import Passage
from extractors.entities import EntityMatcher
from extractors.entities.subjects import SubjectFinder, Subjects
from pipelines.fitting.passages import JudgedRow, read_jsonl

FILES = ("hard.jsonl", "more.jsonl", "reports.jsonl")
"""The judged files whose tags have a subject."""
ENOUGH = 5
"""Tags with a subject from which on a paper counts in the mean."""
_ABOVE = " > "
"""Between the headings above a judged passage."""
_LONGEST_CODE = len("ASEAN")
"""Letters of a code as readers write it; what is longer is a name as printed."""
_AS_READERS_WRITE = {"AFU": "AU"}
"""Ids of the gazetteer that readers call otherwise: the African Union, whose usual letters are Australia's code."""


class JudgedTag(JudgedRow):
    """What a reader said of a sentence."""

    evidence: str
    modality: str | None
    subject: str | None = None


class JudgedPassage(JudgedRow):
    """A judged passage of a paper."""

    id: str
    language: str
    source: str
    title: str | None
    section: str | None
    text: str
    tags: tuple[JudgedTag, ...]


class TagWithSubjects(NamedTuple):
    """A judged tag, and the subjects that the product finds."""

    passage: JudgedPassage
    tag: JudgedTag
    subjects: tuple[str, ...]

    @property
    def is_right(self) -> bool:
        """Whether the reader named one of them, or nobody either."""
        read = self.tag.subject
        if read and len(read) > _LONGEST_CODE:
            read = load_gazetteer().find(read, SUBJECTS) or read
        return read in (*self.subjects, *(_AS_READERS_WRITE.get(one) for one in self.subjects)) or not (
            read or self.subjects
        )


class Counts(NamedTuple):
    """Of one paper: its tags with a subject, how many get one, how many the right one; those without, with none."""

    stated: int
    given: int
    right: int
    nobody: int
    left_alone: int


def main() -> None:
    """Print how often a subject is given and right, for each paper and as their mean."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--shared", type=Path, default=DEFAULT_SHARED)
    parser.add_argument("--judged", type=Path, nargs="+", help="other files of the same fields")
    parser.add_argument("--each", action="store_true", help="print every tag that differs")
    options = parser.parse_args()
    folder = options.shared / "benchmarks" / "understanding"
    files = options.judged or [folder / name for name in FILES]
    papers: dict[str, list[TagWithSubjects]] = defaultdict(list)
    for one in with_subjects(row for file in files for _, row in read_jsonl(file, JudgedPassage)):
        papers[one.passage.source].append(one)
        if options.each and not one.is_right:
            print(
                f"{one.passage.id}  {one.tag.subject} as read, {' '.join(one.subjects) or None} as told: "
                f"{one.tag.evidence}"
            )
    counts = {source: count(of_paper) for source, of_paper in papers.items()}
    for source, counted in sorted(counts.items(), key=lambda item: -item[1].stated):
        given = f"{counted.given:>4} of {counted.stated:>3} given, {counted.right:>3} right"
        print(f"{source[-60:]:62}{given}; none {counted.left_alone:>2} of {counted.nobody:>2}")
    _print_means(counts.values())


def with_subjects(rows: Iterable[JudgedPassage]) -> Iterator[TagWithSubjects]:
    """Yield the stated tags of passages with the subjects that the product finds."""
    matcher = EntityMatcher(load_gazetteer())
    finder = SubjectFinder(load_subjects(), load_sentence_rules(), matcher)
    for row in rows:
        stated = [tag for tag in row.tags if tag.modality]
        spoken_of = _subjects(row, matcher, finder) if stated else {}
        for tag in stated:
            begins = re.search(r"\s+".join(map(re.escape, tag.evidence.split())), row.text)
            before = [start for start in spoken_of if begins and start <= begins.start()]
            yield TagWithSubjects(row, tag, (spoken_of[before[-1]] if before else ()) or ())


def count(told: Iterable[TagWithSubjects]) -> Counts:
    """Return the counts of the tags of one paper."""
    told = list(told)
    stated = [one for one in told if one.tag.subject]
    nobody = [one for one in told if not one.tag.subject]
    given = [one for one in stated if one.subjects]
    return Counts(
        len(stated),
        len(given),
        sum(one.is_right for one in given),
        len(nobody),
        sum(not one.subjects for one in nobody),
    )


def _subjects(row: JudgedPassage, matcher: EntityMatcher, finder: SubjectFinder) -> Subjects:
    """Return the subjects of the sentences of a passage, by the offset of each."""
    section = tuple(row.section.split(_ABOVE)) if row.section else ()
    read = [(text, row.language) for text in (row.text, row.title or "", *section)]
    passage = Passage(
        id="0-0",
        ordinal=0,
        text=row.text,
        language=row.language,
        section=section,
        entities=matcher.find_in_document(read)[0],
    )
    return finder.find([passage], title=row.title)[0]


def _print_means(counts: Iterable[Counts]) -> None:
    counts = list(counts)
    enough = [one for one in counts if one.stated >= ENOUGH]
    print(f"papers with {ENOUGH} tags with a subject or more: {len(enough)}")
    for name, shares in (
        ("right where given", [one.right / one.given for one in enough if one.given]),
        ("given where there is one", [one.given / one.stated for one in enough]),
    ):
        print(f"{name:62}{mean(shares):.3f}" if shares else f"{name:62}none")
    right, given, stated = (
        sum(values) for values in zip(*((one.right, one.given, one.stated) for one in counts), strict=True)
    )
    print(f"{'over all tags: right where given, right of those with one':62}{right / given:.3f} {right / stated:.3f}")
    nobody = sum(one.nobody for one in counts)
    alone = sum(one.left_alone for one in counts)
    print(f"{'none given where there is none':62}{alone / nobody:.3f} ({alone} of {nobody})" if nobody else "")


if __name__ == "__main__":
    main()
