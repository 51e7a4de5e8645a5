"""A mailbox on a real IMAP server: what is new since last time, copies and senders, and nothing that is changed."""

import contextlib

import pytest

from configs.settings import ReadingLimits
from configs.sources import MailboxConfig
from pipelines.sources.connectors.contract import CursorExpiredError, ItemError, SourceAwayError
from tests.pipelines.sources.connectors.harness import content
from tests.pipelines.sources.connectors.mailbox_harness import MailboxHarness, mail

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with MailboxHarness.server(tmp_path_factory.mktemp("imap")) as server:
        yield server


@pytest.fixture
def settings(request, settings):
    return settings.model_copy(update=getattr(request, "param", {}))


@pytest.fixture
def mailbox(server, tmp_path, monkeypatch):
    harness = MailboxHarness(server, tmp_path)
    for name, value in harness.environment.items():
        monkeypatch.setenv(name, value)
    yield harness
    harness.close()


@pytest.fixture
def connect(mailbox, connect):
    return lambda **values: connect(MailboxConfig.model_validate({**dict(mailbox.config), **values}))


def everything(source, cursor=None):
    pages = list(source.changes(cursor))
    return [item for page in pages for item in page.items], pages[-1]


def subjects(items):
    return [item.path.partition("/")[0] for item in items]


def test_only_what_came_since_is_told(mailbox, connect):
    mailbox.put("one", b"1")
    mailbox.put("two", b"2")
    items, last = everything(connect())
    assert (subjects(items), last.is_listing) == (["one", "two"], True)
    mailbox.put("three", b"3")
    items, last = everything(connect(), last.cursor)
    assert (subjects(items), last.is_listing) == (["three"], False)
    items, last = everything(connect(), last.cursor)
    assert (items, last.is_listing) == ([], False)


def test_where_some_were_removed_everything_is_listed(mailbox, connect):
    for subject in ("one", "two", "three"):
        mailbox.put(subject, b"1")
    source = connect()
    _, last = everything(source)
    mailbox.remove("two")
    mailbox.put("four", b"4")
    items, last = everything(source, last.cursor)
    assert (subjects(items), last.is_listing) == (["one", "three", "four"], True)
    assert everything(source, last.cursor)[1].is_listing is False


def test_a_folder_that_was_made_again_is_listed_as_a_whole(mailbox, connect):
    mailbox.box.folder.create("Papers")
    mailbox.box.append(mail("one"), "Papers")
    before, last = everything(connect(folder="Papers"))
    mailbox.box.folder.delete("Papers")
    mailbox.box.folder.create("Papers")
    mailbox.box.append(mail("one"), "Papers")
    with pytest.raises(CursorExpiredError, match="UIDVALIDITY"):
        everything(connect(folder="Papers"), last.cursor)
    assert everything(connect(folder="Papers"))[0] == before
    with pytest.raises(CursorExpiredError):
        everything(connect(folder="Papers"), "of another version")


def test_a_message_keeps_its_name_when_it_moves(mailbox, connect):
    mailbox.put("one", b"1")
    (before,), _ = everything(connect())
    mailbox.box.folder.create("Archive")
    mailbox.box.folder.set("INBOX")
    mailbox.box.move(mailbox.box.uids(), "Archive")
    (after,), _ = everything(connect(folder="Archive"))
    assert after == before
    assert mailbox.config.username.replace("@", "%40") in after.uri


def test_a_message_that_came_twice_is_one_item(mailbox, connect):
    mailbox.put("one", b"1")
    mailbox.put("one", b"1")
    source = connect()
    items, last = everything(source)
    assert len(items) == 1
    mailbox.put("one", b"1")
    (again,), _ = everything(source, last.cursor)
    assert again == items[0]


def test_a_message_without_an_id_is_known_by_its_headers(mailbox, connect):
    raw = b"From: a@b.example\r\nSubject: =?utf-8?q?R=C3=A9union?= 5/6\r\n\r\nText\r\n"
    mailbox.box.append(raw, "INBOX")
    (item,), _ = everything(connect())
    assert item.path == f"Réunion 5-6/{item.id}.eml"
    assert content(connect(), item) == raw


@pytest.mark.parametrize("senders", [("papers@wco.example",), ("wco.example",), ("*@WCO.example",)])
def test_senders_choose(mailbox, connect, senders):
    mailbox.put("one", b"1")
    for number, sender in enumerate(("x@evil-wco.example", "papers@wco.example.evil", "")):
        mailbox.box.append(mail(f"other {number}", sender=sender), "INBOX")
    assert subjects(everything(connect(senders=senders))[0]) == ["one"]


def test_nothing_is_marked_as_read(mailbox, connect):
    mailbox.put("one", b"1")
    source = connect()
    (item,), _ = everything(source)
    content(source, item)
    mailbox.box.folder.set("INBOX", readonly=True)
    assert [one.flags for one in mailbox.box.fetch(mark_seen=False) if "\\Seen" in one.flags] == []


@pytest.mark.parametrize("settings", [{"reading": ReadingLimits(file_mib=1)}], indirect=True)
def test_a_message_has_a_largest_size(mailbox, connect):
    mailbox.box.append(mail("large") + b"x" * (1 << 20), "INBOX")
    source = connect()
    (item,), _ = everything(source)
    with pytest.raises(ItemError, match="larger than 1 MiB"):
        content(source, item)


def test_a_session_that_the_server_ended_is_begun_again(mailbox, connect):
    mailbox.put("one", b"1")
    source = connect()
    (item,), _ = everything(source)
    source._session._box.client.socket().shutdown(2)
    assert content(source, item) == mail("one", b"1")


def test_a_folder_that_is_not_there_names_those_that_are(mailbox, connect):
    mailbox.box.folder.create("Réunions")
    (problem,) = connect(folder="Meetings").check()
    assert "no such folder" in problem.message
    assert "INBOX, Réunions" in problem.remedy


class TestSecurity:
    def test_certificates_are_checked(self, server, mailbox, connect, monkeypatch):
        for security, port in (("tls", server.tls_port), ("starttls", server.port)):
            (problem,) = connect(host="localhost", port=port, security=security).check()
            assert "certificate is not trusted" in problem.message

    @pytest.mark.parametrize("security", ["tls", "starttls"])
    def test_a_trusted_server_is_read_encrypted(self, server, mailbox, connect, monkeypatch, security):
        monkeypatch.setenv("SSL_CERT_FILE", str(server.certificate))
        mailbox.put("one", b"1")
        port = server.tls_port if security == "tls" else server.port
        assert subjects(everything(connect(host="localhost", port=port, security=security))[0]) == ["one"]

    def test_a_wrong_port_is_a_problem_with_a_remedy(self, server, mailbox, connect):
        with pytest.raises(SourceAwayError, match="cannot be reached by tls"):
            everything(connect(port=server.port, security="tls"))

    def test_an_open_connection_over_the_network_is_warned_of(self, connect, caplog):
        with contextlib.suppress(SourceAwayError):
            everything(connect(host="mail.invalid", security="none"))
        assert "unencrypted" in caplog.text
