"""Metadata of real committee papers against what people read on their covers."""

import csv
import re
from collections import defaultdict

import pytest

from configs.bodies import load_bodies
from configs.kinds import load_kinds
from configs.settings import ReadingLimits
from extractors.metadata import describe
from extractors.metadata.sessions import sessions_in
from extractors.readers import read

OFTEN = 10
"""Fields with at least this many judged values have a bound each, the rarer ones one together."""


def compact(text) -> str:
    return re.sub(r"\s", "", str(text or "")).casefold()


def said(document, kinds) -> dict[str, str]:
    days = document.meeting_dates
    return {
        "symbol": document.symbol.raw if document.symbol else "",
        "body": document.body_name,
        "agenda_item": document.agenda_item,
        "date_issued": document.date,
        "meeting_dates": "/".join(sorted({str(days.start), str(days.end)})) if days else "",
        "distribution": document.distribution,
        "original_language": document.original_language,
        "doc_type": kinds.get(document.kind).label.en if document.kind else "",
        "submitted_by": document.submitted_by,
    }


def agrees(field: str, truth: str, document, kinds) -> bool:
    if field == "session":
        named = sessions_in(truth)
        number = named[0][0] if named else int(re.search(r"\d+$", truth)[0])
        return number in document.sessions
    if field == "title_starts":
        return compact(document.title).startswith(compact(truth))
    return compact(said(document, kinds)[field]) == compact(truth)


@pytest.mark.corpus
def test_fields_of_real_papers_are_right(shared):
    bodies, kinds = load_bodies(), load_kinds()
    right: dict[str, list[bool]] = defaultdict(list)
    with (shared / "benchmarks/metadata/truth.tsv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            path = shared / "corpus" / row["path"]
            reading = read(path, limits=ReadingLimits())
            document = describe(reading, source=path.as_uri(), sha256="0" * 64, bodies=bodies, kinds=kinds)
            for field, truth in row.items():
                if truth and field not in ("path", "method"):
                    right[field].append(agrees(field, truth, document, kinds))
    assert sum(right["symbol"]) >= len(right["symbol"]) - 1
    often = {field: sum(marks) / len(marks) for field, marks in right.items() if len(marks) >= OFTEN}
    assert min(often.values()) >= 0.92, often
    rare = [mark for marks in right.values() if len(marks) < OFTEN for mark in marks]
    assert rare.count(False) <= 1
