"""The report of a run over real files, with either engine."""

import pytest

from index.filters import EVERY_CLASS
from pipelines.runs.report import run_report
from tests.engines import ENGINES, settings_on

EN = """PC{number:04}E1{edition}

PERMANENT TECHNICAL COMMITTEE

1. The Committee took note of the single window of Arvenia, as presented in Doc. {cited}.

2. Delegates supported the smart container registry of the ports.

3. {last}
"""
NOISE = "Lorem ipsum quia dolor sit amet."
FR = """PC{number:04}F1a

COMITÉ TECHNIQUE PERMANENT

1. Le Comité a pris note du guichet unique de l'Arvénie.

2. Les délégués ont appuyé la proposition du Secrétariat.
"""


@pytest.fixture(params=ENGINES)
def settings(request, tmp_path):
    return settings_on(request, tmp_path / "home", encoder="all-MiniLM-L6-v2", workers=2)


@pytest.fixture
def library(papers):
    """Papers of one body in two languages, some of them; a function that writes one more."""

    def write(number, edition="a", last="Nothing else was said.", cited="PC0002E1a"):
        name = f"PC{number:04}E1{edition}.txt"
        text = EN.format(number=number, edition=edition, last=last, cited=cited)
        (papers / name).write_text(text, encoding="utf-8")

    for number in (1, 2, 4, 5):
        write(number)
        if number != 5:
            (papers / f"PC{number:04}F1a.txt").write_text(FR.format(number=number), encoding="utf-8")
    return write


def names(listing):
    return [one.name for one in listing.items]


def test_the_report_says_what_came_and_what_is_missing(take_in, library, papers, settings):
    take_in()
    library(1, last="The smart container registry of the ports is used by all.", cited="PC0099E1a")
    library(2, edition="b", last="The paper was revised after the smart container registry of the ports.")
    (papers / "PC0004F1a.txt").unlink()
    (papers / "broken.pdf").write_bytes(b"%PDF-1.7 is no paper")
    (papers / "noise.txt").write_text(NOISE, encoding="utf-8")
    run = take_in(delete_missing=True)
    report = run_report(settings, "last", access_classes=EVERY_CLASS)
    assert report.run.id == run.run
    assert names(report.new) == ["PC0002E1b", "noise.txt"]
    assert (report.new.items[0].edition_of, report.new.items[0].paragraphs.changed) == ("PC0002E1a", ("3",))
    assert names(report.changed) == ["PC0001E1a"]
    assert report.changed.items[0].paragraphs.changed == ("1", "3")
    assert names(report.deleted) == ["PC0004F1a"]
    assert [one.status for one in report.failed.items] == ["malformed"]
    assert names(report.without_theme) == ["noise.txt"]
    assert (report.again, report.duplicates, report.unread) == (0, 0, 0)
    assert [(one.paper, one.lacks) for one in report.twins_missing.items] == [("PC0004E1a", "fr"), ("PC0005E1a", "fr")]
    assert [(one.symbol, one.citing) for one in report.absent.items] == [("PC0099E1a", 1)]
    assert [(one.series, one.missing) for one in report.series.items] == [("PC", 1)]
    assert any("container registry" in one.term for one in report.terms)
    assert report.sources[0].last_run == run.run

    hidden = run_report(settings, "last", terms=False, access_classes=frozenset())
    assert (hidden.failed.total, hidden.terms, names(hidden.new)) == (0, (), ["PC0002E1b", "noise.txt"])


def test_a_reader_learns_nothing_of_papers_of_another_class(take_in, library, papers, settings):
    sidecar = papers / "PC0005E1a.txt.meta.yaml"
    sidecar.write_text("access: restricted\n", encoding="utf-8")
    take_in()
    for held, there in ((frozenset({"other"}), False), (frozenset({"restricted"}), True)):
        report = run_report(settings, "last", terms=False, access_classes=held)
        assert ("PC0005E1a" in report.model_dump_json()) is there
