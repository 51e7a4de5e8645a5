"""Runs over sources on the network: a listing page, a mailbox and a library of SharePoint, each on its server."""

from email.message import EmailMessage

import pytest

from configs.sources import ListingConfig
from index.filters import EVERY_CLASS
from pipelines.ingest.source_runs import run_source
from pipelines.sources.web import retries
from tests import answers
from tests.pipelines.sources.connectors.mailbox_harness import MailboxHarness
from tests.pipelines.sources.connectors.scripted_server import Answer, FreeClock, ScriptedServer, html
from tests.pipelines.sources.connectors.sharepoint_harness import SharePointHarness

PAGE = """
<h1>Working Party on Customs Questions (171st session)</h1>
<h2>Item 4 Data exchange</h2>
<table><tr><th>Document title / Symbol</th><th>ENG</th><th>FRE</th></tr>{rows}</table>
"""
ROW = """<tr><td>{title} ECE/TRANS/WP.30/2031/{number}</td>
<td><a href="/{number}e.txt">TXT</a></td><td><a href="/{number}f.txt">TXT</a></td></tr>"""


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch):
    monkeypatch.setattr(retries, "SYSTEM", FreeClock().clock)


@pytest.fixture
def site():
    server = ScriptedServer()
    for number in (7, 8):
        server.answers[f"/{number}e.txt"] = Answer(f"The single window {number} was launched in this country.".encode())
        server.answers[f"/{number}f.txt"] = Answer(f"Le guichet unique {number} a été lancé dans ce pays.".encode())
    yield server
    server.stop()


@pytest.fixture
def opened(tmp_path, monkeypatch):
    """A function that makes a harness, with a server of its own."""
    made = []

    def make(kind):
        folder = tmp_path / kind.__name__
        folder.mkdir()
        server = kind.server(folder)
        harness = kind(server.__enter__(), folder)
        made.append((harness, server))
        for name, value in harness.environment.items():
            monkeypatch.setenv(name, value)
        return harness

    yield make
    for harness, server in made:
        harness.close()
        server.__exit__(None, None, None)


def counts(report):
    return (report.indexed, report.unchanged, report.failed, report.withdrawn)


def shown(settings, name):
    return answers.show(settings, name, access_classes=EVERY_CLASS)


def test_a_listing_page_gives_papers_with_what_it_says_of_them(warm, settings, site):
    source = ListingConfig(name="wp30", kind="listing", url=f"{site.url}/wp30", recipe="unece")
    rows = [ROW.format(title="Note on messages", number=7), ROW.format(title="Note on seals", number=8)]
    site.answers["/wp30"] = html(PAGE.format(rows="".join(rows)))
    assert counts(run_source(settings, source)) == (4, 0, 0, 0)
    assert counts(run_source(settings, source)) == (0, 4, 0, 0)

    english, french = (shown(settings, f"{site.url}/7{letter}.txt") for letter in "ef")
    assert (english["title"], english["language"], french["language"]) == ("Note on messages", "en", "fr")
    assert english["key"] == french["key"] == "ECE/TRANS/WP.30/2031/7"
    assert (english["body"], english["sessions"], english["agenda_item"]) == ("unece-wp30", [171], "4")

    site.answers["/wp30"] = html(PAGE.format(rows=""))
    report = run_source(settings, source)
    assert report.withdrawn == 0
    assert [one.error for one in report.failures] == ["the page lists no papers any more, and listed 4 before"]
    site.answers["/wp30"] = html(PAGE.format(rows=rows[0]))
    assert counts(run_source(settings, source, allow_mass_deletion=True)) == (0, 2, 0, 2)


@pytest.mark.slow
def test_a_mailbox_gives_mails_and_what_is_attached(warm, settings, opened):
    mailbox = opened(MailboxHarness)
    message = EmailMessage()
    message["From"], message["Subject"], message["Message-ID"] = "papers@wco.example", "New paper", "<1@wco.example>"
    message.set_content("Please find the paper attached.")
    message.add_attachment("The single window was launched.", filename="PC0345E1.txt")
    mailbox.box.append(message.as_bytes(), "INBOX")
    assert counts(run_source(settings, mailbox.config)) == (2, 0, 0, 0)
    assert counts(run_source(settings, mailbox.config)) == (0, 2, 0, 0)
    assert shown(settings, "PC0345E1")["source"].startswith("mail://PC0345E1.txt::imap://127.0.0.1/")


def test_a_library_tells_what_changed_and_what_was_deleted(warm, settings, opened):
    library = opened(SharePointHarness)
    for number in range(5):
        library.put(f"2031/{number}.txt", f"The single window {number} was launched.".encode())
    assert counts(run_source(settings, library.config)) == (5, 0, 0, 0)
    library.put("2031/4.txt", b"The single window was closed.")
    library.remove("2031/3.txt")
    assert counts(run_source(settings, library.config)) == (1, 3, 0, 1)
    library.shared.move("2031", "2032")
    assert counts(run_source(settings, library.config)) == (0, 4, 0, 1)
