"""What people correct of papers holds in the index at once, whatever is read of them later, and opens nothing else."""

import json
from contextlib import closing

import pytest

from configs.settings import load_settings
from configs.sources import FolderConfig
from configs.system.errors import ForbiddenError, NotFoundError, UsageError
from extractors.corrections import Correction
from extractors.document import document_id
from index.filters import EVERY_CLASS
from pipelines.access import audit
from pipelines.access.keys import LOCAL
from pipelines.ingest.plan import WHAT_IS_NEW
from pipelines.ingest.planners import SourcePlanner
from pipelines.ingest.runs import ingest
from pipelines.ingest.session import IngestSession
from pipelines.ingest.source_runs import run_source
from pipelines.maintenance import health, repair
from pipelines.maintenance.backup import backup
from pipelines.maintenance.restore import restore
from pipelines.review.corrections import CorrectionDesk, OpeningError, correct
from pipelines.search.requests import SearchParameters, search_request
from pipelines.search.service import reader
from pipelines.storage.opening import open_storage
from tests import access_papers as given
from tests.engines import ENGINES, ON_ONE_ENGINE, settings_on
from tests.given_sources import find_sources
from tests.states import spoil_judgements

pytestmark = pytest.mark.slow

PAPER = """World Customs Organization
Permanent Technical Committee

{symbol}

Note on the Single Window

Brussels, 4 June 2018

1. Members lodge the guarantees of {word} through the Single Window.
"""
ANA = LOCAL.model_copy(update={"actor": "key:ana"})
REVIEWER = ANA.model_copy(update={"role": "reviewer", "actor": "key:ben"})
OUTSIDER = REVIEWER.model_copy(update={"access_classes": frozenset({"public"})})


@pytest.fixture(params=ENGINES)
def settings(request, tmp_path):
    return settings_on(request, tmp_path / "home", encoder="all-MiniLM-L6-v2", workers=1)


@pytest.fixture
def paper(papers):
    def write(name="note.txt", symbol="PC0301E1a", word="zone"):
        path = papers / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(PAPER.format(symbol=symbol, word=word), encoding="utf-8")
        return document_id(f"file://{path}")

    return write


@pytest.fixture
def name(paper, take_in):
    """The id of a paper that was ingested."""
    written = paper()
    take_in()
    return written


@pytest.fixture
def said(settings, warm):
    def say(*names, by=ANA, undo=(), confirmed=False, **fields):
        with reader(settings) as engine:
            return correct(CorrectionDesk(settings, engine, by), names, fields, undo=undo, confirmed=confirmed)

    return say


@pytest.fixture
def shown(settings):
    """A function that returns a paper as readers see it, None where there is none for them."""

    def show(name, held=EVERY_CLASS):
        with reader(settings) as engine:
            return engine.document(name, access_classes=held)

    return show


@pytest.fixture
def found(settings):
    """A function that returns the ids of the papers that filters leave."""

    def find(*filters, query="", held=EVERY_CLASS):
        asked = search_request(settings, SearchParameters(q=query, mode="text"), filters, access_classes=held)
        with reader(settings) as engine:
            return {hit.document.id for hit in engine.search(asked, None).hits}

    return find


def audited(settings):
    lines = [json.loads(line) for line in (settings.home / "audit.jsonl").read_text().splitlines()]
    return [line for line in lines if line["act"] == "correction"]


class TestACorrection:
    def test_holds_in_fields_filters_and_facets_without_a_reading(self, papers, name, said, shown, found):
        before = shown(name)
        (papers / "note.txt").unlink()
        done = said(name, title="Another  title", date="2019-05-03", body="hsc", session="70, 71", kind="report")
        assert (done.documents, done.waiting) == ((name,), False)
        now = shown(name)
        assert (now.title, str(now.date), now.body, now.sessions) == ("Another title", "2019-05-03", "hsc", (70, 71))
        assert (now.kind, now.key, now.symbol) == ("report", before.key, before.symbol)
        assert found("body=hsc", "date=2019-05-03", "session=71", "kind=report", "year=2019") == {name}
        assert found("body=ptc") == found("year=2018") == set()
        assert found(query="zone") == {name}
        assert [(one.field, one.value, one.by) for one in now.corrected][:2] == [
            ("title", "Another title", "key:ana"),
            ("date", "2019-05-03", "key:ana"),
        ]
        was = {field: value for one in now.corrected for field, value in one.was.items()}
        assert (was["title"], was["date"], was["body"]) == (before.title, "2018-06-04", "ptc")
        assert (was["sessions"], was["kind"]) == ([], before.kind)

    def test_outlives_other_readings_and_other_bytes_and_is_undone(self, take_in, papers, paper, said, shown, name):
        said(name, date="2019-05-03", title="Mine")
        assert take_in().unchanged == 1
        assert take_in(force=True).indexed == 1
        paper(word="ztwo")
        assert take_in().indexed == 1
        (papers / "note.txt.meta.yaml").write_text("title: Of the sidecar\ndate: 2001-01-01\n")
        assert take_in().indexed == 1
        assert (shown(name).title, str(shown(name).date)) == ("Mine", "2019-05-03")
        said(name, undo=["title"])
        assert (shown(name).title, str(shown(name).date)) == ("Of the sidecar", "2019-05-03")
        said(name, date="2019-05-04", by=REVIEWER)
        assert [(one.value, one.by, one.was["date"]) for one in shown(name).corrected] == [
            ("2019-05-04", "key:ben", "2001-01-01")
        ]
        said(name, undo=["date"])
        assert (str(shown(name).date), shown(name).corrected) == ("2001-01-01", ())
        assert take_in().unchanged == 1

    def test_outlives_runs_over_a_configured_source(self, warm, papers, paper, said, shown, settings):
        name = paper()
        config = FolderConfig(name="shelf", kind="folder", path=papers, quiet_seconds=0)
        assert run_source(settings, config).indexed == 1
        said(name, title="Mine", access="restricted")
        assert run_source(settings, config).unchanged == 1
        paper(word="ztwo")
        assert run_source(settings, config).indexed == 1
        assert (shown(name).title, shown(name).access) == ("Mine", "restricted")

    def test_may_give_a_month_as_the_date(self, name, said, shown, found):
        said(name, date="2017-05")
        assert (shown(name).date, shown(name).date_precision) == ("2017-05", "month")
        assert (found("date=2017-05-20"), found("year=2018")) == ({name}, set())

    def test_may_empty_a_field(self, name, said, shown, found):
        said(name, date="", body=None, symbol="", session="")
        now = shown(name)
        assert (now.date, now.body, now.symbol, now.sessions, now.key) == (None, None, None, (), name)
        assert found("year=2018") == set()
        said(name, undo=["date", "body", "symbol", "session"])
        assert (str(shown(name).date), shown(name).body, shown(name).key) == ("2018-06-04", "ptc", "PC0301")

    def test_of_a_symbol_gives_the_key_and_the_name(self, take_in, paper, said, shown):
        one, other = paper(), paper("other.txt", "PC0302E1a", "ztwo")
        take_in()
        said(other, symbol="pc 0301 f1a")
        assert shown("PC0302E1a") is None
        assert shown("PC0301F1a").id == other
        assert (shown(other).key, shown(other).symbol.language) == ("PC0301", "F")
        assert other in (*shown(one).twins, *shown(one).revisions)
        said(other, undo=["symbol"])
        assert (shown(other).key, shown(one).twins, shown(one).revisions) == ("PC0302", (), ())

    def test_follows_a_paper_that_moves(self, take_in, papers, name, said, shown):
        said(name, title="Mine", access="restricted")
        (papers / "new").mkdir()
        (papers / "note.txt").rename(papers / "new" / "note.txt")
        take_in(delete_missing=True, allow_mass_deletion=True)
        moved = document_id(f"file://{papers / 'new' / 'note.txt'}")
        assert shown(name) is None
        assert (shown(moved).title, shown(moved).access, shown(moved, frozenset())) == ("Mine", "restricted", None)
        assert take_in().unchanged == 1
        said(moved, undo=["title"])
        assert "Single Window" in shown(moved).title

    def test_closes_a_paper_that_moves_from_the_beginning(self, warm, papers, name, said, shown, settings):
        said(name, access="restricted")
        (papers / "note.txt").rename(papers / "moved.txt")
        moved = document_id(f"file://{papers / 'moved.txt'}")
        with IngestSession(settings) as session:
            planner = SourcePlanner(find_sources([str(papers)]), WHAT_IS_NEW, gone=frozenset({name}))
            session.process(session.plan(planner).items, "run")
            assert (shown(moved).access, shown(moved, frozenset({"public"}))) == ("restricted", None)

    @ON_ONE_ENGINE
    def test_is_in_the_backup(self, take_in, name, said, shown, settings, tmp_path):
        said(name, title="Mine")
        backup(settings, tmp_path / "home.backup")
        said(name, title="Later")
        restore(settings, tmp_path / "home.backup", force=True)
        assert shown(name).title == "Mine"
        take_in(force=True)
        assert shown(name).title == "Mine"

    def test_of_several_papers_is_stored_for_all_or_none(self, take_in, paper, said, shown, settings):
        one, other = paper(), paper("other.txt", "PC0302E1a", "ztwo")
        take_in()
        with pytest.raises(NotFoundError, match="nothing"):
            said(one, "nothing", body="hsc")
        assert (shown(one).body, shown(one).corrected) == ("ptc", ())
        assert said(one, "PC0302E1a", one, body="hsc").documents == (one, other)
        assert [shown(name).body for name in (one, other)] == ["hsc", "hsc"]
        assert [(line["item"], line.get("intended")) for line in audited(settings)] == [
            (one, True),
            (other, True),
            (other, None),
            (one, None),
        ]


class TestTheVersionsOfAPaper:
    def test_are_set_and_parted(self, take_in, paper, said, shown):
        one, other, third = paper(), paper("b.txt", "PC0302E1a", "ztwo"), paper("c.txt", "PC0301E2", "zthree")
        take_in()
        assert shown(one).revisions == (third,)
        said(third, version_of="")
        assert (shown(one).revisions, shown(third).key) == ((), third)
        said(other, version_of="PC0301E1a")
        assert (shown(one).revisions, shown(other).revisions) == ((other,), (one,))
        with pytest.raises(UsageError, match="version_of"):
            said(one, version_of=other)
        take_in(force=True)
        assert shown(one).revisions == (other,)
        said(other, third, undo=["version_of"])
        assert (shown(one).revisions, shown(other).revisions) == ((third,), ())

    def test_go_with_the_key_of_the_other_one(self, take_in, papers, paper, said, shown):
        one, other = paper(), paper("b.txt", "PC0302E1a", "ztwo")
        take_in()
        said(other, version_of=one)
        said(one, symbol="PC0399E1a")
        assert shown(other).key == "PC0399"
        said(one, undo=["symbol"])
        paper(symbol="PC0355E1a")
        take_in()
        assert shown(other).key == "PC0355"

    def test_name_no_paper_to_who_may_not_read_it(self, take_in, paper, said, shown):
        one, other = paper(), paper("b.txt", "PC0302E1a", "ztwo")
        take_in()
        said(other, version_of=one)
        said(one, access="restricted")
        assert [entry.value for entry in shown(other).corrected] == [one]
        assert shown(other, frozenset({"public"})).corrected == ()


class TestTheAccessClass:
    def test_closes_and_opens_for_readers_at_once(self, name, said, shown, found, settings):
        said(name, access="restricted")
        assert (shown(name, frozenset({"public"})), found(held=frozenset())) == (None, set())
        assert found("access=restricted") == {name}
        assert shown(name, frozenset({"restricted"})).id == name
        with pytest.raises(OpeningError, match="restricted") as refused:
            said(name, access="public")
        assert [(one.document, one.before, one.after) for one in refused.value.openings] == [
            (name, "restricted", "public")
        ]
        with pytest.raises(OpeningError):
            said(name, undo=["access"])
        assert shown(name).access == "restricted"
        said(name, access="public", confirmed=True)
        assert (shown(name, frozenset()).access, found(held=frozenset())) == ("public", {name})
        last = audited(settings)[-1]
        assert (last["who"], last["set"], last["access_before"]) == ("key:ana", "access=public", "restricted")

    def test_opens_what_cover_sidecar_and_source_closed(self, take_in, papers, said, shown):
        (papers / "a.txt").write_text(given.text("zone", "Restricted"))
        given.sidecar(papers / "a.txt", "members")
        take_in()
        name = document_id(f"file://{papers / 'a.txt'}")
        assert shown(name).access == "members"
        said(name, access="public", confirmed=True)
        take_in(force=True)
        assert shown(name, frozenset()).access == "public"
        said(name, undo=["access"])
        assert shown(name).access == "members"

    def test_of_a_mail_is_that_of_all_that_is_attached(self, take_in, papers, said, shown, found):
        message = given.mail("zouter", ("in.eml", given.mail("zinner", ("deep.txt", given.text("zdeep")))))
        (papers / "letter.eml").write_bytes(message)
        given.sidecar(papers / "letter.eml", "members")
        take_in()
        letter = document_id(f"file://{papers / 'letter.eml'}")
        everything = found(query=given.COMMON)
        assert len(everything) == 3
        said(letter, access="restricted", confirmed=True)
        assert found(query=given.COMMON, held=frozenset({"members"})) == set()
        assert found(query=given.COMMON, held=frozenset({"restricted"})) == everything
        said(letter, access="public", confirmed=True)
        assert found(query=given.COMMON, held=frozenset()) == everything
        take_in(force=True)
        assert found(query=given.COMMON, held=frozenset()) == everything
        said(letter, undo=["access"])
        assert found(query=given.COMMON, held=frozenset({"public"})) == set()
        assert found(query=given.COMMON, held=frozenset({"members"})) == everything

    def test_of_an_attachment_opens_no_more_than_its_mail(self, take_in, papers, said, shown):
        (papers / "letter.eml").write_bytes(given.mail("zmail", ("annex.txt", given.text("zannex", "Restricted"))))
        given.sidecar(papers / "letter.eml", "members")
        take_in()
        annex = document_id(f"mail://annex.txt::file://{papers / 'letter.eml'}")
        assert shown(annex).access == "members+restricted"
        said(annex, access="public", confirmed=True)
        assert shown(annex).access == "members"
        said(annex, undo=["access"])
        assert shown(annex).access == "members+restricted"

    def test_is_one_that_is_known_here(self, name, said, shown):
        with pytest.raises(UsageError, match="access: 'sekret' is no access class") as refused:
            said(name, access="restricted+sekret")
        assert "public, restricted" in refused.value.remedy
        with pytest.raises(UsageError, match="access: cannot be empty"):
            said(name, access="")


class TestWhoCorrects:
    def test_may_not_learn_of_what_they_may_not_read(self, take_in, paper, said, shown):
        name, other = paper(), paper("b.txt", "PC0302E1a", "ztwo")
        take_in()
        said(name, access="restricted")
        for ask in (name, "PC0301E1a", "nothing"):
            with pytest.raises(NotFoundError, match="no document of this id, symbol or source"):
                said(ask, by=OUTSIDER, title="Mine")
        with pytest.raises(UsageError, match="no document of this id, symbol or source"):
            said(other, by=OUTSIDER, version_of=name)
        assert shown(name).corrected[0].field == "access"

    def test_may_not_change_classes_without_being_an_administrator(self, name, said, shown, settings):
        for fields in ({"access": "restricted"}, {"title": "Mine", "access": "public"}, {"undo": ["access"]}):
            with pytest.raises(ForbiddenError, match="administrator"):
                said(name, by=REVIEWER, **fields)
        assert shown(name).corrected == ()
        assert not (settings.home / "audit.jsonl").exists()
        said(name, by=REVIEWER, title="Mine")
        with pytest.raises(UsageError):
            said(name, by=REVIEWER.model_copy(update={"role": "reader"}), title="Theirs")
        assert shown(name).title == "Mine"

    @ON_ONE_ENGINE
    @pytest.mark.parametrize(
        ("fields", "says"),
        [
            ({"date": "2019-02-30"}, "date: '2019-02-30' is no date (give a day as YYYY-MM-DD"),
            ({"date": "20190203"}, "date: '20190203' is no date"),
            ({"body": "hsx"}, "body: 'hsx' is no body (ids such as hsc"),
            ({"kind": "reprot"}, "kind: 'reprot' is no kind of paper (ids such as report"),
            ({"session": "first"}, "session: 'first' is no number of a session (give numbers such as 80"),
            ({"session": "12345"}, "session: '12345' is more than 9,999"),
            ({"symbol": "x" * 1001}, "has to have 1 to 1,000 characters"),
            ({"colour": "red"}, "'colour' is no field that can be corrected (one of title, date, body"),
            ({"undo": ["title"]}, "title: nobody corrected it"),
            ({"version_of": "PC0301E1a"}, "version_of: "),
            ({}, "nothing to correct (give field=value, of title"),
        ],
    )
    def test_gives_values_that_a_field_may_have(self, name, said, shown, fields, says):
        with pytest.raises(UsageError) as refused:
            said(name, **fields)
        assert says in str(refused.value)
        assert shown(name).corrected == ()


@ON_ONE_ENGINE
class TestAnotherProcessThatWritesTheHome:
    def test_applies_what_was_corrected_meanwhile(self, papers, name, said, shown, settings):
        with IngestSession(settings) as session:
            assert said(name, title="Mine").waiting
            session.process([], "run")
            assert shown(name).title == "Mine"

    def test_that_did_not_leaves_it_to_the_next(self, take_in, name, said, shown, settings):
        with IngestSession(settings):
            assert said(name, title="Mine", access="restricted").waiting
        assert shown(name).title != "Mine"
        take_in()
        assert (shown(name).title, shown(name).access) == ("Mine", "restricted")

    def test_leaves_a_paper_as_it_is_where_corrections_are_damaged(self, take_in, paper, said, shown, settings):
        name, other = paper(), paper("b.txt", "PC0302E1a", "ztwo")
        take_in()
        said(name, access="restricted")
        spoil_judgements(settings.home)
        report = take_in(force=True)
        assert (report.indexed, report.failed, shown(other).id) == (1, 1, other)
        assert "state is damaged" in report.failures[0].error
        assert shown(name).access == "restricted"
        repair.repair(settings)
        assert take_in(force=True).failed == 0
        assert (shown(name).access, len(shown(name).corrected)) == ("restricted", 1)


@ON_ONE_ENGINE
def test_a_correction_without_its_line_in_the_audit_log_is_found(name, said, settings):
    said(name, title="Mine")
    with closing(open_storage(settings).open_judgements(write=False)) as store:
        at = "2099-01-01T00:00:00+00:00"
        store.correct(
            [Correction(at=at, author="key:ana", action="set", document=name, field="kind", value="report", act="12ab")]
        )

    def finding():
        return next(one for one in health.checks(settings) if one.name == "audit log")

    assert "by ana" in finding().detail
    repair.repair(settings)
    assert finding().remedy is None
    assert "12ab" in audit.logged_judgements(settings.home).stored


@pytest.mark.elasticsearch
def test_corrections_of_a_home_hold_in_the_cluster_that_it_uses_later(warm, cluster, paper, papers, tmp_path):
    alone = load_settings(tmp_path / "home", encoder="all-MiniLM-L6-v2", workers=1)
    name = paper()
    ingest(alone, [str(papers)])
    with reader(alone) as engine:
        correct(CorrectionDesk(alone, engine, ANA), [name], {"title": "Mine"})
    shared = alone.model_copy(update={"index": "elasticsearch", "elasticsearch": cluster})
    for _ in range(2):
        ingest(shared, [str(papers)])
        with reader(shared) as engine:
            document = engine.document(name, access_classes=EVERY_CLASS)
        assert (document.title, len(document.corrected)) == ("Mine", 1)
