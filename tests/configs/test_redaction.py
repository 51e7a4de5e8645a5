"""Texts and names without credentials and signatures."""

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configs.errors import CustomsLensError, UnavailableError
from configs.redaction import RedactingFilter, redact, without_secrets

AZURE = "sv=2022-11-02&st=2024-01-01T00%3A00%3A00Z&se=2024-02-01&sr=b&sp=r&spr=https&sip=10.0.0.1&skoid=1&sig=aB%2Bc%3D"
AWS = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AK%2F1&X-Amz-Date=2024&X-Amz-Expires=60&X-Amz-Signature=abc"
GOOGLE = "X-Goog-Algorithm=GOOG4&X-Goog-Credential=a%40b&X-Goog-Signature=abc"


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("http://bob:SECRET@host/x.txt", "http://host/x.txt"),
        ("http://bob:SECRET@host:81/x.txt?page=2", "http://host:81/x.txt?page=2"),
        ("https://SECRET@host/x", "https://host/x"),
        ("http://bob:SEC@RET@host/x", "http://host/x"),
        ("http://bob:SEC/RET@host/x@y", "http://host/x@y"),
        ("http://bob:SEC?RET@host/x", "http://host/x"),
        ("ftp://bob:SECRET@[::1]:21/x", "ftp://[::1]:21/x"),
        ('http://bob:SE CR"ET@host/x', "http://host/x"),
        (f"https://a.blob.core.windows.net/c/x.pdf?{AZURE}", "https://a.blob.core.windows.net/c/x.pdf"),
        (f"https://a.example/x.pdf?versionid=7&{AZURE}", "https://a.example/x.pdf?versionid=7"),
        (f"https://b.s3.amazonaws.com/x.pdf?{AWS}&versionId=3", "https://b.s3.amazonaws.com/x.pdf?versionId=3"),
        ("https://b.s3.amazonaws.com/x?AWSAccessKeyId=A&Signature=s&Expires=1", "https://b.s3.amazonaws.com/x"),
        (f"https://storage.googleapis.com/b/x?{GOOGLE}", "https://storage.googleapis.com/b/x"),
        ("https://cdn.example/x?Expires=1&Policy=p&Signature=s&Key-Pair-Id=K", "https://cdn.example/x"),
        ("https://host/x?id=5&token=SECRET&lang=fr", "https://host/x?id=5&lang=fr"),
        ("https://host/x?TOKEN=SECRET", "https://host/x"),
        ("https://host/x?%74oken=SECRET", "https://host/x"),
        ("https://host/x#access_token=SECRET&page=2", "https://host/x#page=2"),
        ("https://host/x?password=S&expires=9#page=3", "https://host/x#page=3"),
        ("https://host/x?code=Zt0aB3dEf9GhIjKlMn-OpQ==", "https://host/x"),
        ("https://host/x?key=AIzaSyD0123456789abcdefghij", "https://host/x"),
        ("zip://a.txt::http://bob:SECRET@host/x.zip?sig=S&se=1", "zip://a.txt::http://host/x.zip"),
        ("mail://a b.txt::zip://m.eml::http://b:S@host/x.zip", "mail://a b.txt::zip://m.eml::http://host/x.zip"),
        ("simplecache::http://bob:SECRET@host/x", "simplecache::http://host/x"),
        ("s3://AKIA:SECRET@bucket/x", "s3://bucket/x"),
    ],
)
def test_a_name_holds_no_credentials_and_no_signature(given, wanted):
    assert without_secrets(given) == wanted
    assert without_secrets(wanted) == wanted


@pytest.mark.parametrize(
    "name",
    [
        "https://host/get?key=PC0345E1a",
        "https://host/get?code=4711",
        "https://host/get?key=0a1b2c3d-0a1b-2c3d-4e5f-0a1b2c3d4e5f",
        "https://host/get?se=2&sp=1&expires=never",
        "https://host/@bob/x?page=2#page=3",
        "http://[::1]:80/x",
        "abfs://papers@account.dfs.core.windows.net/x.pdf",
        "github://wco:papers@main/x.pdf",
        "file:///papers/what?token=1.txt",
        "file:///papers/http:/bob:x@host",
        "zip://what?sig=1.txt::file:///papers/a.zip",
        "/papers/a?token=1.txt",
        "https://host/x?",
        "https://host/x?a&b",
    ],
)
def test_a_name_without_secrets_stays_as_it_is(name):
    assert without_secrets(name) == name


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("http://bob:SECRET@host/x.txt: cannot be read", "http://host/x.txt: cannot be read"),
        ("404, url='http://host/x?sig=SECRET'", "404, url='http://host/x'"),
        ("(see https://host/x?token=SECRET).", "(see https://host/x)."),
        ("'zip://a.txt::http://bob:SECRET@host/x.zip?sig=S': no", "'zip://a.txt::http://host/x.zip': no"),
        ('{"source": "http://b:S@h/x?sig=S", "to": "b@h"}', '{"source": "http://h/x", "to": "b@h"}'),
        ("http:/bob:SECRET@host/x?sig=S: no such file", "http:/host/x: no such file"),
        ("C:/papers/bob@host and file:/a@b?token=1", "C:/papers/bob@host and file:/a@b?token=1"),
        ("http://a:1@x/ and http://b:2@y/", "http://x/ and http://y/"),
        ("write to bob@host: see http://host", "write to bob@host: see http://host"),
    ],
)
def test_a_text_holds_none_either(text, wanted):
    assert redact(text) == wanted


URLS = st.lists(st.sampled_from(["http://", "::", "zip://", "a", "@", ":", "/", "?", "#", "&", "sig=", "1", " "]))
PASSWORDS = st.text("abcdefghijklmnopqrstuvwxyzABC0123456789-._~%!$&'()*+,;=:/?# ").filter(
    lambda text: "::" not in text
)


@given(URLS.map("".join))
def test_what_is_redacted_once_stays(text):
    assert redact(redact(text)) == redact(text)
    assert without_secrets(without_secrets(text)) == without_secrets(text)


@given(PASSWORDS)
def test_no_password_is_left_before_a_host(password):
    assert without_secrets(f"http://bob:SECRET{password}@host/x") == "http://host/x"


def test_errors_hold_none():
    error = UnavailableError("http://bob:SECRET@host/x: is away", "try http://host/x?token=SECRET")
    assert "SECRET" not in f"{error} {error!r} {error.message} {error.remedy} {error.args}"
    assert str(CustomsLensError("http://bob:SECRET@host/x")) == "http://host/x"


def test_log_records_hold_none_and_neither_do_their_tracebacks(caplog):
    logger = logging.getLogger("test.redaction")
    written = []

    class Handler(logging.Handler):
        def emit(self, record):
            written.append(self.format(record))

    handler = Handler()
    handler.addFilter(RedactingFilter())
    logger.addHandler(handler)
    try:
        try:
            (_ for _ in ()).throw(OSError("http://bob:SECRET@host/x"))
        except OSError:
            logger.exception("%s at %d", "http://host/x?token=SECRET", 7)
        logger.warning("headers {'Authorization': 'Basic Ym9iOlNFQ1JFVA=='} sent")
    finally:
        logger.removeHandler(handler)
    assert "SECRET" not in "".join(written)
    assert "Ym9i" not in written[1]
    assert "http://host/x at 7" in written[0]
    assert "OSError: http://host/x" in written[0]
