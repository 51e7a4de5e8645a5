"""The client of websites, against a real server: slow, conditional, patient within limits, obedient to robots.txt."""

import base64
import socket
import threading

import pytest

from configs.system.errors import UsageError
from configs.system.progress import steps_told_to
from pipelines.sources.connectors.contract import ItemError, SourceAwayError, item_errors, source_errors
from pipelines.sources.web.file_state import file_state
from pipelines.sources.web.request_errors import RequestError
from pipelines.sources.web.web_client import CHUNK, Request, Validators, WebClient
from pipelines.sources.web.web_urls import login_apart
from tests.pipelines.sources.connectors.scripted_server import Answer, FreeClock, ScriptedServer, html


@pytest.fixture
def time():
    return FreeClock()


@pytest.fixture
def opened(server, time):
    """A function that opens a client, of the server if of no other URL, to which no robots.txt counts."""

    def client(url=server.url, **options):
        return WebClient(url, clock=time.clock, **{"most_mib": 1, "robots": False} | options)

    return client


@pytest.fixture
def client(opened):
    client = opened(robots=True)
    yield client
    client.close()


@pytest.fixture
def proxy(server, monkeypatch):
    """The server as the proxy of the environment."""
    monkeypatch.setenv("HTTP_PROXY", server.url)
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.delenv("no_proxy", raising=False)


def moved(location):
    return Answer(status=302, headers={"Location": location})


def content(client, url):
    with client.file(url) as stream:
        return stream.read()


def test_a_page_that_is_as_it_was_is_not_sent_again(server, client):
    def page(request):
        if request.headers.get("If-None-Match") == '"v1"':
            return Answer(status=304)
        return html("papers", ETag='"v1"', Last_Modified="Tue, 06 May 2031 08:00:00 GMT")

    server.answers["/list"] = page
    first = client.page(f"{server.url}/list")

    assert first.content == b"papers"
    assert first.charset == "utf-8"
    assert first.validators == Validators('"v1"', "Tue, 06 May 2031 08:00:00 GMT")
    assert client.page(f"{server.url}/list", first.validators) is None
    assert server.asked("/list")[-1].headers["If-Modified-Since"] == "Tue, 06 May 2031 08:00:00 GMT"


def test_the_program_says_who_it_is(server, client):
    server.answers["/list"] = html("")
    client.page(f"{server.url}/list")
    assert server.asked("/list")[0].headers["User-Agent"].startswith("customs-lens/")


def test_requests_keep_their_distance(server, time, opened):
    server.answers["/list"] = html("")
    client = opened(per_second=0.5)
    for _ in range(3):
        client.page(f"{server.url}/list")
    assert time.waits == [2.0, 2.0]


def test_robots_txt_forbids_and_slows_down(server, client, time):
    server.answers["/robots.txt"] = Answer(b"User-agent: customs-lens\nDisallow: /members/\nCrawl-delay: 7\n")
    server.answers["/list"] = server.answers["/members/paper.pdf"] = html("")
    client.page(f"{server.url}/list")
    client.page(f"{server.url}/list")
    with pytest.raises(RequestError, match=r"paper\.pdf: the robots\.txt of the site forbids it") as caught:
        content(client, f"{server.url}/members/paper.pdf")

    assert "robots: false" in caught.value.remedy
    assert time.waits[-1] == 7.0
    assert not server.asked("/members/paper.pdf")
    assert len(server.asked("/robots.txt")) == 1


@pytest.mark.parametrize(
    ("path", "answer", "words"),
    [
        ("/robots.txt", Answer(status=500), r"robots\.txt: the server answers 500"),
        ("/list", moved("file:///etc/hostname"), "redirects to something that is no address of the web"),
        ("/list", moved("ftp://files.example/a"), "redirects to something that is no address of the web"),
        ("/list", moved("/list"), "without an end"),
        ("/list", Answer(b"no gzip", headers={"Content-Encoding": "gzip"}), "cannot be unpacked"),
    ],
)
def test_an_answer_that_is_no_page_is_said(server, client, path, answer, words):
    server.answers["/list"] = html("")
    server.answers[path] = answer
    with pytest.raises(RequestError, match=words):
        client.page(f"{server.url}/list")


def test_a_page_has_the_address_that_a_redirect_leads_to(server, client):
    server.answers["/old"], server.answers["/new"] = moved("/new"), html("papers")
    assert client.page(f"{server.url}/old").url == f"{server.url}/new"


def test_robots_txt_is_not_asked_for_where_it_does_not_count(server, opened):
    server.answers["/robots.txt"] = Answer(b"User-agent: *\nDisallow: /\n")
    server.answers["/list"] = html("papers")
    client = opened()
    assert client.page(f"{server.url}/list").content == b"papers"
    assert not server.asked("/robots.txt")


def test_a_delay_of_days_is_not_obeyed(server, client, time):
    server.answers["/robots.txt"] = Answer(b"User-agent: *\nCrawl-delay: 86400\n")
    server.answers["/list"] = html("")
    client.page(f"{server.url}/list")
    client.page(f"{server.url}/list")
    assert time.waits[-1] == 30.0


@pytest.mark.parametrize(
    ("header", "expected"), [("20", 22.0), ("Tue, 06 May 2031 12:00:30 GMT", 33.0), ("soon", 1.0), ("", 1.0)]
)
def test_what_a_server_asks_to_wait_is_waited(server, time, header, expected, opened):
    server.answers["/list"] = [Answer(status=429, headers={"Retry-After": header}), html("papers")]
    client = opened(per_second=10)
    assert client.page(f"{server.url}/list").content == b"papers"
    assert time.waits[0] == pytest.approx(expected)


def test_waits_grow_and_end(server, time, opened):
    server.answers["/list"] = Answer(status=503)
    client = opened(per_second=10)
    with pytest.raises(RequestError, match="503 Service Unavailable") as failed:
        client.page(f"{server.url}/list")
    assert time.waits == [1.0, 2.0, 4.0, 8.0]
    assert failed.value.may_pass


def test_a_server_that_asks_for_an_hour_is_left_alone(server, client, time):
    server.answers["/list"] = Answer(status=429, headers={"Retry-After": "3600"})
    with pytest.raises(SourceAwayError, match="asks to come back after 3600 seconds") as away, item_errors():
        client.page(f"{server.url}/list")
    assert sum(time.waits) < 10
    assert not away.value.may_pass


def test_all_waits_of_a_run_have_an_end(server, time, opened):
    client = opened()
    for number in range(20):
        server.answers[f"/{number}"] = Answer(status=503, headers={"Retry-After": "299"})
        with pytest.raises(RequestError):
            content(client, f"{server.url}/{number}")
    assert sum(time.waits) < 1000


def test_a_connection_that_breaks_is_tried_again(server, client):
    server.answers["/paper.pdf"] = [Answer(b"%PDF" * 50_000, cut=80_000), Answer(b"%PDF" * 50_000)]
    assert content(client, f"{server.url}/paper.pdf") == b"%PDF" * 50_000


@pytest.mark.parametrize("status", [401, 403, 404, 410, 423, 500])
def test_a_refusal_is_that_of_the_item(server, client, status):
    server.answers["/paper.pdf"] = Answer(status=status)
    with pytest.raises(ItemError, match=rf"/paper\.pdf: the server answers {status}"), item_errors():
        content(client, f"{server.url}/paper.pdf")
    assert len(server.asked("/paper.pdf")) == 1


def test_a_refusal_of_the_first_page_is_that_of_the_source(server, client):
    server.answers["/list"] = Answer(status=403)
    with pytest.raises(SourceAwayError, match="403 Forbidden") as refused, source_errors():
        client.page(f"{server.url}/list")
    assert not refused.value.may_pass


def test_three_failures_in_a_row_are_those_of_the_server(server, client):
    for number in range(3):
        server.answers[f"/{number}.pdf"] = Answer(status=503)
    server.answers["/list"] = html("")

    def failure(number):
        with pytest.raises((ItemError, SourceAwayError)) as caught, item_errors():
            content(client, f"{server.url}/{number}.pdf")
        return type(caught.value)

    assert [failure(0), failure(1)] == [ItemError, ItemError]
    client.page(f"{server.url}/list")
    assert [failure(0), failure(1), failure(2)] == [ItemError, ItemError, SourceAwayError]


def test_a_server_that_is_not_there_is_away(opened):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/list"
        client = opened(url)
        with pytest.raises(SourceAwayError, match="the server cannot be reached"), item_errors():
            client.page(url)


def test_files_have_a_largest_size(server, client):
    server.answers["/said.pdf"] = Answer(b"%PDF", headers={"Content-Length": str(2 << 20)})
    whole = {"Content-Length": "", "Connection": "close"}
    server.answers["/unsaid.pdf"] = Answer(b"x" * (1 << 20) + b"x", headers=whole)
    for name in ("said", "unsaid"):
        with pytest.raises(ItemError, match="it is larger than 1 MiB"), item_errors():
            content(client, f"{server.url}/{name}.pdf")


def test_a_public_page_leads_to_no_internal_server(server, opened):
    names = {"papers.example": ["93.184.216.34"], "127.0.0.1": ["127.0.0.1"]}
    client = opened("https://papers.example/list", addresses=names.__getitem__)
    with pytest.raises(RequestError, match="internal network"):
        content(client, f"{server.url}/admin.pdf")
    assert not server.requests


@pytest.fixture
def other():
    server = ScriptedServer()
    server.answers["/a.pdf"] = html("of another server")
    yield server
    server.stop()


@pytest.mark.parametrize("hosts", [None, ("*.example",), ("localhost",)])
def test_a_redirect_of_an_internal_server_leads_to_named_ones_alone(server, other, opened, hosts):
    server.answers["/a.pdf"] = moved(f"{other.url}/a.pdf".replace("127.0.0.1", "localhost"))
    client = opened(hosts=hosts)
    if hosts == ("localhost",):
        assert content(client, f"{server.url}/a.pdf") == b"of another server"
        return
    with pytest.raises(RequestError, match="redirects to localhost"):
        content(client, f"{server.url}/a.pdf")
    assert not other.requests


@pytest.mark.parametrize(
    "address",
    ["169.254.169.254", "fe80::1%eth0", "::ffff:169.254.1.1", "64:ff9b::a9fe:a9fe", "2002:a9fe:1::", "100.100.100.200"],
)
def test_addresses_of_set_up_are_never_asked(server, opened, address):
    names = {"127.0.0.1": ["127.0.0.1"], "papers.local": [address]}
    client = opened(hosts=("papers.local",), addresses=names.__getitem__)
    with pytest.raises(RequestError, match="machines set themselves up"):
        content(client, server.url.replace("127.0.0.1", "papers.local"))


def test_connections_are_made_to_the_address_that_was_checked(server, opened):
    server.answers["/list"] = html("papers")
    client = opened(server.url.replace("127.0.0.1", "papers.example"), addresses=lambda _: ["127.0.0.1"])
    url = server.url.replace("127.0.0.1", "papers.example")  # a name that nobody else resolves
    assert client.page(f"{url}/list").content == b"papers"
    assert server.asked("/list")[0].headers["Host"] == url.removeprefix("http://")


def test_a_public_source_does_not_become_an_internal_one_by_its_name(server, opened, proxy):
    server.answers["/list"] = html("papers")
    found = ["93.184.216.34"]
    client = opened("http://papers.example/", addresses=lambda _: tuple(found))
    assert client.page("http://papers.example/list").content == b"papers"
    found[:] = ["10.0.0.7"]
    with pytest.raises(RequestError, match="internal network"):
        client.page("http://papers.example/list")


@pytest.mark.parametrize("host", ["intranet", "wiki.local", "metadata.google.internal", "10.0.0.7", "[fd00::7]"])
def test_behind_a_proxy_names_that_are_internal_by_their_form_are_refused(server, opened, proxy, host):
    client = opened("http://papers.example/")
    with pytest.raises(RequestError, match="internal network"):
        content(client, f"http://{host}/a.pdf")
    assert not server.requests


def test_the_headers_of_a_file_come_without_it(server, client):
    headers = {"ETag": '"7"', "Last-Modified": "Tue, 06 May 2031 10:00:00 +0200"}
    server.answers["/paper.pdf"] = Answer(b"%PDF", headers=headers)
    found = client.headers(Request(f"{server.url}/paper.pdf", "paper"))
    state = file_state(found)
    assert (state.etag, state.size, state.modified.isoformat()) == ('"7"', 4, "2031-05-06T08:00:00+00:00")
    assert not server.asked("/paper.pdf")


@pytest.mark.parametrize("status", [400, 403, 405, 501])
def test_a_server_that_refuses_head_is_asked_by_get(server, client, status):
    def answer(request):
        return Answer(status=status) if request.method == "HEAD" else Answer(b"%PDF", headers={"ETag": '"7"'})

    server.answers["/paper.pdf"] = answer
    assert client.headers(Request(f"{server.url}/paper.pdf", "paper"))["ETag"] == '"7"'


def test_a_login_in_a_url_is_sent_to_its_server_alone(server, other, opened):
    server.answers["/a.pdf"] = moved("/b.pdf")
    elsewhere = f"{other.url}/a.pdf".replace("127.0.0.1", "localhost")
    server.answers["/b.pdf"] = moved(elsewhere)
    client = opened(hosts=("localhost",))
    url = f"{server.url}/a.pdf".replace("://", "://reader:p%C3%A4ss%2Fword@")
    with client.open(Request(url, "a.pdf")) as stream:
        assert stream.read() == b"of another server"
    given = f"Basic {base64.b64encode('reader:päss/word'.encode()).decode()}"
    assert [request.headers["Authorization"] for request in server.requests] == [given, given]
    assert "Authorization" not in other.requests[0].headers


@pytest.mark.parametrize("url", ["http://host/a@b", "http://host?a@b", "http://host#a@b", "http://host:80/x", "a@b"])
def test_a_sign_behind_the_host_begins_no_login(url):
    assert login_apart(url) == (url, {})


def test_a_proxy_of_the_environment_is_used(server, opened, proxy):
    server.answers["/list"] = html("by the proxy")
    client = opened("http://papers.example/")
    assert client.page("http://papers.example/list").content == b"by the proxy"
    assert server.asked("/list")[0].headers["Host"] == "papers.example"


def test_no_message_holds_a_signature(server, client):
    server.answers["/paper.pdf"] = moved("/signed?sig=verysecretvalue")
    server.answers["/signed"] = Answer(status=403)
    with pytest.raises(RequestError) as caught:
        content(client, f"{server.url}/paper.pdf?token=othersecretvalue")
    assert "secretvalue" not in str(caught.value)


def test_another_server_that_fails_is_not_asked_any_more_and_the_source_is_not_away(server, client):
    other = ScriptedServer()
    elsewhere = other.url.replace("127.0.0.1", "localhost")
    other.answers["/robots.txt"] = Answer(status=404)
    other.answers["/a.pdf"] = Answer(status=503)
    server.answers["/list"] = html("papers")
    for _ in range(4):
        with pytest.raises(ItemError), item_errors():
            content(client, f"{elsewhere}/a.pdf")
    asked = len(other.asked("/a.pdf"))
    with pytest.raises(ItemError, match="localhost failed 3 times"), item_errors():
        content(client, f"{elsewhere}/b.pdf")
    assert len(other.asked("/a.pdf")) == asked == 15
    assert client.page(f"{server.url}/list").content == b"papers"
    other.stop()


def test_a_robots_txt_that_redirects_has_no_rules_of_its_own(server, client):
    server.answers["/robots.txt"] = moved("/rules")
    server.answers["/rules"] = Answer(b"User-agent: *\nDisallow: /members/\n")
    server.answers["/list"] = html("papers")
    assert client.page(f"{server.url}/list").content == b"papers"
    with pytest.raises(RequestError, match="forbids it"):
        client.page(f"{server.url}/members/list")


@pytest.mark.parametrize("url", ["http://[::1/a.pdf", "ftp://files.example/a", "http://", "http://\udcff/", "a.pdf"])
def test_what_is_no_address_is_said(client, url):
    with pytest.raises(RequestError, match="is no address of the web"):
        client.page(url)


def test_validators_that_no_header_can_hold_are_left_out():
    assert Validators("\N{SNOWMAN}", "a\nb").headers() == {}


@pytest.mark.parametrize(
    ("name", "value"), [("HTTPS_PROXY", "nonsense://user:s3cret@proxy"), ("SSL_CERT_FILE", "/nowhere/certificates.pem")]
)
def test_an_environment_that_cannot_be_used_is_said(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    with pytest.raises(UsageError, match=name) as caught:
        WebClient("https://papers.example/", most_mib=1)
    assert "s3cret" not in str(caught.value)


def test_each_piece_that_a_slow_server_sends_is_a_step():
    stepped, pieces = threading.Semaphore(0), 4
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve():
            taken, _ = listening.accept()
            with taken:
                taken.recv(CHUNK)
                stepped.acquire(timeout=30)  # the request itself
                taken.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: {pieces * CHUNK}\r\n\r\n".encode())
                for _ in range(pieces):  # as slow as who reads: nothing comes before the last piece was told of
                    taken.sendall(bytes(CHUNK))
                    if not stepped.acquire(timeout=30):
                        return

        serving = threading.Thread(target=serve)
        serving.start()
        client = WebClient(f"http://127.0.0.1:{listening.getsockname()[1]}", most_mib=1, robots=False)
        with steps_told_to(stepped.release):
            assert len(content(client, f"http://127.0.0.1:{listening.getsockname()[1]}/slow.pdf")) == pieces * CHUNK
        client.close()
        serving.join()
