"""No route says a word of a paper to a key that does not hold its class, whatever the paper lies in.

Every paper of `tests.access_papers` has a word of its own. Every route of the application is asked for all of them, by
keys of every combination of classes: a word may stand in an answer only where the key may read it, or was asked for it.
"""

import io
import itertools
import os
from contextlib import ExitStack
from urllib.parse import unquote_plus
from zipfile import ZipFile, is_zipfile

import pytest

from configs.settings import load_settings
from extractors.access import closing_names
from extractors.document import document_id
from index.filters import EVERY_CLASS
from pipelines.access.keys import LOCAL
from pipelines.desk.briefings import BriefingDesk
from pipelines.ingest.heartbeat import read_heartbeat
from pipelines.ingest.runs import ingest
from pipelines.search.service import SearchService
from pipelines.workspace import HEARTBEAT
from tests import answers
from tests.access_papers import COMMON, PAPERS, sidecar, text, uri, write_papers
from tests.dummy_encoder import fit_classifier
from tests.portal.web.conftest import asked, keys_of
from tests.portal.web.test_two_homes import addresses, routes

CLASSES = {
    "none": [],
    "members": ["members"],
    "restricted": ["restricted"],
    "both": ["members", "restricted"],
    "every": None,
}
ROLES = ("reader", "reviewer", "admin")
OF_REVIEWERS = ("/review", "/correct", "/api/v1/labels", "/api/v1/corrections")
OF_ADMINISTRATORS = ("/runs", "/status", "/metrics", "/api/v1/runs", "/api/v1/status")
DAMAGED, DELETED = "zdamaged.pdf", "zdeleted.txt"
"""Closed papers, of which one cannot be read and one is deleted; each was the only SOURCE of a run, too."""
WORDS = [paper.word for paper in PAPERS]


def may_read(paper, who):
    return CLASSES[who] is None or closing_names(paper.access) <= set(CLASSES[who])


def hidden_words(who):
    """What no answer to a key may hold: the words of papers that it may not read, and the names of their files."""
    places = {paper.place for paper in PAPERS if may_read(paper, who)}
    said = {paper.place for paper in PAPERS if paper.place.partition("::")[2] in places}  # a mail names what it has
    readable = {name for paper in PAPERS if paper.place in places | said for name in names_in(paper)}
    hidden = [paper for paper in PAPERS if not may_read(paper, who)]
    names = {name for paper in hidden for name in names_in(paper)} - readable
    return [*(paper.word for paper in hidden), *sorted(names), *([DAMAGED, DELETED] if hidden else [])]


def names_in(paper):
    """The names of the files that a paper lies in."""
    return [step.rpartition("/")[2] for step in paper.place.split("::")]


def asked_of(ids):
    """Addresses for every route over these papers."""
    return addresses(
        ids,
        [
            f"q={word}&mode={mode}"
            for word in (COMMON, f"{COMMON}+window", "zletteranex", "z*", *WORDS)
            for mode in ("text", "hybrid")
        ],
        ["", "access=restricted", "access=members", "language=en", "status=suggested"],
        common=COMMON,
        words=("Note", "zl", "zbox", *WORDS),
    )


def sent(ids):
    """What is sent to every route that answers to more than an address, by its path; all of it names what is hidden."""
    passages = [f"{one}-0" for one in ids]
    return {
        "/login": [{"key": "cl_wrong", "next": "/"}],
        "/review": [{"item": f"{one}:theme:single-window", "verdict": "accept"} for one in passages],
        "/review/undo": [{}],
        "/review/bulk": [{"items": f"{one}:theme:single-window", "verdict": "accept"} for one in passages],
        "/sentences": [{"item": f"{one}:theme:single-window", "verdict": "accept"} for one in passages],
        "/review/twin": [{"item": f"{one}:theme:single-window", "twin": one[:-2]} for one in passages],
        "/review/add": [{"passage": one, "quote": "window", "dimension": "systems_security"} for one in passages],
        "/searches": [{"name": "found", "search": f"q={COMMON}"}],
        "/searches/seen": [{"name": "all"}, {"name": "somebody/mine"}],
        "/searches/delete": [{"name": "somebody/mine"}],
        "/runs/start": [{"source": "none"}],
        "/runs/failures": [{"document": "none"}],
        "/runs/again": [{"document": one} for one in ("none", *ids)],
        "/runs/add": [{"access": "public"}],
        "/api/v1/labels": [{"action": "accept", "ids": [f"{one}:theme:single-window"]} for one in passages],
        "/correct": [{"documents": one, "title": "Note", "confirmed": "yes"} for one in ids],
        "/api/v1/corrections": [{"documents": [one], "values": {"date": "2019-05-03"}} for one in ids],
        "/verify": [{"text": f"{COMMON} {COMMON}", "citation": citation} for citation in ("", *ids)],
        "/briefings": [
            {"act": "begin", "name": "mine"},
            *({"act": "pin", "briefing": name, "passage": one} for one in passages for name in ("", "all")),
            {"act": "change", "briefing": "all", "place": "1", "pin": "x"},
        ],
        "/api/v1/quotes/verify": [{"text": f"{COMMON} {COMMON}", "citation": citation} for citation in ids],
        "/logout": [{}],
    }


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A client of a home with all papers, the headers of its keys by role and classes, and the ids of the papers."""
    folder = tmp_path_factory.mktemp("leaks")
    write_papers(folder / "papers")
    (folder / "home").mkdir()
    (folder / "home" / "settings.yaml").write_text("encoder: all-MiniLM-L6-v2\nworkers: 1\n")
    with ExitStack() as opened:
        settings = load_settings(folder / "home")
        fit_classifier(settings)
        assert ingest(settings, [str(folder / "papers")]).indexed == len(PAPERS)
        ids = [document_id(uri(folder / "papers", paper.place)) for paper in PAPERS]
        for name, content in ((DAMAGED, "%PDF-1.4 damaged"), (DELETED, text("zdeletedpaper"))):
            (folder / "papers" / name).write_text(content)
            sidecar(folder / "papers" / name, "members+restricted")
            ingest(settings, [str(folder / "papers" / name)])
        (folder / "papers" / DELETED).unlink()
        assert ingest(settings, [str(folder / "papers")], delete_missing=True).deleted == 1
        beat = read_heartbeat(settings.home).model_copy(
            update={"status": "running", "phase": "closing", "total": 1, "document": DAMAGED, "pid": os.getpid()}
        )
        (settings.home / HEARTBEAT).write_text(beat.model_dump_json())
        for one in ids:
            answers.judge(settings, "set", [f"{one}-0"], "ana", access_classes=EVERY_CLASS, theme="risk-management")
        answers.save_search(settings, "all", COMMON, access_classes=EVERY_CLASS, mode="hybrid")
        with SearchService(settings) as service:
            desk = BriefingDesk(settings, service)
            desk.add(LOCAL, "all")
            for one in ids:
                desk.pin_passage(LOCAL, "all", f"{one}-0")
        answers.save_search(settings, "mine", "window", access_classes=EVERY_CLASS, owner="somebody")
        keys = {(role, who): (role, classes) for role in ROLES for who, classes in CLASSES.items()}
        made = keys_of(settings.home, **{f"{role}-{who}": given for (role, who), given in keys.items()})
        headers = {(role, who): made[f"{role}-{who}"] for role, who in keys}
        client = opened.enter_context(asked(settings.home, requests_per_minute=1_000_000))
        yield client, headers, ids


def said(answer):
    """All that an answer says: its head and its body, also of a file that is packed."""
    head = "\n".join(f"{name}: {value}" for name, value in answer.headers.items())
    body = answer.content
    if is_zipfile(io.BytesIO(body)):
        with ZipFile(io.BytesIO(body)) as packed:
            body = b"\n".join(map(packed.read, packed.namelist()))
    return unquote_plus(f"{head}\n{body.decode('utf-8', 'replace')}").casefold()


def test_every_route_is_asked(home):
    found = set(routes(home[0].app))
    assert {path for path, method in found if method == "GET"} == asked_of(home[2]).keys()
    assert {path for path, method in found if method == "POST"} == sent(home[2]).keys()


@pytest.mark.parametrize("who", CLASSES)
def test_each_key_finds_what_it_may_read_and_nothing_else(home, who):
    client, headers, _ = home
    for paper in PAPERS:
        answer = client.get(f"/api/v1/search?q={paper.word}&mode=text", headers=headers["reader", who]).json()
        assert bool(answer["hits"]) == may_read(paper, who), paper


def asking(who, path, listed):
    """Which role is asked for which address, or sent which form, by a key with these classes.

    A role only decides where a key may go, its classes what it sees there: of those that may go there the roles take
    turns, each with other papers for other classes.
    """
    least = 2 if path.startswith(OF_ADMINISTRATORS) else int(path.startswith(OF_REVIEWERS))
    roles = ROLES[least:]
    if len(listed) < len(roles):
        return itertools.product(roles, listed)
    return zip(itertools.islice(itertools.cycle(roles), list(CLASSES).index(who), None), listed, strict=False)


LIMITED = [
    pytest.param(name, marks=[] if name == "none" else [pytest.mark.long]) for name in CLASSES if hidden_words(name)
]
"""Keys that may not read everything."""


@pytest.mark.slow
@pytest.mark.parametrize("who", LIMITED)
def test_no_answer_holds_a_word_that_the_key_may_not_read(home, who):
    client, headers, ids = home
    hidden = hidden_words(who)
    for path, listed in asked_of(ids).items():
        for role, address in asking(who, path, listed):
            answer = client.get(address, headers=headers[role, who])
            assert answer.status_code != 500
            text = said(answer)
            assert [word for word in hidden if word in text and word not in address] == [], address


@pytest.mark.slow
@pytest.mark.parametrize("who", LIMITED)
def test_nothing_is_told_in_answer_to_what_is_sent(home, who):
    client, headers, ids = home
    hidden = hidden_words(who)
    for path, forms in sent(ids).items():
        for role, form in asking(who, path, forms):
            given = {"json": form} if path.startswith("/api/") else {"data": form}
            answer = client.post(path, headers=headers[role, who], **given)
            assert answer.status_code != 500
            assert [word for word in hidden if word in said(answer)] == [], (path, form)
    for address in ("/searches", "/searches/all.rss", "/review", "/api/v1/labels"):
        text = said(client.get(address, headers=headers["reviewer", who]))
        assert [word for word in hidden if word in text] == []
