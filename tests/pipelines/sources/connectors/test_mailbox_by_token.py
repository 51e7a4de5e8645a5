"""A mailbox that is opened by the token of an app registration: Dovecot asks who gives the tokens whose they are."""

from dataclasses import replace

import pytest
from pydantic import ValidationError

from configs.sources import MailboxConfig
from tests.certificates import make_certificate
from tests.conftest import needs
from tests.pipelines.sources.connectors.fake_graph import SECRET, FakeGraph
from tests.pipelines.sources.connectors.harness import content
from tests.pipelines.sources.connectors.imap_server import ImapServer
from tests.pipelines.sources.connectors.mailbox_harness import mail
from tests.pipelines.sources.connectors.scripted_server import ScriptedServer, as_json

pytestmark = pytest.mark.slow

USER = "papers@customs.example"


@pytest.fixture(scope="module")
def entra(tmp_path_factory):
    needs("msal")
    certificate = make_certificate(tmp_path_factory.mktemp("entra"))
    graph = FakeGraph(certificate)
    yield graph
    graph.stop()


@pytest.fixture(scope="module")
def server(entra):
    def whose(request):
        is_valid = request.headers.get("Authorization") == f"Bearer {entra.valid_token}"
        return as_json({"username": USER, "active": True} if is_valid else {"active": False})

    introspection = ScriptedServer()
    introspection.answers["/whose"] = whose
    server = ImapServer(f"{introspection.url}/whose")
    yield server
    server.stop()
    introspection.stop()


@pytest.fixture
def connect(server, entra, connect, monkeypatch):
    entra.clear()
    monkeypatch.setenv("SSL_CERT_FILE", str(entra.certificate[0]))
    monkeypatch.setenv("APP_SECRET", SECRET)
    monkeypatch.setenv("WRONG_SECRET", "n0t-this-one")

    def connected(secret="${APP_SECRET}", **values):
        app = {"tenant": "contoso", "client_id": "app-1", "client_secret": secret, "login_url": entra.url}
        place = {"host": "127.0.0.1", "port": server.port, "security": "none", "username": USER}
        config = {"name": "test", "kind": "mailbox", **place, "app": app, **values}
        return connect(MailboxConfig.model_validate(config))

    return connected


def test_it_reads_the_mailbox(server, connect):
    box = server.box(USER)
    box.append(mail("one", b"1"), "INBOX")
    box.logout()
    source = connect()
    assert source.check() == []
    ((item,),) = [page.items for page in source.changes(None)]
    assert content(source, item) == mail("one", b"1")


def test_a_wrong_secret(connect):
    (problem,) = connect("${WRONG_SECRET}").check()
    assert "lets the app registration not in" in problem.message
    assert "the client secret is wrong" in problem.remedy


def test_a_mailbox_of_somebody_else(connect):
    (problem,) = connect(username="other@customs.example").check()
    assert "does not let this user in" in problem.message
    assert "IMAP.AccessAsApp" in problem.remedy


def test_after_a_token_was_refused_another_one_is_asked_for(connect, entra, monkeypatch):
    source = connect()
    login = entra._login

    def unknown(request):
        answer = login(request)
        return replace(answer, body=answer.body.replace(b"token-", b"unknown-"))

    monkeypatch.setattr(entra, "_login", unknown)
    assert len(source.check()) == 1
    monkeypatch.setattr(entra, "_login", login)
    assert source.check() == []


def test_either_a_password_or_a_token(connect):
    with pytest.raises(ValidationError, match="either password or app"):
        connect(password="${APP_SECRET}")
    with pytest.raises(ValidationError, match="either password or app"):
        connect(app=None)
