"""Texts and names without credentials and signatures."""

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configs.system.errors import CustomsLensError, UnavailableError
from configs.system.redaction import RedactingFilter, redact, without_secrets

AZURE = "sv=2022-11-02&st=2024-01-01T00%3A00%3A00Z&se=2024-02-01&sr=b&sp=r&spr=https&sip=10.0.0.1&skoid=1&sig=aB%2Bc%3D"
AWS = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AK%2F1&X-Amz-Date=2024&X-Amz-Expires=60&X-Amz-Signature=abc"
LOGIN = "https://login.example/?to=https%3A%2F%2F"
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
        ("https://host/x?a=1;token=SECRET", "https://host/x?a=1"),
        ("https://host/x?token=SECRET;a=1&b=2", "https://host/x?a=1&b=2"),
        ("https://host/x?a=1;token=SEC;RET==;b=2", "https://host/x?a=1;b=2"),
        ("https://host/x?next=/y?token=SECRET", "https://host/x?next=/y"),
        ("https://host/x?sessionid=SECRET&Session_ID=SECRET&PHPSESSID=SECRET&sid=SECRET&auth=SECRET", "https://host/x"),
        ("https://host/x?JSESSIONID=SECRET&session=205", "https://host/x?session=205"),
        ("https://host/a;jsessionid=SECRET/b;v=1;sid=SECRET?page=2", "https://host/a/b;v=1?page=2"),
        ("https://host/x;jsessionid=SECRET.node1!77", "https://host/x"),
        ("https://host/x#/page?access_token=SECRET", "https://host/x#/page"),
        ("https://host/x#a=1;id_token=SECRET", "https://host/x#a=1"),
        ("https://host/x?%2574oken=SECRET&%54oken=SECRET", "https://host/x"),
        ("https://host/x?s%69d=SECRET", "https://host/x"),
        ("http://bob:1234/SECRET@host/", "http://host/"),
        ("http://bob:1234/SECRET@host:81/x", "http://host:81/x"),
        ("http://bob:1234?SECRET@host/x", "http://host/x"),
        ("http://bob@example.org:1234/SECRET@host:80/x", "http://host:80/x"),
        ("http://bob:SEC/R@E/T@host.example/x", "http://host.example/x"),
        ("https://archive.example/http://bob:SECRET@host/x?sid=SECRET", "https://archive.example/http://host/x"),
        (f"{LOGIN}bob%3ASECRET%40host%2Fx%3Fticket%3DSECRET%26page%3D2", f"{LOGIN}host%2Fx%3Fpage%3D2"),
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
        "https://host/x?C=N;O=D",
        "https://host/a;v=1.1;b/c;d?session=205&page=2;3#section;4",
        "https://host/papers?sid=205&session_id=4711",
        "https://host/x?next_page_token_count=3&design=5&assigned=6&sidebar=7&author=8",
        "http://intranet:8080/minutes@2020.pdf",
        "http://intranet:8080/list?by=bob@example.org",
        "http://127.0.0.1:8000/users/bob@example.org/x",
        "https://web.archive.org/web/2020/https://example.org/@bob/x",
        "https://login.example/?to=https%3A%2F%2Fhost%2Fx%3Fpage%3D2%26lang%3Dfr",
        "file:///papers/a;jsessionid=1.txt",
        "zip://a;sid=x.txt::file:///papers/a.zip",
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


LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~!$()*+,"
HOSTS = st.sampled_from(["host.example", "papers.example.org:8443", "127.0.0.1:8000", "[::1]:80", "localhost", "h"])
SCHEMES = st.sampled_from(["http", "https", "HTTPS", "ftp", "s3", "sftp", "webdav"])
WORDS = st.text("abcdefghij0123456789-_.~", min_size=1, max_size=6)
HARMLESS = st.tuples(st.sampled_from(["page", "lang", "id", "session", "q", "doc", "Version"]), WORDS).map("=".join)
NAMES = st.sampled_from(
    [
        "token",
        "access_token",
        "sig",
        "sessionid",
        "session_id",
        "PHPSESSID",
        "JSESSIONID",
        "sid",
        "auth",
        "api_key",
        "password",
        "X-Amz-Signature",
        "client_secret",
        "jwt",
        "oauth_verifier",
        "ticket",
    ]
)


def secret(*more):
    """A secret that is found again, with signs that may stand in it as they are."""
    return st.text(LETTERS + "".join(more), max_size=8).map(lambda text: f"S3CR3T{text}9Z")


@st.composite
def secret_names(draw):
    """The name of a secret parameter, in letters of any case, some of them percent-encoded."""
    letters = [draw(st.sampled_from([one, one.swapcase(), f"%{ord(one):02x}"])) for one in draw(NAMES)]
    return "".join(letters)


@st.composite
def parameters(draw, *, marks, secrets):
    """Parameters of which some are secret, and what is secret."""
    found, hidden = [], []
    for _ in range(draw(st.integers(0, 4))):
        if secrets is not None and draw(st.booleans()):
            hidden.append(draw(secrets))
            found.append(f"{draw(secret_names())}={hidden[-1]}")
        else:
            found.append(draw(HARMLESS))
    text = "".join(f"{draw(st.sampled_from(marks))}{one}" for one in found)
    return text, hidden


@st.composite
def urls(draw, *, with_secrets):
    """A URL, and what is secret in it: in the user, the path, the query and the fragment."""
    user, hidden = "", []
    if with_secrets and draw(st.booleans()):
        password = draw(
            st.one_of(
                secret(":/?#@[]%&;="),
                secret(":@%&;=").map(lambda one: f"1234/{one}"),
                secret("/?#").map(lambda one: f"1/2{one}"),
            )
        )
        hidden.append(password)
        # behind a name with a dot, digits and a slash are a port and a path
        names = ["bob", ""] if password[0].isdigit() else ["bob", "", "b.ob", "bob%40example.org", "bob@example.org"]
        user = f"{draw(st.sampled_from(names))}:{password}@"
        if draw(st.booleans()) and not set(password) & set(":/?#[]"):
            user = f"{password}@"
    host = draw(HOSTS.filter(lambda one: not user or "." in one or ":" in one or one == "localhost"))
    path = ""
    for _ in range(draw(st.integers(0, 3))):
        text, gone = draw(parameters(marks=";", secrets=secret(":@&") if with_secrets else None))
        path += f"/{draw(WORDS)}{text}"
        hidden += gone
    query, gone = draw(parameters(marks="&;", secrets=secret(":@/?") if with_secrets else None))
    fragment, more = draw(parameters(marks="&;", secrets=secret(":@/?") if with_secrets else None))
    query, fragment = query and f"?{query[1:]}", fragment and f"#{fragment[1:]}"
    return f"{draw(SCHEMES)}://{user}{host}{path}{query}{fragment}", hidden + gone + more


@given(urls(with_secrets=True))
def test_no_secret_is_left_wherever_it_stands_in_a_url(drawn):
    url, hidden = drawn
    for clean in (redact, without_secrets):
        left = clean(url)
        assert not [one for one in hidden if one in left]
        assert not any(end in left for end in ("S3CR3T", "9Z"))
        assert clean(left) == left
    assert redact(f"({url}) and '{url}'") == f"({redact(url)}) and '{redact(url)}'"


@given(urls(with_secrets=False))
def test_a_harmless_url_stays_byte_for_byte(drawn):
    url, _ = drawn
    assert redact(url) == without_secrets(url) == url


@pytest.mark.slow
@pytest.mark.parametrize(
    "piece", ["@", "a:b/@", ";a=1", "?token=", "a://", "a://b@", "%25", "&u=http%3A//", "::a://", "x"]
)
def test_a_url_that_never_ends_keeps_nobody_waiting(piece):
    """What is looked at grows with its length, and no faster: listings of websites are written by others."""
    for text in (f"http://a:b/{piece * 40_000}", f"http://h/x?u={piece * 40_000}=1@h"):
        left = redact(text)
        assert redact(left) == left


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
