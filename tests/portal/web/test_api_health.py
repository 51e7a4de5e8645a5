"""Health, readiness and counters."""

from prometheus_client.parser import text_string_to_metric_families

from tests.portal.web.conftest import asked, keys_of

ELSEWHERE = ("192.0.2.7", 50000)
OWN = {
    "customs_lens_requests": "counter",
    "customs_lens_request_seconds": "summary",
    "customs_lens_searches": "counter",
    "customs_lens_start_time_seconds": "gauge",
}
"""What the portal counts of itself, as Prometheus knows it."""


def metrics_of(text):
    """What Prometheus reads, by name; each name stands there once."""
    found = list(text_string_to_metric_families(text))
    by_name = {metric.name: metric for metric in found}
    assert len(found) == len(by_name)
    return by_name


def test_anybody_may_ask_whether_it_lives_and_is_ready(papers_home):
    with asked(papers_home, client=ELSEWHERE) as client:
        assert (client.get("/healthz").status_code, client.get("/healthz").text) == (200, "ok\n")
        assert client.get("/readyz").json() == {"status": "ready", "detail": None}


def test_without_an_index_it_lives_and_is_not_ready(tmp_path):
    with asked(tmp_path) as client:
        assert client.get("/healthz").status_code == 200
        answer = client.get("/readyz")
        assert (answer.status_code, answer.json()["status"]) == (503, "unavailable")
        assert "there is no index yet" in answer.json()["detail"]
        assert client.get("/api/v1/search?q=x").status_code == 503
    with asked(tmp_path, client=ELSEWHERE) as stranger:
        assert str(tmp_path) not in stranger.get("/readyz").text


def test_metrics_are_for_who_looks_after_the_home(own_home):
    keys = keys_of(own_home, reader="reader", reviewer="reviewer", admin="admin")
    with asked(own_home) as client:
        codes = {role: client.get("/metrics", headers=key).status_code for role, key in keys.items()}
        assert codes == {"reader": 403, "reviewer": 403, "admin": 200}
        assert client.get("/metrics").status_code == 401


def test_metrics_count_requests_by_route_and_status(papers_home):
    with asked(papers_home) as client:
        for address in ("/api/v1/search?q=a&mode=text", "/api/v1/search?q=b&mode=text", "/api/v1/search?bad=1"):
            client.get(address)
        client.get("/?q=secret+words&mode=text")
        client.get("/nothing/here")
        client.get("/static/portal.js")
        client.get("/api/v1/documents/nothing")
        client.get("/about", headers={"Host": "evil.example"})
        text = client.get("/metrics").text
    found = metrics_of(text)
    requests = {
        (one.labels["route"], one.labels["method"], one.labels["status"]): one.value
        for one in found["customs_lens_requests"].samples
    }
    assert requests == {
        ("/", "GET", "200"): 1,
        ("/api/v1/documents/{document_id}", "GET", "404"): 1,
        ("/api/v1/search", "GET", "200"): 2,
        ("/api/v1/search", "GET", "422"): 1,
        ("/static", "GET", "200"): 1,
        ("other", "GET", "404"): 1,
        ("other", "GET", "421"): 1,
    }
    assert [one.value for one in found["customs_lens_searches"].samples] == [3]
    seconds = {(one.name, one.labels["route"]): one.value for one in found["customs_lens_request_seconds"].samples}
    assert seconds["customs_lens_request_seconds_count", "/api/v1/search"] == 3
    assert 0 < seconds["customs_lens_request_seconds_sum", "/api/v1/search"] < 60
    own = {name: metric.type for name, metric in found.items() if name in OWN}
    assert own == OWN
    assert "secret" not in text


def test_metrics_tell_of_the_home_too(papers_home):
    with asked(papers_home) as client:
        text = client.get("/metrics").text
    found = metrics_of(text)
    assert {one.labels["outcome"]: one.value for one in found["customs_lens_documents"].samples}["indexed"] == 21
    assert {one.labels["status"]: one.value for one in found["customs_lens_last_run_status"].samples}["done"] == 1
    assert found["customs_lens_passages"].type == "gauge"
