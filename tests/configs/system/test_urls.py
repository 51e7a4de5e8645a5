"""URLs whose passwords hold what ends them: taken apart as people mean them, and never quoted."""

from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configs.system.urls import server_parts, split_scheme, split_user, with_encoded_user, with_small_schemes

AWKWARD = ["/", ":", "@", "#", "?", "%", "[", "]", "[x]", "℀", " ", "%41"]
PASSWORDS = [*(f"SEK{sign}RET9" for sign in AWKWARD), "9200/SEKRET9", "SEK/RET:9@a#b?c%d[e]f"]


@pytest.mark.parametrize("password", PASSWORDS)
def test_a_server_is_found_behind_any_password(password):
    parts = server_parts(f"http://elastic:{password}@es.example:9200/x", ("http",))
    assert (parts.hostname, parts.port, parts.path) == ("es.example", 9200, "/x")
    assert parts.username == "elastic"
    assert unquote(parts.password or "") == unquote(password)


@pytest.mark.parametrize(
    "url",
    [
        "elastic:SEKRET@h",
        "ftp://u:SEKRET@h",
        "http://u:SEK/RET@",
        "http://u:SEKRET@h:port",
        "http://u:SEKRET@[h]:1",
        "http://u:SEKRET@h:99999",
        "http://u:SEKRET@h:0",
        "http://SEK[RET",
        "http://h:SEKRET",
        "//u:SEKRET@h",
        "",
    ],
)
def test_a_url_of_no_server_is_refused_without_a_word_of_it(url):
    with pytest.raises(ValueError, match="is no URL of a server") as refused:
        server_parts(url, ("http", "https"))
    assert refused.value.__suppress_context__ or refused.value.__context__ is None
    assert "SEK" not in str(refused.value)


@given(st.text(st.characters(min_codepoint=0x21, max_codepoint=0x2FFF)))
def test_the_last_sign_ends_the_password_of_a_server(password):
    parts = server_parts(f"https://u:{password}@h/", ("https",))
    assert parts.hostname == "h"
    assert unquote(parts.password or "") == unquote(password)


@pytest.mark.parametrize("password", PASSWORDS)
def test_an_encoded_user_ends_before_the_host_for_every_library(password):
    url = f"https://bob:{password}@papers.example/a@b.pdf?c=d@e#f"
    encoded = urlsplit(with_encoded_user(url))
    found = (encoded.hostname, encoded.path, encoded.query, encoded.fragment)
    assert found == ("papers.example", "/a@b.pdf", "c=d@e", "f")
    assert (encoded.username, unquote(encoded.password or "")) == ("bob", unquote(password))


@pytest.mark.parametrize(
    "url",
    [
        "https://host/a@b.pdf",
        "http://host:80/a@b.pdf",
        "https://bob:p%40ss@host/x",
        "file:///a@b",
        "nothing@all",
        "a:b@c",
        "http://host:80/list?user=bob@example.org",
        "http://example.org:8080/@bob/x",
        "http://127.0.0.1:8000/a@b/c",
    ],
)
def test_what_needs_no_encoding_stays_as_it_is(url):
    assert with_encoded_user(url) == url


@pytest.mark.parametrize(
    ("url", "user"),
    [
        ("http://bob:1234/SECRET@host/x", "bob:1234/SECRET"),
        ("http://bob:1234/SEC=RET@host:80", "bob:1234/SEC=RET"),
        ("http://bob:1234#SECRET@host/x", "bob:1234#SECRET"),
        ("http://bob@example.org:1234/SECRET@host.example/x", "bob@example.org:1234/SECRET"),
        ("http://bob@example.org:8080/a@b/x", "bob"),
        ("http://bob:SEC/R@ET/9@host.example/x@y", "bob:SEC/R@ET/9"),
        ("http://bob:S/T@host/x@y", "bob:S/T"),
        ("ftp://bob:p@s/s:#?@127.0.0.1:21/x", "bob:p@s/s:#?"),
        ("http://bob:p@s/s@host.example/x@y", "bob:p@s/s"),
        ("http://bob:p@host/x@y.pdf", "bob:p"),
        ("http://bob:p@host.example/x@y.example", "bob:p"),
        ("http://bob:S/T@host/x@y.pdf", "bob:S/T"),
    ],
)
def test_digits_before_a_slash_are_a_password_or_a_port(url, user):
    scheme, _, rest = split_scheme(url)
    assert split_user(scheme, rest)[0] == user


@pytest.mark.parametrize(
    ("written", "known"),
    [
        ("HTTP://Host.example/A.pdf", "http://Host.example/A.pdf"),
        ("ZIP://A.txt::HTTPS://host/B.zip", "zip://A.txt::https://host/B.zip"),
        ("papers/HTTP:", "papers/HTTP:"),
    ],
)
def test_a_scheme_in_capitals_names_the_same_papers(written, known):
    assert with_small_schemes(written) == known
