"""A home whose access keys are damaged or gone lets nobody in, and says what to do."""

import logging

import pytest

from pipelines.access.keys import KeyStore
from tests.portal.web.conftest import asked

ADDRESSES = ["/", "/login", "/runs", "/about", "/metrics", "/api/v1/search?q=window", "/nothing/here"]


def bearer(secret):
    return {"Authorization": f"Bearer {secret}"}


def damage(home):
    (home / "keys.json").write_text("{}")


def lose(home):
    (home / "keys.json").unlink()


def revoke(home):
    KeyStore(home).revoke("ana")


@pytest.fixture(params=[damage, lose, revoke])
def spoil(request):
    return request.param


def refused_everywhere(client, home, secret):
    for address in ADDRESSES:
        for headers in ({}, bearer(secret), {"Accept": "text/html"}):
            answer = client.get(address, headers=headers)
            assert (address, answer.status_code) == (address, 503)
            assert "customs-lens keys list" in answer.text
            assert str(home) not in answer.text
    assert client.post("/login", data={"key": secret}).status_code == 503
    assert client.get("/healthz").status_code == 200
    assert client.get("/static/portal.js").status_code == 200
    ready = client.get("/readyz")
    assert (ready.status_code, "access keys" in ready.json()["detail"]) == (503, True)


def test_nobody_is_let_in_under_a_running_server_nor_after_a_restart(home, secret, spoil):
    with asked(home) as client:
        assert client.get("/about", headers=bearer(secret)).status_code != 401
        spoil(home)
        refused_everywhere(client, home, secret)
    with asked(home) as client:
        refused_everywhere(client, home, secret)


def test_the_session_of_a_key_that_is_gone_lets_nobody_in(home, secret, spoil):
    with asked(home) as client:
        assert client.post("/login", data={"key": secret}).status_code == 303
        spoil(home)
        assert client.get("/about").status_code == 503


def test_a_running_server_says_it_once(home, secret, spoil, caplog):
    with asked(home) as client:
        client.get("/about", headers=bearer(secret))
        spoil(home)
        with caplog.at_level(logging.ERROR):
            for _ in range(3):
                client.get("/about")
    told = [one.getMessage() for one in caplog.records if "nobody is let in" in one.getMessage()]
    assert len(told) == 1
    assert str(home / "keys.json") in told[0]


@pytest.mark.parametrize("spoil", [lose, revoke], indirect=True)
def test_a_new_key_opens_it_to_its_owner_alone(home, secret, spoil):
    with asked(home) as client:
        spoil(home)
        assert client.get("/login").status_code == 503
        new = KeyStore(home).add("ana", "admin", None).secret
        assert client.get("/login").status_code == 200
        assert client.get("/login", headers=bearer(new)).status_code == 200
        assert client.get("/runs").status_code == 401
        assert client.get("/runs", headers=bearer(secret)).status_code == 401


def test_keys_that_were_put_there_by_hand_count_as_made(home, secret, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "keys.json").write_bytes((home / "keys.json").read_bytes())
    with asked(other) as client:
        client.get("/login")
    (other / "keys.json").unlink()
    with asked(other) as client:
        assert client.get("/runs").status_code == 503


def test_a_home_that_never_had_keys_is_its_owners(home):
    home.mkdir()
    with asked(home) as client:
        assert client.get("/metrics").status_code == 200
