"""Runs over real sources: what a connector lists and opens reaches the index, and only that."""

import pytest

from index.filters import EVERY_CLASS
from pipelines.ingest.source_runs import run_source
from pipelines.sources.connectors.url import UrlConnector
from tests import answers
from tests.pipelines.sources.connectors.harness import having
from tests.shelves import archive

KINDS = ("folder", "http", "sftp", "s3")
"""One of each way in which files are read; the contract is for all."""


def titles(settings, word):
    hits = answers.search(settings, word, mode="text", limit=10, access_classes=EVERY_CLASS)["hits"]
    return sorted(hit["document"]["title"] for hit in hits)


@pytest.mark.parametrize("harness", [one for one in having() if one.values[0] in KINDS], indirect=True)
def test_a_source_is_ingested_once_with_its_sidecars_and_followed(harness, warm, settings):
    harness.put("zebra.txt", b"The zebra paper on the single window.\n", {"title": "Zebras", "access": "members"})
    harness.put("more.zip", archive(lion=b"The lion paper.\n", tiger=b"The tiger paper.\n"))
    harness.put("broken.txt", b"The broken paper.\n", {"sessions": "no list"})
    first = run_source(settings, harness.config)
    assert (first.found, first.indexed, first.failed) == (4, 3, 1)
    assert titles(settings, "zebra") == ["Zebras"]
    again = run_source(settings, harness.config)
    assert (again.found, again.indexed, again.unchanged) == (4, 0, 3)

    harness.put("zebra.txt", b"The zebra paper on the single window.\n", {"title": "Zebras again"})
    harness.put("broken.txt", b"The broken paper.\n", {"title": "Whole"})
    harness.remove("more.zip")
    third = run_source(settings, harness.config, allow_mass_deletion=True)
    assert (third.indexed, third.failed, third.withdrawn) == (2, 0, 2)
    assert titles(settings, "zebra") == ["Zebras again"]
    assert titles(settings, "broken") == ["Whole"]


@pytest.mark.parametrize("harness", ["http"], indirect=True)
def test_what_is_unchanged_is_not_opened(harness, warm, settings, monkeypatch):
    for number in range(3):
        harness.put(f"{number}.txt", f"Paper {number} on the single window.\n".encode(), {"title": f"Paper {number}"})
    run_source(settings, harness.config)
    opened = []
    monkeypatch.setattr(UrlConnector, "open", lambda _, item: opened.append(item.id))
    assert run_source(settings, harness.config).unchanged == 3
    assert opened == []
