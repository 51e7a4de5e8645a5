"""Versions of one paper that are found by what they say: linked after they came, and alone again when one goes."""

import pytest

from index.filters import EVERYTHING
from index.results import SearchRequest
from pipelines.search.service import reader
from pipelines.storage.opening import open_storage
from tests.engines import ENGINES, settings_on

NUMBERS = [(1501 + 7 * n, 2031 - n % 9, 12 + n) for n in range(24)]
ENGLISH = "{0}. The tariff of line {1} is paid at the border by {2} offices from the year {3} on.\n\n"
FRENCH = "{0}. Depuis l’année {3}, {2} bureaux de la frontière perçoivent le droit de la ligne {1}.\n\n"
TITLES = {ENGLISH: "Guide to the tariff of seals and stamps\n\n", FRENCH: "Guide du tarif des scellés et timbres\n\n"}


@pytest.fixture(params=ENGINES)
def settings(request, tmp_path):
    return settings_on(request, tmp_path / "home", encoder="all-MiniLM-L6-v2", workers=2)


@pytest.fixture
def write(papers):
    """Write a paper under a name that says nothing; `numbers` are those of its paragraphs."""

    def put(name, form, numbers=NUMBERS, head=""):
        rows = (form.format(n, line, offices, year) for n, (line, year, offices) in enumerate(numbers, 1))
        path = papers / name
        path.write_text(head + TITLES[form] + "".join(rows), encoding="utf-8")
        return path

    return put


@pytest.fixture
def shown(settings):
    """What the index says of the papers by the names of their files: key, link and other versions."""

    def look():
        with reader(settings) as engine:
            found = [document for document, _ in engine.passages(EVERYTHING)]
            papers = engine.search(SearchRequest(filters=EVERYTHING, mode="text"), None).documents
        names = {one.id: one.source.rpartition("/")[2] for one in found}
        return papers, {names[one.id]: one for one in found}, names

    return look


OTHER = [(9901 - 13 * n, 1999 - n % 5, 77 + n) for n in range(24)]


def versions(shown):
    _, documents, names = shown()
    return {name: {names[other] for other in (*one.twins, *one.revisions)} for name, one in documents.items()}


def test_language_versions_are_linked_by_their_numbers_and_undone_when_one_goes(take_in, write, shown, papers):
    write("a.txt", ENGLISH)
    take_in()
    write("b.txt", FRENCH)
    write("c.txt", FRENCH, OTHER)
    take_in()
    count, documents, names = shown()
    assert count == 2
    assert versions(shown) == {"a.txt": {"b.txt"}, "b.txt": {"a.txt"}, "c.txt": set()}
    assert {names[one] for one in documents["a.txt"].twins} == {"b.txt"}
    (link,) = (one.version_of for one in documents.values() if one.version_of)
    assert link.reason.startswith("72 of 72 numbers are the same")
    assert documents["a.txt"].key == documents["b.txt"].key == link.key
    write("d.txt", ENGLISH, OTHER)
    take_in()
    assert versions(shown)["d.txt"] == {"c.txt"}
    for name in ("a.txt", "c.txt"):
        (papers / name).unlink()
    take_in(delete_missing=True)
    count, documents, _ = shown()
    assert count == 2
    assert versions(shown) == {"b.txt": set(), "d.txt": set()}
    assert all(one.key == one.id and one.version_of is None for one in documents.values())


def test_a_version_that_says_something_else_now_is_a_paper_alone(take_in, write, shown):
    write("a.txt", ENGLISH)
    write("b.txt", FRENCH)
    take_in()
    assert versions(shown)["a.txt"] == {"b.txt"}
    take_in(force=True)
    assert versions(shown)["a.txt"] == {"b.txt"}
    write("a.txt", ENGLISH, OTHER)
    take_in()
    assert versions(shown) == {"a.txt": set(), "b.txt": set()}


def test_a_paper_without_a_symbol_goes_by_the_one_that_has_it(take_in, write, shown):
    write("a.txt", FRENCH)
    take_in()
    write("b.txt", ENGLISH, head="PERMANENT TECHNICAL COMMITTEE\n\nPC0345E1a\n\n")
    write("c.txt", ENGLISH, head="PERMANENT TECHNICAL COMMITTEE\n\nPC0346E1a\n\n")
    take_in()
    _, documents, _ = shown()
    assert {documents[name].key for name in ("a.txt", "b.txt")} in ({"PC0345"}, {"PC0345", "PC0346"})
    assert (documents["b.txt"].key, documents["c.txt"].key) == ("PC0345", "PC0346")
    assert documents["a.txt"].key in ("PC0345", "PC0346")


def test_papers_of_other_access_classes_are_not_linked(take_in, write, shown, papers):
    write("a.txt", ENGLISH)
    write("b.txt", FRENCH)
    (papers / "b.txt.meta.yaml").write_text("access: restricted\n")
    take_in()
    assert versions(shown) == {"a.txt": set(), "b.txt": set()}


@pytest.mark.parametrize("closed", ["a.txt", "b.txt"])
def test_a_version_that_is_closed_later_is_parted_from_the_other(take_in, write, shown, papers, closed):
    write("a.txt", ENGLISH)
    write("b.txt", FRENCH)
    take_in()
    assert versions(shown)["a.txt"] == {"b.txt"}
    (papers / f"{closed}.meta.yaml").write_text("access: restricted\n")
    take_in()
    _, documents, _ = shown()
    assert {one.key for one in documents.values()} == {one.id for one in documents.values()}
    assert not any(one.version_of for one in documents.values())


def test_a_run_that_changes_nothing_compares_nothing(take_in, write, settings, monkeypatch):
    write("a.txt", ENGLISH)
    write("b.txt", FRENCH)
    take_in()
    ledger = open_storage(settings).open_ledger(write=False)
    assert ledger.unlinked() == []
    ledger.close()
    monkeypatch.setattr("pipelines.ingest.follow.versions.VersionLinks._compare", lambda *_: pytest.fail("compared"))
    assert take_in().unchanged == 2
