from hypothesis import given
from hypothesis import strategies as st

from pipelines.ingest.report import Counts, Failure, known_failure
from pipelines.storage.entries import LedgerRow

numbers = st.integers(0, 1000)
counted = st.builds(
    Counts, indexed=numbers, unchanged=numbers, duplicate=numbers, deleted=numbers, pages=numbers, passages=numbers
)
KEYS = [
    *("run", "found", "indexed", "unchanged", "duplicate", "failed", "deleted", "kept", "withdrawn", "needs_ocr"),
    "quarantined",
    *("pages", "passages", "seconds", "failures", "incomplete"),
]


def failure(name="a"):
    return Failure(source=f"file:///{name}", status="malformed", stage="read", error="broken")


@given(st.lists(counted), st.integers(0, 5))
def test_batches_add_up(batches, failures):
    total = Counts()
    for one in batches:
        one.fail(failure())
    total.add(batches)
    for number in range(failures):
        total.fail(failure(str(number)))
    shown = total.report("r", 1.23456)
    assert shown.found == shown.indexed + shown.unchanged + shown.duplicate + shown.failed
    assert shown.failed == len(shown.failures) == len(batches) + failures
    assert shown.pages == sum(one.pages for one in batches)


def test_the_shape_of_a_report():
    counts = Counts(indexed=1, needs_ocr=1)
    counts.fail(failure())
    shown = counts.report("20250101T000000-abc", 1.23456).model_dump(mode="json")
    assert list(shown) == KEYS
    assert (shown["run"], shown["seconds"]) == ("20250101T000000-abc", 1.235)
    assert shown["failures"] == [{"source": "file:///a", "status": "malformed", "stage": "read", "error": "broken"}]


def test_a_recorded_failure_names_its_stage():
    row = LedgerRow(id="a", source="file:///a", sha256="", outcome="failed", status="crashed", run="r", stage="tag")
    assert known_failure(row) == Failure(source="file:///a", status="crashed", stage="tag", error="crashed")
