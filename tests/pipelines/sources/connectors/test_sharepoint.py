"""SharePoint on a stand-in for Microsoft Graph: deltas, what Graph forgets and throttles, and who gets the token."""

import sys

import pytest

from configs.settings import load_settings
from configs.sources import SharePointConfig
from configs.system.errors import UsageError
from pipelines.sources.connectors.contract import CursorExpiredError, ItemError, SourceAwayError
from pipelines.sources.connectors.cursors import packed, unpacked
from pipelines.sources.connectors.drive import site_address
from pipelines.sources.connectors.drive_listing import DriveCursor
from pipelines.sources.connectors.sharepoint import SharePointConnector
from tests.pipelines.sources.connectors.harness import content
from tests.pipelines.sources.connectors.scripted_server import Answer, FreeClock, as_json
from tests.pipelines.sources.connectors.sharepoint_harness import SharePointHarness

DELTA = "/drives/b!drive/root/delta"


@pytest.fixture(scope="module")
def shared_graph(tmp_path_factory):
    with SharePointHarness.server(tmp_path_factory.mktemp("graph")) as graph:
        yield graph


@pytest.fixture
def harness(shared_graph, tmp_path, monkeypatch):
    harness = SharePointHarness(shared_graph, tmp_path)
    for name, value in harness.environment.items():
        monkeypatch.setenv(name, value)
    yield harness
    harness.close()


@pytest.fixture
def graph(harness):
    return harness.shared


@pytest.fixture
def time():
    return FreeClock()


@pytest.fixture
def connect(harness, tmp_path, time):
    made = []

    def connected(**values):
        config = SharePointConfig.model_validate({**dict(harness.config), **values})
        made.append(SharePointConnector(config, load_settings(tmp_path), clock=time.clock))
        return made[-1]

    yield connected
    for one in made:
        one.close()


def everything(source, cursor=None):
    pages = list(source.changes(cursor))
    items = {item.path: item for page in pages for item in page.items}
    return items, {name for page in pages for name in page.gone}, pages[-1]


class TestDelta:
    def test_only_what_changed_is_told(self, graph, connect):
        for number in range(8):
            graph.put(f"2031/paper {number}.docx", b"1")
        first, _, last = everything(connect())
        graph.put("2031/paper 3.docx", b"2")
        graph.put("2031/new/paper 9.docx", b"9")
        lost = first["2031/paper 5.docx"].id
        graph.remove("2031/paper 5.docx")
        items, gone, last = everything(connect(), last.cursor)

        assert (len(first), last.is_listing) == (8, False)
        assert set(items) == {"2031/paper 3.docx", "2031/new/paper 9.docx"}
        assert items["2031/paper 3.docx"].fingerprint != first["2031/paper 3.docx"].fingerprint
        assert gone == {lost}
        assert everything(connect(), last.cursor)[:2] == ({}, set())

    def test_an_item_keeps_its_id_and_address_when_it_moves(self, graph, connect):
        graph.put("a/paper.docx", b"1")
        graph.put("b/other.docx", b"1")
        first, _, last = everything(connect())
        graph.move("a/paper.docx", "paper.docx", graph.find("b"))
        items, gone, _ = everything(connect(), last.cursor)
        moved = items["b/paper.docx"]
        assert (moved.id, moved.uri) == (first["a/paper.docx"].id, first["a/paper.docx"].uri)
        assert moved.uri.startswith("sharepoint://contoso.sharepoint.example/sites/customs/01ITEM")
        assert not gone

    @pytest.mark.parametrize("change", ["rename", "remove"])
    def test_what_happens_to_a_folder_asks_for_everything(self, graph, connect, change):
        graph.put("2030/a.docx", b"1")
        graph.put("2031/b.docx", b"1")
        _, _, last = everything(connect())
        if change == "rename":
            graph.move("2030", "2030 old")
        else:
            graph.remove("2030")
        source = connect()
        with pytest.raises(CursorExpiredError, match="folders"):
            everything(source, last.cursor)
        assert "2030/a.docx" not in everything(source)[0]

    def test_a_folder_that_comes_with_what_the_delta_does_not_name_asks_for_everything(self, graph, connect):
        graph.put("a.docx", b"1")
        _, _, last = everything(connect())
        graph.put("restored/b.docx", b"1")
        graph.changes.remove(graph.find("restored/b.docx"))
        with pytest.raises(CursorExpiredError):
            everything(connect(), last.cursor)

    def test_a_file_whose_folder_comes_later_waits_for_it(self, graph, connect):
        graph.put("sub/a.docx", b"1")
        entries = [graph._entry(name) for name in reversed(graph.items)]
        link = f"{graph.graph_url}{DELTA}?token=9"
        graph.overrides[DELTA] = as_json({"value": entries, "@odata.deltaLink": link})
        assert set(everything(connect())[0]) == {"sub/a.docx"}

    def test_a_file_without_a_known_folder_is_a_problem_of_its_own(self, graph, connect):
        graph.put("a.docx", b"1")
        stray = {"id": "X", "name": "stray.docx", "file": {}, "parentReference": {"id": "unknown"}}
        page = {"value": [graph._entry("ROOT"), graph._entry(graph.find("a.docx")), stray]}
        graph.overrides[DELTA] = as_json({**page, "@odata.deltaLink": f"{graph.graph_url}{DELTA}?token=9"})
        items, _, last = everything(connect())
        (problem,) = last.problems
        assert set(items) == {"a.docx"}
        assert (problem.place, problem.within) == ("stray.docx", "X")

    def test_the_last_that_a_listing_says_of_an_item_counts(self, graph, connect):
        graph.put("a.docx", b"1")
        graph.put("b.docx", b"1")
        name, other = graph.find("a.docx"), graph._entry(graph.find("b.docx"))
        page = {"value": [graph._entry("ROOT"), graph._entry(name), other]}
        second = f"{graph.graph_url}{DELTA}?skip=3"
        tombstone = {"value": [{"id": name, "deleted": {}}], "@odata.deltaLink": f"{graph.graph_url}{DELTA}?token=9"}
        graph.overrides[DELTA] = [as_json({**page, "@odata.nextLink": second}), as_json(tombstone)]
        _, gone, _ = everything(connect())
        assert gone == {name}
        graph.overrides[DELTA] = [as_json({**page, "@odata.nextLink": second}), as_json(tombstone)]
        assert connect().ids() == {other["id"]}


class TestForgottenDeltas:
    def test_graph_says_where_to_begin_again(self, graph, connect):
        graph.put("a.docx", b"1")
        _, _, last = everything(connect())
        graph.forget()
        source = connect()
        with pytest.raises(CursorExpiredError):
            everything(source, last.cursor)
        assert set(everything(source)[0]) == {"a.docx"}
        assert graph.asked("/v1.0/drives/b!drive/root/delta")[-1].query.get("restart") == "1"

    def test_a_listing_that_begins_again_on_the_way_is_whole(self, graph, connect):
        for number in range(5):
            graph.put(f"{number}.docx", b"1")
        lost = graph.find("0.docx")
        gone_page = as_json({"error": {}}, 410, Location=f"{graph.graph_url}{DELTA}?restart=1")
        graph.overrides[DELTA] = [None, gone_page]
        source, pages = connect(), []
        for page in source.changes(None):
            pages.append(page)
            if len(pages) == 1:
                graph.remove("0.docx")
        assert {item.path for page in pages[1:] for item in page.items} == {f"{number}.docx" for number in range(1, 5)}
        assert pages[-1].gone == (lost,)
        assert pages[-1].cursor

    def test_a_listing_that_never_ends_is_given_up(self, graph, connect):
        graph.overrides[DELTA] = as_json({"error": {}}, 410)
        with pytest.raises(SourceAwayError, match="again and again"):
            everything(connect())

    def test_a_cursor_of_another_library_or_version_is_none(self, graph, connect):
        graph.put("a/b.docx", b"1")
        _, _, last = everything(connect())
        for cursor, values in ((last.cursor, {"folder": "a"}), ("of another version", {})):
            with pytest.raises(CursorExpiredError):
                everything(connect(**values), cursor)


class TestFolder:
    def test_only_what_lies_in_it_is_taken(self, graph, connect):
        for path in ("Papers/2031/a.docx", "Papers old/b.docx", "c.docx"):
            graph.put(path, b"1")
        first, _, last = everything(connect(folder="/Papers/"))
        assert set(first) == {"2031/a.docx"}
        graph.put("Papers/d.docx", b"1")
        graph.move("Papers/2031/a.docx", "a.docx")
        graph.put("e.docx", b"1")
        items, gone, _ = everything(connect(folder="Papers"), last.cursor)
        assert set(items) == {"d.docx"}
        assert first["2031/a.docx"].id in gone

    def test_one_that_is_not_there_is_no_empty_source(self, graph, connect):
        graph.put("Papers/a.docx", b"1")
        with pytest.raises(SourceAwayError, match="folder 'Documents' of library 'Working papers': there is none"):
            everything(connect(folder="Documents"))


class TestThrottling:
    @pytest.mark.parametrize("status", [429, 503])
    def test_what_graph_asks_to_wait_is_waited(self, graph, connect, time, status):
        graph.put("a.docx", b"1")
        graph.overrides[DELTA] = [as_json({}, status, Retry_After="17"), None]
        assert set(everything(connect())[0]) == {"a.docx"}
        assert time.waits == [pytest.approx(18.7)]

    def test_downloads_wait_too(self, graph, connect, time):
        name = graph.put("a.docx", b"1")
        source = connect()
        items, _, _ = everything(source)
        graph.overrides[f"/drives/b!drive/items/{name}/content"] = [as_json({}, 429, Retry_After="5"), None]
        assert content(source, items["a.docx"]) == b"1"
        assert time.waits == [pytest.approx(5.5)]


class TestItems:
    @pytest.mark.parametrize("status", [403, 404, 423])
    def test_a_refusal_is_that_of_the_item(self, graph, connect, status):
        graph.put("a.docx", b"1")
        graph.put("b.docx", b"2")
        source = connect()
        items, _, _ = everything(source)
        graph.overrides[f"/drives/b!drive/items/{items['a.docx'].id}/content"] = as_json({}, status)
        with pytest.raises(ItemError, match=rf"a\.docx: the server answers {status}"):
            content(source, items["a.docx"])
        assert content(source, items["b.docx"]) == b"2"

    def test_one_has_a_largest_size(self, graph, connect, tmp_path):
        (tmp_path / "settings.yaml").write_text("reading: {file_mib: 1}\n")
        graph.put("a.docx", b"x" * ((1 << 20) + 1))
        source = connect()
        items, _, _ = everything(source)
        with pytest.raises(ItemError, match="larger than 1 MiB"):
            content(source, items["a.docx"])


class TestToken:
    def test_the_host_that_gives_files_gets_none(self, graph, connect):
        graph.put("a.docx", b"1")
        source = connect()
        items, _, _ = everything(source)
        assert content(source, items["a.docx"]) == b"1"
        (request,) = graph.files.requests
        assert "Authorization" not in request.headers

    @pytest.mark.parametrize("link", ["@odata.nextLink", "@odata.deltaLink"])
    def test_a_link_to_another_host_is_refused(self, graph, connect, link):
        elsewhere = f"{graph.files.url}/v1.0{DELTA}"
        graph.overrides[DELTA] = as_json({"value": [], link: elsewhere})
        source = connect()
        if link == "@odata.nextLink":
            with pytest.raises(SourceAwayError, match="is not asked with this token"):
                everything(source)
        else:
            _, _, last = everything(source)
            with pytest.raises(CursorExpiredError):
                everything(source, last.cursor)
        assert not graph.files.requests

    def test_a_cursor_that_somebody_changed_gets_none(self, graph, connect):
        graph.put("a.docx", b"1")
        _, _, last = everything(connect())
        changed = unpacked(last.cursor, DriveCursor).model_copy(update={"link": f"{graph.files.url}/v1.0{DELTA}"})
        with pytest.raises(CursorExpiredError):
            everything(connect(), packed(changed))
        assert not graph.files.requests

    def test_one_that_has_expired_is_renewed(self, graph, connect):
        graph.put("a.docx", b"1")
        source = connect()
        items, _, _ = everything(source)
        graph.valid_token = "another"
        assert content(source, items["a.docx"]) == b"1"
        assert graph.valid_token == "token-2"

    def test_a_certificate_does_as_well(self, graph, connect, tmp_path):
        certificate, key = graph.certificate
        (tmp_path / "app.pem").write_text(key.read_text() + certificate.read_text())
        graph.put("a.docx", b"1")
        for path in (tmp_path / "app.pem", "app.pem"):
            assert set(everything(connect(client_secret=None, certificate=path))[0]) == {"a.docx"}
        (request, *_) = [one for one in graph.requests if one.path.endswith("/token")]
        assert b"client_assertion=" in request.body

    @pytest.mark.parametrize("text", [None, "no certificate"])
    def test_a_certificate_that_cannot_be_read_is_said(self, connect, tmp_path, text):
        if text:
            (tmp_path / "app.pem").write_text(text)
        (problem,) = connect(client_secret=None, certificate=tmp_path / "app.pem").check()
        assert "app.pem" in problem.message
        assert "certificate" in problem.remedy


SITE = "/sites/contoso.sharepoint.example:/sites/customs"
DENIED = as_json({"error": {"code": "accessDenied"}}, 403)


class TestMessages:
    @pytest.mark.parametrize(
        ("values", "overrides", "message", "remedy"),
        [
            ({"client_secret": "${WRONG_SECRET}"}, {}, "AADSTS7000215", "take its value"),
            ({"tenant": "nobody"}, {}, "", "check login_url and tenant"),
            ({}, {SITE: DENIED}, "may not read it", "app-1 Sites.Selected"),
            ({}, {"/drives/b!drive/root": DENIED}, "may not read it", "app-1 Sites.Selected"),
            ({"library": "Papers"}, {}, "no library 'Papers'", "Documents, Working papers"),
            (
                {"site": "contoso.sharepoint.example/sites/nothing"},
                {},
                "site contoso.sharepoint.example/sites/nothing: there is none of that name",
                "",
            ),
            ({}, {SITE: Answer(b"<html>Log in</html>")}, "none of Microsoft Graph", ""),
        ],
    )
    def test_what_is_wrong_is_said_with_a_remedy(self, graph, connect, values, overrides, message, remedy):
        graph.overrides |= overrides
        (problem,) = connect(**values).check()
        assert message in problem.message
        words = remedy.split() if overrides else [remedy]
        assert all(one in (problem.remedy or "") for one in words)

    def test_without_the_extra(self, connect, monkeypatch):
        monkeypatch.setitem(sys.modules, "msal", None)
        with pytest.raises(UsageError, match="needs the package msal") as caught:
            connect()
        assert caught.value.remedy == "pip install 'msal>=1.35'"


@pytest.mark.parametrize(
    ("site", "path"),
    [
        ("https://Contoso.sharepoint.example/sites/a%20b/", "sites/a b"),
        ("contoso.sharepoint.example/sites/a b", "sites/a b"),
        ("contoso.sharepoint.example:/sites/a b", "sites/a b"),
        ("contoso.sharepoint.example", ""),
    ],
)
def test_sites_are_named_as_people_name_them(site, path):
    assert site_address(site) == ("contoso.sharepoint.example", path)
