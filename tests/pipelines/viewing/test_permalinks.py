"""Links to real papers that are renamed, deleted and brought back; and to versions put into an index."""

import shutil

import numpy as np
import pytest

from configs.system.errors import UsageError
from extractors.document import Block, Document, Passage, Place, Symbol, document_id
from index.encoder import encoder_identity
from pipelines.search.service import SearchService
from pipelines.storage.opening import open_storage
from pipelines.viewing.permalinks import LinkedPlace, resolve
from tests.pipelines.viewing.conftest import NOBODY, RESTRICTED


@pytest.fixture
def link(settings):
    def go(name, access_classes=NOBODY, **options):
        with SearchService(settings) as service:
            return resolve(settings, service, name, access_classes=access_classes, **options)

    return go


@pytest.fixture
def show(settings):
    def go(name):
        with SearchService(settings) as service:
            return service.show(name, access_classes=NOBODY).document

    return go


@pytest.fixture
def copied(papers, samples):
    def go(*names):
        for name in names:
            shutil.copy(samples / "papers" / name, papers)

    return go


def symbol_of(raw):
    if "/" in raw:
        return Symbol(raw=raw)
    mark = raw[6:]
    return Symbol(raw=raw, prefix=raw[:2], serial=raw[2:6], language=mark[0], version=mark[1:-1], variant=mark[-1])


@pytest.fixture
def put(settings):
    """Put versions of a paper into the index, without files."""

    def go(*symbols, access=None):
        engine = open_storage(settings).open_engine(encoder_identity(settings), write=True)
        for raw in symbols:
            has_serial, text = "/" not in raw, f"The text of {raw}."
            number = raw.ljust(16, "0") if has_serial else document_id(raw)
            fields = {"id": number, "key": raw[:6] if has_serial else raw.partition("/Rev")[0], "sha256": raw}
            fields |= {"source": f"file:///{raw}.txt", "media_type": "text/plain", "symbol": symbol_of(raw)}
            fields |= {"language": {"E": "en", "F": "fr"}[raw[6] if has_serial else "E"], "access": access}
            block = Block(id=0, kind="paragraph", number="1.", text=text)
            places = (Place(start=0, end=5, paragraph="1."),)
            passage = Passage(id=f"{number}-0", ordinal=0, text=text, places=places)
            document = Document(**fields, blocks=(block,), passages=(passage,))
            engine.put(document, np.ones((1, engine.encoder.dimension), np.float32), versions={})
        engine.close()

    return go


def test_a_link_leads_to_the_paragraph_and_its_page(take_in, copied, link, show):
    copied("PC9001E1a.pdf")
    take_in()
    paper = show("PC9001E1a")
    found = link("PC9001E1a", place=LinkedPlace(paragraph="5"))
    assert (found.status, found.document, found.page) == ("current", paper.id, 2)
    assert found.passage == next(one.id for one in paper.passages if "5." in one.paragraphs)
    assert link("pc 9001", place=LinkedPlace(paragraph="§ 5")).passage == found.passage
    assert link(paper.id, place=LinkedPlace(page=2)).page == 2
    assert link("PC9001E1a").passage is None
    for place in (LinkedPlace(paragraph="4711"), LinkedPlace(page=99), LinkedPlace(page=0)):
        missed = link("PC9001E1a", place=place)
        assert (missed.status, missed.passage, missed.missing) == ("current", None, True)


def test_a_link_leads_to_the_version_in_the_language_of_the_reader(take_in, copied, link, show):
    copied("PC9001E1a.pdf", "PC9001F1a.pdf")
    take_in()
    french = link("PC9001E1a", place=LinkedPlace(paragraph="5"), language="fr")
    assert french.document == show("PC9001F1a").id
    assert french.passage.startswith(french.document)
    assert link("PC9001E1a", language="es").document == link("PC9001E1a").document == show("PC9001E1a").id


def test_a_link_survives_that_its_file_is_renamed(take_in, copied, papers, link, show):
    copied("PC9001E1a.pdf", "PC9005E1a.pdf")
    take_in()
    before = show("PC9001E1a").id
    (papers / "PC9001E1a.pdf").rename(papers / "moved PC9001E1a.pdf")
    take_in(delete_missing=True)
    after = show("PC9001E1a").id
    assert after != before
    for name in (before, "PC9001E1a"):
        found = link(name, place=LinkedPlace(paragraph="5"))
        assert (found.status, found.document, found.page) == ("current", after, 2)


def test_a_link_to_what_was_deleted_says_what_it_was_until_it_comes_back(take_in, copied, papers, link, show):
    copied("PC9001E1a.pdf", "PC9005E1a.pdf")
    take_in()
    paper = show("PC9001E1a")
    (papers / "PC9001E1a.pdf").unlink()
    take_in(delete_missing=True)
    for name in (paper.id, "PC9001E1a", "PC 9001"):
        gone = link(name, place=LinkedPlace(paragraph="5"))
        assert (gone.status, gone.document) == ("gone", None)
        assert (gone.tombstone.symbol, gone.tombstone.title) == ("PC9001E1a", paper.title)
    copied("PC9001E1a.pdf")
    take_in()
    assert link("PC9001E1a", place=LinkedPlace(paragraph="5")).status == "current"


def test_a_link_to_a_deleted_version_leads_to_one_that_is_there(take_in, copied, papers, link, show):
    copied("PC9001E1a.pdf", "PC9001F1a.pdf", "PC9005E1a.pdf")
    take_in()
    (papers / "PC9001F1a.pdf").unlink()
    take_in(delete_missing=True)
    found = link("PC9001F1a", place=LinkedPlace(paragraph="5"))
    assert (found.status, found.document) == ("replaced", show("PC9001E1a").id)
    assert found.tombstone.symbol == "PC9001F1a"


def test_a_link_to_a_version_that_never_was_here_leads_to_one_that_is(take_in, copied, link, show):
    copied("PC9001E1a.pdf")
    take_in()
    found = link("PC9001S1a", place=LinkedPlace(paragraph="5"))
    assert (found.status, found.document, found.tombstone) == ("replaced", show("PC9001E1a").id, None)


def test_the_tombstone_of_a_restricted_paper_is_for_those_with_the_class(take_in, copied, papers, link):
    copied("PC9001E1a.pdf", "PC9005E1a.pdf")
    (papers / "PC9001E1a.pdf.meta.yaml").write_text("access: restricted\n")
    take_in()
    with pytest.raises(UsageError, match="no document"):
        link("PC9001E1a")
    (papers / "PC9001E1a.pdf").unlink()
    take_in(delete_missing=True)
    assert link("PC9001E1a", RESTRICTED).status == "gone"
    with pytest.raises(UsageError, match="no document"):
        link("PC9001E1a")


def test_what_never_was_is_unknown(take_in, copied, link):
    copied("PC9005E1a.pdf")
    take_in()
    for name in ("PC0001E1a", "0" * 16, "", "\udcff"):
        with pytest.raises(UsageError, match="no document"):
            link(name)


def test_a_link_to_an_older_version_names_the_newest(put, link):
    put("PC9800E1a", "PC9800E2a", "PC9800E10a", "PC9800F1a")
    found = link("PC9800E1a", place=LinkedPlace(paragraph="1"))
    assert (found.status, found.document[:9], found.superseded_by[:10]) == ("superseded", "PC9800E1a", "PC9800E10a")
    assert found.passage == "PC9800E1a0000000-0"
    assert link("PC9800E10a").status == link("PC9800").status == "current"
    assert link("PC9800").document.startswith("PC9800E10a")
    assert link("PC9800F1a").superseded_by is None


def test_a_symbol_without_an_edition_leads_to_the_latest_in_the_language(put, link):
    put("PC9800E1a", "PC9800F1a", "PC9800F2a")
    for options in ({"language": "fr"}, {"preferred": "fr"}):
        found = link("PC9800", place=LinkedPlace(paragraph="1"), **options)
        assert (found.status, found.document[:9], found.superseded_by) == ("current", "PC9800F2a", None)
        assert found.passage == "PC9800F2a0000000-0"
    assert link("PC9800", preferred="es").document.startswith("PC9800E1a")
    assert link("PC9800F", preferred="en").document.startswith("PC9800F2a")


def test_a_symbol_with_an_edition_leads_to_it_whatever_the_reader_prefers(put, link):
    put("PC9800E1a", "PC9800E2a", "PC9800F1a", "PC9800F2a")
    found = link("PC9800E1a", preferred="fr")
    assert (found.status, found.document[:9], found.superseded_by[:9]) == ("superseded", "PC9800E1a", "PC9800E2a")
    assert link("PC9800E1a".ljust(16, "0"), preferred="fr").document.startswith("PC9800E1a")


def test_the_symbol_of_a_paper_with_revisions_leads_to_the_last(put, link):
    first, second = "ECE/TRANS/WP.30/2014/1", "ECE/TRANS/WP.30/2014/1/Rev.2"
    put(first, second)
    assert (link(first).status, link(first).document) == ("current", document_id(second))
    assert link(second).document == document_id(second)
    older = link(document_id(first))
    superseded = ("superseded", document_id(first), document_id(second))
    assert (older.status, older.document, older.superseded_by) == superseded


def test_in_another_language_the_same_edition_is_preferred(put, link):
    put("PC9800E1a", "PC9800E2a", "PC9800F1a", "PC9800F2a")
    assert link("PC9800E1a", language="fr").document.startswith("PC9800F1a")
    assert link("PC9800E1a", language="fr").superseded_by.startswith("PC9800F2a")
    assert link("PC9800E2a", language="fr").document.startswith("PC9800F2a")


def test_a_newer_version_that_the_reader_may_not_see_is_not_hinted_at(put, link):
    put("PC9800E1a")
    put("PC9800E2a", "PC9800F1a", access="restricted")
    found = link("PC9800E1a", language="fr")
    assert (found.status, found.document[:9], found.superseded_by) == ("current", "PC9800E1a", None)
    assert link("PC9800E1a", RESTRICTED, language="fr").document.startswith("PC9800F1a")
