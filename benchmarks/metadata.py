"""Measures extracted metadata of real committee papers against judged covers.

usage: python -m benchmarks.metadata [--shared ../shared] [--truth FILE.tsv] [--each]

The truth is a table (by default `benchmarks/metadata/truth.tsv` of the shared folder), one row a paper of its corpus,
one column a field. An empty cell is not scored; a stroke (`|`) parts values that are right as well, `-` is no value at
all; case and white space are ignored. `symbol` is `symbol.raw`, `body` the printed name, `session` its number among
`sessions`, `date_issued` the `date`, `doc_type` the English label of `kind`, `meeting_dates` start and end joined by a
slash, `title_starts` the beginning of `title`. `--each` prints every value that differs.
"""

import argparse
import csv
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from benchmarks.running import DEFAULT_SHARED
from configs.bodies import load_bodies
from configs.kinds import Kinds, load_kinds
from configs.labels import fold
from configs.settings import ReadingLimits
from extractors.document import Document
from extractors.metadata.describe import describe
from extractors.metadata.sessions import sessions_in
from extractors.readers import read

OFTEN = 10
"""Fields with at least this many judged values count each for itself, the rarer ones together."""
_NOTHING = "-"


class Judged(NamedTuple):
    """One value of one paper: what the truth says, what was read, and whether these agree."""

    path: str
    field: str
    truth: str
    read: str
    right: bool


def main() -> None:
    """Print how many values of each field are right."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--shared", type=Path, default=DEFAULT_SHARED)
    parser.add_argument("--truth", type=Path, help="another table of the same columns, and of `language`")
    parser.add_argument("--each", action="store_true", help="print every value that differs")
    options = parser.parse_args()
    values = list(judge(options.shared, options.truth))
    if options.each:
        for value in values:
            if not value.right:
                print(f"{value.path}: {value.field} is '{value.truth}', read '{value.read}'")
    judged = Counter(value.field for value in values)
    right = Counter(value.field for value in values if value.right)
    print(f"{'field':20}{'right':>7}{'judged':>8}{'share':>8}")
    for field, count in judged.items():
        print(f"{field:20}{right[field]:>7}{count:>8}{right[field] / count:>8.1%}")
    rare = [value.right for value in values if judged[value.field] < OFTEN]
    print(f"fields with fewer than {OFTEN} values together: {rare.count(False)} of {len(rare)} wrong")


def judge(shared: Path, truth_table: Path | None = None) -> Iterator[Judged]:
    """Yield every judged value of the papers in the truth table, the shared one by default."""
    bodies, kinds = load_bodies(), load_kinds()
    table = truth_table or shared / "benchmarks" / "metadata" / "truth.tsv"
    with table.open(encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            path = shared / "corpus" / row["path"]
            reading = read(path, limits=ReadingLimits())
            document = describe(reading, source=path.as_uri(), sha256="0" * 64, bodies=bodies, kinds=kinds)
            said = values_of(document, kinds)
            for field, truth in row.items():
                if truth and field in said:
                    yield Judged(row["path"], field, truth, said[field], fits(field, truth, said[field]))


def values_of(document: Document, kinds: Kinds) -> dict[str, str]:
    """Return what was read, by the truth's names of fields."""
    days, kind = document.meeting_dates, kinds.get(document.kind or "")
    read_values = {
        "symbol": document.symbol.raw if document.symbol else None,
        "body": document.body_name,
        "session": " ".join(map(str, document.sessions)),
        "agenda_item": document.agenda_item,
        "date_issued": document.date,
        "meeting_dates": "/".join(sorted({str(days.start), str(days.end)})) if days else None,
        "distribution": document.distribution,
        "original_language": document.original_language,
        "doc_type": kind.label.en if kind else None,
        "submitted_by": document.submitted_by,
        "title_starts": document.title,
        "language": document.language,
    }
    return {field: str(value or "") for field, value in read_values.items()}


def fits(field: str, truth: str, said: str) -> bool:
    """Tell whether a value that was read is one of those that the truth allows."""
    allowed = truth.split("|")
    return any(agrees(field, value, said) if value != _NOTHING else not said for value in allowed)


def agrees(field: str, truth: str, said: str) -> bool:
    """Tell whether a value that was read is the true one."""
    if field == "session":
        named = sessions_in(fold(truth), truth)
        number = str(named[0][0]) if named else re.findall(r"\d+", truth)[-1]
        return number in said.split()
    if field == "title_starts":
        return _compact(said).startswith(_compact(truth))
    return _compact(said) == _compact(truth)


def _compact(text: str) -> str:
    return re.sub(r"\s", "", text).casefold()


if __name__ == "__main__":
    main()
