"""A cluster that is busy, goes away, or is not what it should be."""

import http.server
import json
import ssl
import threading
from collections.abc import Callable

import pytest
from elastic_transport import ApiResponseMeta, HttpHeaders
from elasticsearch import ApiError
from elasticsearch.helpers import actions

from configs.elasticsearch import ElasticsearchSettings
from configs.system.errors import MismatchError, UnavailableError, UsageError
from index.elastic import bulk
from index.elastic.client import NotReadyError, connect
from index.elastic.journal import Journal
from index.elastic.snapshot import Snapshot
from index.filters import EVERYTHING
from index.results import SearchRequest
from tests.certificates import make_certificate
from tests.crew import Member

pytestmark = pytest.mark.elasticsearch
MEGABYTE = 1 << 20


@pytest.fixture
def fragile(cluster, fragile_node):
    return cluster.model_copy(update={"url": fragile_node.url, "name": f"{cluster.name}-fragile"})


def found(engine):
    request = SearchRequest(filters=EVERYTHING, mode="text", passages=50)
    return sorted(one.text for hit in engine.search(request, None).hits for one in hit.passages)


def test_rows_that_a_busy_cluster_turns_away_are_sent_again(monkeypatch, fragile, opened):
    """Several senders exceed what the node takes at once; every row arrives in the end."""
    opened(write=True, settings=fragile)
    pauses = []
    sleep = actions.time.sleep
    monkeypatch.setattr(actions.time, "sleep", lambda seconds: pauses.append(seconds) or sleep(seconds))
    monkeypatch.setattr(bulk, "_RETRIES", 12)
    monkeypatch.setattr(bulk, "_ROWS", 50)
    state = {"record": "other", "state": {"text": "x" * (MEGABYTE // 50)}}

    def send(sender):
        cluster = connect(fragile)
        rows = [{"_index": cluster.documents, "_id": f"{sender}-{n}", "_source": state} for n in range(150)]
        sent.append(bulk.write(cluster, rows))
        cluster.client.close()

    sent: list[int] = []
    senders = [threading.Thread(target=send, args=(number,)) for number in range(6)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert sent == [150] * 6
    assert pauses


def test_a_document_that_is_turned_away_for_good_is_not_there_in_part(fragile, opened, make):
    engine = opened(write=True, settings=fragile)
    small, large = make.paper("a", "small"), make.paper("b", "large", "large " * (MEGABYTE // 8))
    engine.put(small, make.vectors(small), versions={})
    with pytest.raises(UnavailableError, match=r"rows were rejected.*status 429: rejected execution.*too busy"):
        engine.put(large, make.vectors(large), versions={})
    engine.flush()
    assert found(engine) == ["small"]
    assert all(check.ok for check in engine.checks())


def test_an_outage_loses_nothing_that_was_put(fragile, fragile_node, opened, make):
    engine = opened(write=True, settings=fragile)
    papers = [make.paper(name, f"paper {name}", "more") for name in "abc"]
    engine.put(papers[0], make.vectors(papers[0]), versions={})
    engine.flush()
    engine.put(papers[1], make.vectors(papers[1]), versions={})
    fragile_node.kill()
    with pytest.raises(UnavailableError, match="cannot be reached"):
        engine.put(papers[2], make.vectors(papers[2]), versions={})
    with pytest.raises(UnavailableError, match="cannot be reached"):
        engine.close()
    fragile_node.start()
    Member.alive.clear()
    after = opened(write=True, settings=fragile)
    assert found(after) == ["more", "more", "paper a", "paper b"]
    after.put(papers[2], make.vectors(papers[2]), versions={})
    assert len(found(after)) == 6


@pytest.fixture
def answering():
    """Start a server that answers every request the same way, and return its port."""
    servers = []

    def start(status, body, *, tls: ssl.SSLContext | None = None) -> int:
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                content = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("X-Elastic-Product", "Elasticsearch")
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if tls:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server.server_port

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def version(number):
    return {"version": {"number": number}, "tagline": "You Know, for Search"}


@pytest.mark.parametrize(
    ("status", "body", "error", "words"),
    [
        (200, version("8.19.0"), MismatchError, "version 8.19.0, this program speaks 9"),
        (400, {"error": {"type": "media_type_header_exception", "reason": "x"}}, MismatchError, "of version 9"),
        (401, {"error": {"type": "security_exception", "reason": "no"}}, UsageError, "correct ELASTICSEARCH_API_KEY"),
        (403, {"error": {"type": "security_exception", "reason": "no"}}, UsageError, "lacks a right: no"),
        (503, {"error": {"type": "x", "reason": "no master"}}, UnavailableError, "answers 503: no master"),
    ],
)
def test_a_cluster_that_will_not_do_is_refused_with_the_remedy(
    answering: Callable[..., int], status, body, error, words
):
    settings = ElasticsearchSettings(url=f"http://127.0.0.1:{answering(status, body)}")
    with pytest.raises(error, match=words):
        connect(settings)


def test_no_message_tells_the_password(answering):
    port = answering(401, {"error": {"type": "security_exception", "reason": "no"}})
    with pytest.raises(UsageError) as refused:
        connect(ElasticsearchSettings(url=f"http://ana:secret@127.0.0.1:{port}"))
    assert str(refused.value).startswith(f"http://127.0.0.1:{port}: ")


def test_a_certificate_is_checked_with_those_that_are_given(answering, tmp_path):
    certificate, key = make_certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    url = f"https://127.0.0.1:{answering(200, version('9.1.0'), tls=context)}"
    with pytest.raises(UnavailableError, match="certificate"):
        connect(ElasticsearchSettings(url=url))
    connect(ElasticsearchSettings(url=url, ca_certs=certificate)).client.close()
    with pytest.raises(UnavailableError, match="no such file"):
        connect(ElasticsearchSettings(url=url, ca_certs=tmp_path / "gone.pem"))


NO_SHARDS = {"type": "search_phase_execution_exception", "reason": "all shards failed", "root_cause": []}
DELETED = {"type": "index_not_found_exception", "reason": "no such index [x]"}


@pytest.mark.parametrize(
    "error", [NO_SHARDS, NO_SHARDS | {"root_cause": [DELETED]}, NO_SHARDS | {"caused_by": DELETED}]
)
def test_a_question_waits_while_the_cluster_cannot_reach_an_index(monkeypatch, opened, make, error):
    """As when an index was only just made, or is moved from one node to another: no test can make that happen."""
    writer, reader = opened(write=True), opened()
    paper = make.paper("a", "small")
    writer.put(paper, make.vectors(paper), versions={})
    writer.flush()
    client = reader._cluster.client
    real = client.open_point_in_time
    meta = ApiResponseMeta(503, "1.1", HttpHeaders(), 0.0, client.transport.node_pool.get().config)
    answers = [ApiError("search_phase_execution_exception", meta, {"error": error})] * 2

    def open_point_in_time(**asked):
        if answers:
            raise answers.pop()
        return real(**asked)

    monkeypatch.setattr(client, "open_point_in_time", open_point_in_time)
    assert found(reader) == ["small"]
    assert not answers


def test_rows_of_an_index_that_no_node_holds_are_asked_for_again(cluster, raw):
    """As those of a version that is made anew under the name of one that a reader still looks at."""
    nowhere = {"number_of_replicas": 0, "routing.allocation.require._name": "no such node"}
    raw.client.indices.create(index=raw.at(7).documents, settings=nowhere, wait_for_active_shards=0)
    snapshot = Snapshot(raw, ("", ""), Journal())
    with pytest.raises(NotReadyError):
        snapshot.sources([{"_index": raw.at(7).documents, "_id": "a"}])
