"""Who is let in, from where, and with what."""

import json

import pytest
from starlette.testclient import TestClient

from configs.system.errors import UsageError
from pipelines.access.keys import KeyStore
from tests.portal.web.conftest import asked, bearer

PAGES = ["/", "/matrix", "/review", "/vocabulary", "/about", "/search.json?q=window", "/matrix.csv"]


@pytest.fixture
def keyed(own_home):
    """A home with a key of each role, by role."""
    store = KeyStore(own_home)
    return own_home, {role: store.add(role, role, ["restricted"]).secret for role in ("reader", "reviewer", "admin")}


@pytest.fixture
def signed(keyed):
    """A client of that home, and its keys."""
    with asked(keyed[0]) as client:
        yield client, keyed[1]


@pytest.mark.parametrize("page", PAGES)
def test_without_keys_the_machine_itself_reads(portal, page):
    assert portal.get(page).status_code == 200


def test_with_keys_nobody_reads_without_one(signed):
    client, keys = signed
    for page in PAGES:
        assert client.get(page).status_code == 401, page
        assert client.get(page, headers=bearer("cl_wrong")).status_code == 401, page
        assert client.get(page, headers=bearer(keys["admin"])).status_code == 200, page


def test_a_browser_is_sent_to_sign_in_and_back(signed):
    client, keys = signed
    sent = client.get("/?q=single+window", headers={"Accept": "text/html"})
    assert (sent.status_code, sent.headers["location"]) == (303, "/login?next=%2F%3Fq%3Dsingle%2Bwindow")
    wrong = client.post("/login", data={"key": "cl_wrong", "next": "/"})
    assert wrong.status_code == 401
    back = client.post("/login", data={"key": keys["reader"], "next": "/?q=single+window"})
    assert (back.status_code, back.headers["location"]) == (303, "/?q=single+window")
    assert client.get("/").status_code == 200
    assert client.post("/logout", headers={"Origin": "http://127.0.0.1"}).status_code == 303
    assert client.get("/").status_code == 401


def test_signing_in_leads_nowhere_else(signed):
    client, keys = signed
    for target in ("https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example", "x"):
        client.cookies.clear()
        back = client.post("/login", data={"key": keys["reader"], "next": target})
        assert back.headers["location"] == "/", target


def test_a_revoked_key_ends_its_sessions(signed, own_home):
    client, keys = signed
    client.post("/login", data={"key": keys["reader"]})
    assert client.get("/about").status_code == 200
    KeyStore(own_home).revoke("reader")
    assert client.get("/about").status_code == 401


def test_a_forged_session_is_none(signed):
    client, _ = signed
    client.cookies.set("customs_lens_session", "ImFkbWluIg.aaaa.bbbb")
    assert client.get("/about").status_code == 401


def test_a_key_that_may_only_read_does_not_judge(signed):
    client, keys = signed
    assert client.get("/review", headers=bearer(keys["reader"])).status_code == 403
    assert client.get("/review", headers=bearer(keys["reviewer"])).status_code == 200


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP"])
def test_what_a_proxy_forwards_is_not_from_this_machine(portal, header):
    assert portal.get("/about", headers={header: "127.0.0.1"}).status_code == 401


@pytest.mark.parametrize("options", [{"behind_proxy": True}, {"client": ("192.0.2.7", 50000)}])
def test_loopback_behind_a_proxy_and_another_machine_are_nobody(papers_home, options):
    with asked(papers_home, **options) as client:
        assert client.get("/about").status_code == 401


class TestTheKeyOfAProxy:
    @pytest.fixture
    def proxy(self, own_home):
        """A portal behind a proxy, and a function that asks it as somebody."""
        secret = KeyStore(own_home).add("sso", "reviewer", None, names_from="X-Forwarded-User").secret
        with asked(own_home, behind_proxy=True) as client:
            yield (
                client,
                lambda name, **more: bearer(secret) | ({} if name is None else {"X-Forwarded-User": name}) | more,
            )

    def test_the_proxy_says_who_judges(self, proxy, own_home):
        client, of = proxy
        found = client.get("/search.json?q=window", headers=of("ana@example.org")).json()
        passage = found["hits"][0]["passages"][0]
        form = {"passage": passage["id"], "theme": "single-window", "next": "/"}
        told = client.post("/review/add", data=form, headers=of("ana@example.org", Origin="http://127.0.0.1"))
        assert told.status_code == 303
        lines = [json.loads(line) for line in (own_home / "audit.jsonl").read_text().splitlines()]
        assert "person:ana@example.org" in {line["who"] for line in lines}
        page = client.get("/", headers=of("ana@example.org")).text
        assert ("<li>ana@example.org</li>" in page, "/logout" in page) == (True, False)

    @pytest.mark.parametrize("name", [None, "", " ", "a\tb", "x" * 201])
    def test_without_a_name_nobody_is_let_in(self, proxy, name):
        client, of = proxy
        refused = client.get("/about", headers=of(name, Accept="text/html"))
        assert refused.status_code == 401
        assert "X-Forwarded-User" in refused.text

    def test_of_two_names_neither_counts(self, proxy):
        client, of = proxy
        for page in ("/about", "/login", "/api/v1/search?q=window"):
            headers = [*of("mallory@example.org").items(), ("x-forwarded-user", "ana@example.org")]
            answer = client.get(page, headers=headers)
            assert (answer.status_code, "X-Forwarded-User" in answer.text) == (400, True)

    def test_a_name_alone_lets_nobody_in(self, proxy):
        client, _ = proxy
        assert client.get("/about", headers={"X-Forwarded-User": "ana@example.org"}).status_code == 401

    def test_nobody_signs_in_with_it(self, proxy):
        client, of = proxy
        secret = of(None)["Authorization"].removeprefix("Bearer ")
        assert client.post("/login", data={"key": secret, "next": "/"}).status_code == 401

    @pytest.mark.parametrize("header", ["Authorization", "cookie", "X User", "", "X-Usér"])
    def test_only_a_header_can_name_people(self, own_home, header):
        with pytest.raises(UsageError, match="no header"):
            KeyStore(own_home).add("sso", "reader", None, names_from=header)


def test_until_there_is_a_key_nobody_sees_more_than_how_the_first_is_made(own_home):
    with asked(own_home, await_key=True) as client:
        for path in ("/", "/login", "/about", "/api/v1/search?q=window"):
            answer = client.get(path)
            assert (answer.status_code, "customs-lens keys add NAME --role admin" in answer.text) == (503, True), path
        assert client.get("/healthz").status_code == 200
        secret = KeyStore(own_home).add("Ana", "admin", None).secret
        assert client.get("/login").status_code == 200
        assert client.get("/about").status_code == 401
        assert client.get("/about", headers=bearer(secret)).status_code == 200


@pytest.mark.parametrize(
    ("code", "hosts"),
    [
        (421, ("evil.example", "127.0.0.1:@evil.example", "localhost:8101/evil?", "::1", "", " ")),
        (421, ("[127.0.0.1", "[127.0.0.1]", "127.0.0.1]", "127.0.0.1:80:80", "127.0.0.1:x", "127.0.0.1:999999")),
        (200, ("127.0.0.1", "LOCALHOST:8000", "localhost:")),
    ],
)
def test_its_own_host_names_alone_are_answered(portal, code, hosts):
    found = {host: portal.get("/about", headers={"Host": host}).status_code for host in hosts}
    assert found == dict.fromkeys(hosts, code)


@pytest.mark.parametrize(
    ("header", "others", "own"),
    [
        ("Sec-Fetch-Site", ("cross-site", "same-site"), "same-origin"),
        ("Origin", ("https://evil.example", "null", "http://[", "", "127.0.0.1"), "http://127.0.0.1"),
        ("Origin", ("http://ana@127.0.0.1",), "http://127.0.0.1"),
        ("Cookie", ("customs_lens_session=x",), ""),
    ],
)
def test_another_website_changes_nothing_the_site_itself_and_programs_may(portal, header, others, own):
    for value in others:
        assert portal.post("/logout", headers={header: value}).status_code == 403, value
    assert portal.post("/logout", headers={header: own} if own else {}).status_code == 303


@pytest.mark.parametrize("length", [None, "9" * 5000, "-1", "²", "1e3"])
def test_nothing_is_uploaded(portal, length):
    headers = {"Content-Length": length.encode()} if length else {}
    assert portal.post("/login", content=b"x" * 100_000, headers=headers).status_code == 413


def test_who_asks_too_much_waits(keyed):
    home, keys = keyed
    with asked(home, requests_per_minute=3) as client:
        codes = [client.get("/login").status_code for _ in range(5)]
        assert codes == [200, 200, 200, 429, 429]
        assert client.get("/about").status_code == 429
        assert client.get("/about", headers=bearer(keys["reader"])).status_code == 200


def test_probes_and_static_files_have_no_limit(keyed):
    with asked(keyed[0], requests_per_minute=1) as client:
        for path in ("/healthz", "/readyz", "/static/portal.js"):
            assert [client.get(path).status_code for _ in range(3)] == [200, 200, 200], path


def test_small_pictures_have_no_limit_for_who_has_a_key(keyed):
    home, keys = keyed
    with asked(home, requests_per_minute=2) as client:
        for address in ("/thumbnails/nothing/1.png", "/about"):
            codes = [client.get(address, headers=bearer(keys["reader"])).status_code for _ in range(4)]
            assert codes == ([404] * 4 if "thumbnails" in address else [200, 200, 429, 429])
        codes = [client.get("/thumbnails/nothing/1.png").status_code for _ in range(4)]
        assert codes == [401, 401, 429, 429]


class TestGuesses:
    """Who signs in with wrong keys, or sends them, is stopped, and nobody else is."""

    @pytest.fixture(params=["sign in", "Bearer"])
    def guess(self, request):
        """A function that gives a wrong key to a client of the portal."""
        if request.param == "Bearer":
            return lambda client, **headers: client.get("/about", headers=bearer("cl_wrong") | headers).status_code
        return lambda client, **headers: client.post("/login", data={"key": "x"}, headers=headers).status_code

    def test_twenty_a_minute_are_answered(self, keyed, guess):
        home, keys = keyed
        with asked(home) as client:
            codes = [guess(client) for _ in range(25)]
            assert codes == [401] * 20 + [429] * 5
            assert client.get("/login").status_code == 200
            assert client.get("/about", headers=bearer(keys["reader"])).status_code == 200
            other = TestClient(client.app, base_url="http://127.0.0.1", client=("127.0.0.2", 1))
            assert guess(other) == 401

    def test_a_session_goes_on(self, keyed, guess):
        home, keys = keyed
        with asked(home) as client:
            client.post("/login", data={"key": keys["reader"]})
            session = dict(client.cookies)
            client.cookies.clear()
            while guess(client) != 429:
                pass
            client.cookies.update(session)
            assert client.get("/about").status_code == 200

    def test_behind_a_proxy_nobody_locks_others_out(self, keyed, guess):
        home, keys = keyed
        with asked(home, behind_proxy=True) as client:
            codes = {guess(client, **{"X-Forwarded-For": f"198.51.100.{n}, 203.0.113.7"}) for n in range(25)}
            assert codes == {401, 429}
            other = {"X-Forwarded-For": "203.0.113.7, 203.0.113.8"}
            assert guess(client, **other) == 401
            signed_in = client.post("/login", data={"key": keys["reader"]}, headers=other)
            assert signed_in.status_code == 303

    @pytest.mark.parametrize(
        ("first", "second", "together"),
        [
            ("2001:db8:1:2::1", "2001:db8:1:2:ffff::2", True),
            ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
            ("::ffff:203.0.113.7", "203.0.113.7", True),
            ("203.0.113.7:4711", "203.0.113.7:4712", True),
            ("[2001:db8::1]:4711", "2001:db8::1", True),
            ("203.0.113.7", "203.0.113.8", False),
        ],
    )
    def test_a_client_is_an_address_or_a_network(self, keyed, guess, first, second, together):
        with asked(keyed[0], behind_proxy=True) as client:
            while guess(client, **{"X-Forwarded-For": first}) != 429:
                pass
            assert guess(client, **{"X-Forwarded-For": second}) == (429 if together else 401)


def test_what_a_proxy_says_of_the_client_is_one_address(keyed):
    home, keys = keyed
    with asked(home, behind_proxy=True) as client:
        for values in (["203.0.113.7", "203.0.113.7"], ["unknown"], [""], ["203.0.113.7,"], ["[::1"]):
            headers = [("X-Forwarded-For", value) for value in values] + list(bearer(keys["reader"]).items())
            assert client.get("/about", headers=headers).status_code == 400, values


@pytest.mark.parametrize("page", ["/", "/static/portal.js", "/nothing-here"])
def test_every_answer_has_a_strict_policy(portal, page):
    headers = portal.get(page).headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"


def test_judged_and_exported_is_in_the_audit_log(signed, own_home):
    client, keys = signed
    client.get("/search.csv?q=window", headers=bearer(keys["reader"]))
    lines = [json.loads(line) for line in (own_home / "audit.jsonl").read_text().splitlines()]
    assert (lines[-1]["who"], lines[-1]["act"], lines[-1]["what"]) == ("key:reader", "export", "search")


def test_behind_a_proxy_the_session_is_for_https_alone(keyed):
    home, keys = keyed
    with asked(home, behind_proxy=True) as client:
        assert "Secure" in client.post("/login", data={"key": keys["reader"]}).headers["set-cookie"]


def test_a_home_without_an_index_says_what_to_do(tmp_path):
    with asked(tmp_path) as client:
        answer = client.get("/?q=window")
    assert answer.status_code == 503
    assert "customs-lens ingest" in answer.text


@pytest.mark.parametrize("access", ["unknown", "members+restricted", " "])
def test_no_key_holds_a_class_that_is_no_name_of_one(tmp_path, access):
    with pytest.raises(UsageError):
        KeyStore(tmp_path).add("ana", "reader", [access])
    assert KeyStore(tmp_path).all() == ()


def test_an_endless_address_is_cut_in_the_audit_log(keyed):
    home, keys = keyed
    values = "&".join(f"theme={'a' * 480}" for _ in range(100))
    with asked(home) as client:
        assert client.get(f"/api/v1/export/matrix?{values}", headers=bearer(keys["reader"])).status_code == 200
    line = (home / "audit.jsonl").read_text().splitlines()[-1]
    assert len(line) < 1000
    found = json.loads(line)["query"]
    assert found.startswith("/api/v1/export/matrix?theme=aaa")
    assert found.endswith("… (48721 characters)")


@pytest.mark.parametrize(
    ("file", "address"),
    [
        ("state.db", "/api/v1/labels"),
        ("state.db", "/review"),
        ("truth.sqlite", "/?q=window"),
        ("truth.sqlite", "/readyz"),
    ],
)
def test_who_is_no_administrator_is_not_told_where_a_damaged_file_lies(keyed, caplog, file, address):
    home, keys = keyed
    with asked(home) as client:
        client.get("/review", headers=bearer(keys["reviewer"]))  # makes the file of the review
    damaged = next(home.rglob(file), home / file)
    for beside in damaged.parent.glob(f"{damaged.name}*"):
        beside.unlink()
    damaged.write_bytes(b"no database at all" * 1000)
    with asked(home) as client:
        for role in ("admin", "reviewer"):
            answer = client.get(address, headers=bearer(keys[role]))
            assert answer.status_code == 503
            assert (str(home) in answer.text) == (role == "admin")
            assert "damaged" in answer.text or "no index" in answer.text
    assert address == "/readyz" or str(home) in caplog.text
