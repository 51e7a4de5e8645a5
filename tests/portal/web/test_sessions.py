"""A session ends where its owner says so, for every server of the home."""

import os
import time

import pytest

from portal.web.sessions import SESSION_COOKIE, SESSION_SECONDS, Sessions
from tests.portal.web.conftest import asked

OWN = {"Origin": "http://127.0.0.1"}


def signed_in(client, secret):
    client.post("/login", data={"key": secret})
    return client.cookies[SESSION_COOKIE]


def test_the_cookie_of_a_session_that_was_ended_is_none(home, secret):
    with asked(home) as client, asked(home) as other_server:
        cookie = signed_in(client, secret)
        other_server.cookies.set(SESSION_COOKIE, cookie)
        assert other_server.get("/metrics").status_code == 200
        assert client.post("/logout", headers=OWN).status_code == 303
        client.cookies.set(SESSION_COOKIE, cookie)
        assert client.get("/metrics").status_code == 401
        assert other_server.get("/metrics").status_code == 401
    with asked(home) as restarted:
        restarted.cookies.set(SESSION_COOKIE, cookie)
        assert restarted.get("/metrics").status_code == 401
        assert restarted.get("/metrics", headers={"Accept": "text/html"}).headers["location"].startswith("/login")


def test_another_session_of_the_same_key_goes_on(home, secret):
    with asked(home) as client, asked(home) as other_browser:
        signed_in(client, secret)
        signed_in(other_browser, secret)
        client.post("/logout", headers=OWN)
        assert other_browser.get("/metrics").status_code == 200


def test_notes_of_ended_sessions_go_when_their_cookies_are_too_old(home, secret):
    sessions = Sessions(home)
    for _ in range(3):
        sessions.end(sessions.begin("key"))
    old = time.time() - SESSION_SECONDS - 60
    for note in (home / "ended-sessions").iterdir():
        os.utime(note, (old, old))
    sessions.end(sessions.begin("key"))
    assert len(list((home / "ended-sessions").iterdir())) == 1


@pytest.mark.parametrize("cookie", ["", "x", "ImFkbWluIg.aaaa.bbbb"])
def test_a_forged_session_leaves_no_note(home, cookie):
    Sessions(home).end(cookie)
    assert not (home / "ended-sessions").exists()


def test_where_nobody_can_see_what_was_ended_a_session_is_none(home):
    sessions = Sessions(home)
    cookie = sessions.begin("key")
    assert sessions.key_of(cookie) == "key"
    (home / "ended-sessions").write_text("")
    assert sessions.key_of(cookie) is None
