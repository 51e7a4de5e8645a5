"""Health, readiness and counters."""

import re

import pytest

from pipelines.access.keys import KeyStore
from tests.portal.web.conftest import asked

pytestmark = pytest.mark.model
ELSEWHERE = ("192.0.2.7", 50000)


def test_anybody_may_ask_whether_it_lives_and_is_ready(sample_home):
    with asked(sample_home, client=ELSEWHERE) as client:
        assert (client.get("/healthz").status_code, client.get("/healthz").text) == (200, "ok\n")
        assert client.get("/readyz").json() == {"status": "ready", "detail": None}


def test_without_an_index_it_lives_and_is_not_ready(tmp_path):
    with asked(tmp_path) as client:
        assert client.get("/healthz").status_code == 200
        answer = client.get("/readyz")
        assert (answer.status_code, answer.json()["status"]) == (503, "unavailable")
        assert "there is no index yet" in answer.json()["detail"]
        assert client.get("/api/v1/search?q=x").status_code == 503


def test_a_stranger_is_not_told_where_things_lie(tmp_path):
    with asked(tmp_path, client=ELSEWHERE) as client:
        assert str(tmp_path) not in client.get("/readyz").text


def test_metrics_are_for_who_looks_after_the_home(own_home):
    store = KeyStore(own_home)
    keys = {role: store.add(role, role, None).secret for role in ("reader", "reviewer", "admin")}
    with asked(own_home) as client:
        codes = {
            role: client.get("/metrics", headers={"Authorization": f"Bearer {key}"}).status_code
            for role, key in keys.items()
        }
        assert codes == {"reader": 403, "reviewer": 403, "admin": 200}
        assert client.get("/metrics").status_code == 401


def test_metrics_count_requests_by_route_and_status(sample_home):
    with asked(sample_home) as client:
        for address in ("/api/v1/search?q=a&mode=text", "/api/v1/search?q=b&mode=text", "/api/v1/search?bad=1"):
            client.get(address)
        client.get("/?q=secret+words&mode=text")
        client.get("/nothing/here")
        client.get("/static/portal.js")
        client.get("/api/v1/documents/nothing")
        client.get("/about", headers={"Host": "evil.example"})
        text = client.get("/metrics").text
    counts = dict(re.findall(r"^customs_lens_requests_total\{(.+)\} (\d+)$", text, re.MULTILINE))
    assert counts == {
        'route="/",method="GET",status="200"': "1",
        'route="/api/v1/documents/{document_id}",method="GET",status="404"': "1",
        'route="/api/v1/search",method="GET",status="200"': "2",
        'route="/api/v1/search",method="GET",status="422"': "1",
        'route="/static",method="GET",status="200"': "1",
        'route="other",method="GET",status="404"': "1",
        'route="other",method="GET",status="421"': "1",
    }
    assert "customs_lens_searches_total 3" in text
    assert 'customs_lens_request_seconds_count{route="/api/v1/search"} 3' in text
    assert "secret" not in text


def test_metrics_tell_of_the_home_too(sample_home):
    with asked(sample_home) as client:
        text = client.get("/metrics").text
    assert 'customs_lens_documents{outcome="indexed"} 21' in text
    assert 'customs_lens_last_run_status{status="done"} 1' in text
    assert text.count("# TYPE customs_lens_passages gauge") == 1
