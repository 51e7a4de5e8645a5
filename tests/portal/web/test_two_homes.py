"""Two homes that differ by restricted papers alone give a key without their class the same answers, byte by byte.

Every route of the application is asked, with every role: one that has no addresses here fails. Only the order of hits
may differ: it is made of the words of all papers (docs/portal.md).
"""

import csv
import io
import itertools
import json
import re
import shutil
from contextlib import ExitStack, closing
from typing import NamedTuple
from urllib.parse import quote

import pytest
from fastapi.routing import iter_route_contexts
from openpyxl import load_workbook

from configs.settings import load_settings
from extractors.document import document_id
from index.fields import FIELDS
from index.filters import EVERY_CLASS
from pipelines.ingest.runs import ingest
from pipelines.sources.source import uri_of
from pipelines.storage.state import State
from pipelines.storage.statements import put
from pipelines.storage.tables import about
from tests import answers
from tests.dummy_encoder import fit_classifier
from tests.portal.web.conftest import asked, keys_of

SAMPLES = ("PC9001E1a.pdf", "PC9001F1a.pdf", "PC9004E1a.pdf", "PC9002E1a.docx", "PT9001E1a.pdf")
OPEN = {
    "note.txt": "PC7001E1a\n\nThe guarantee of Arvenia\n\n1. The single window of Arvenia was launched in 2021.\n\n"
    "2. The guarantee is lodged at the port.\n",
    "other.txt": "PC7003E1a\n\nScanners\n\n1. Scanners were bought for the port. The paper PC7001E1a was adopted.\n\n"
    "2. The guarantee system is connected to the single window since 2018.\n",
    "gone.txt": "PC7009E1a\n\nWithdrawn words\n\n1. Pontoons were built at the port.\n",
    "fr.txt": "PC7005F1a\n\nLa procédure\n\n1. Le guichet unique doit simplifier la procédure de transit.\n\n"
    "2. La garantie est constituée au bureau de douane.\n",
}
HIDDEN = {
    "0-words.txt": "Guarantee guarantee guarantee zorbel\n\n1. The guarantee zorbel of Belmora is at the port.\n\n"
    "2. The single window of Belmora has a guarantee. Pontoons and guarantees of Kenya in 1999.\n",
    "0-twin.txt": "PC7001S1a\n\nLa garantía zorbel\n\n1. La ventanilla única de Belmora.\n",
    "newer.txt": "PC7001E2a\n\nThe guarantee of Belmora, revised\n\n1. The zorbel guarantee replaces PC7001E1a.\n",
    "accent.txt": "PC7006F1a\n\nLa zorbelière\n\n1. La procédure simplifiée de Belmora, dite zorbelière.\n",
    "gone-too.txt": "PC7010E1a\n\nZorbel gone\n\n1. Zorbel devices were destroyed.\n",
    "scan.txt": "A scanned guarantee\n\n1. Scanners of the port read the guarantee. Scanners, scanners, zorbel.\n",
}
QUERIES = (
    "guarantee", "guarantees port", "single window", "scanners bought Arvenia", '"single window"', "simplifiee",
    "guichet unique", "zorbel", "zorbell", "guarante~", "scann*", "PC7001", "PC7001E2a", "PC9001", "port -guarantee",
    "guarantee OR pontoons", "theme:single-window", "language:fr garantie", "access:restricted", "Kenya",
    "belmora 1999", "data exchange between customs administrations and other agencies at the border",
    "+window guarantee", "",
)  # fmt: skip
MODES = ("text", "vector", "hybrid")
NARROWED = ("", "access=restricted", "symbol=PC7001", "year=1999", "country=KE", "language=fr", "status=suggested")
SYMBOLS = ("PC7001", "PC7001E1a", "PC7001E2a", "PC7001S1a", "PC7005", "PC7006", "PC7009E1a", "PC7010E1a", "PC9001")
FACETS = "&".join(f"facet={field}" for field in FIELDS)
ROLES = ("nobody", "reader", "reviewer", "administrator")
OVERSEEN = {
    "/runs",
    "/runs/add",
    "/runs/{run_id}",
    "/runs/{run_id}/report.html",
    "/status",
    "/metrics",
    "/api/v1/runs",
    "/api/v1/runs/{run_id}",
    "/api/v1/status",
}
"""What counts papers of every class, and names their files, for administrators alone."""
RANKED = {"/", "/search.{kind}", "/similar/{passage_id}", "/searches", "/searches/{name:path}.rss"}
RANKED |= {"/api/v1/search", "/api/v1/similar/{passage_id}"}
"""What lists hits in their order."""
FEW = 8
"""Addresses of a route that every role is asked for; of more, each role gets its share of them."""
TIMES = re.compile(
    rb'(?<="took_ms": )[\d.e-]+|(?<="act": ")[0-9a-f]{16}|(?<=name="act" value=")[0-9a-f]{16}'
    rb"|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+|\d\d:\d\d(?=</time>)"
    rb'|(?<=href="/runs/)\d{8}T\d{6}-[0-9a-f]{6}(?=">)'
)
"""Of the making of both homes, their runs among it, and of answers; papers have dates alone."""
_PASSAGE = re.compile(r'<div class="passage".*?</div>', re.DOTALL)
_HIT = re.compile(r"<li[^>]*>\s*(<article[^>]*>.*?</article>)\s*</li>", re.DOTALL)
_BEST = re.compile(r'<a class="thumbnail".*?</a>|\?passage=[0-9a-f]{16}-\d+', re.DOTALL)
"""Which passage of a paper is the best is a part of the order."""


class Portal(NamedTuple):
    """A client of a home, and the headers of its keys by role; `everybody` is of a reviewer with every class."""

    client: object
    headers: dict


def each(values, *forms):
    """Each form with each value in it."""
    return [form.format(one) for one in values for form in forms]


def addresses(ids, queries, narrowed, *, common, words, symbols=()):
    """Addresses for every route that is read, by its path.

    `queries` and `narrowed` are parameters of searches and filters, `common` is a word of many papers, `words` are
    begun in the search box. The first two of the ids are those of papers that others are laid beside.
    """
    passages = [f"{one}-0" for one in ids]
    kinds, named, items = ("csv", "json", "xlsx"), [*ids, *symbols], "{}:theme:single-window"
    asked = each(queries, f"{{}}&{FACETS}&explain=true&context=2")
    said = [f"q={query}&mode={mode}" for query in (common, "zorbel", "z*", "") for mode in MODES]
    return {
        "/": each([*queries, *narrowed, "body!=ptc", "sort=date", "q=port&page=2"], "/?{}"),
        "/overview.json": ["/overview.json"],
        "/search.{kind}": [
            *each(queries, "/search.json?{}"),
            *each(MODES, *(f"/search.{kind}?q={common}&mode={{}}" for kind in ("csv", "xlsx"))),
            *each(("bib", "ris"), f"/search.{{}}?q={common}&mode=text&sort=date"),
        ],
        "/complete": each(words, "/complete?q={}"),
        "/similar/{passage_id}": each(passages, "/similar/{}"),
        "/documents/{document_id}": [
            *each(named, "/documents/{}"),
            *each(ids, "/documents/{}?view=text", f"/documents/{{0}}?passage={{0}}-0&q={common}"),
        ],
        "/documents/{document_id}/pages/{number}.png": each(
            ids, "/documents/{}/pages/1.png?width=200", f"/documents/{ids[0]}/pages/1.png?width=200&highlight={{}}-0"
        ),
        "/documents/{document_id}/file": each(ids, "/documents/{}/file"),
        "/documents/{document_id}/matching": [f"/documents/{one}/matching?{query}" for one in ids for query in said],
        "/documents/{document_id}/citation": each(
            ids, "/documents/{}/citation", "/documents/{0}/citation?passage={0}-0"
        ),
        "/documents/{document_id}/citation.{kind}": each(ids, *each(("bib", "ris"), "/documents/{{}}/citation.{}")),
        "/thumbnails/{document_id}/{number}.png": each(ids, "/thumbnails/{0}/1.png?passage={0}-0"),
        "/documents/{document_id}/beside/{other_id}": each(ids, *each(ids[:2], "/documents/{}/beside/{{}}")),
        "/d/{path:path}": each(named, "/d/{}", "/d/{}/§1", "/d/{}/p1", "/d/{}/§9"),
        "/correct": ["/correct", *each(named, "/correct?document={}")],
        "/matrix": each([*narrowed, "by=year", "by=body", "by=subject"], "/matrix?{}"),
        "/matrix.{kind}": each(kinds, "/matrix.{}", "/matrix.{}?language=fr"),
        "/sentences": each(
            [*narrowed, "theme=single-window", "dimension=systems_security&level=null"], "/sentences?{}"
        ),
        "/sentences.{kind}": each(narrowed, *each(kinds, "/sentences.{}?{{}}")),
        "/decisions": each([*narrowed, "state=overdue"], "/decisions?{}"),
        "/decisions.{kind}": each(kinds, "/decisions.{}"),
        "/trends": ["/trends?of=theme:single-window"],
        "/trends.{kind}": each(kinds, "/trends.{}?by=year", "/trends.{}?by=session"),
        "/trends.svg": ["/trends.svg?each=body"],
        "/members": ["/members"],
        "/members/go": ["/members/go?code=KE"],
        "/members/{code}": ["/members/KE?suggested=yes&with=TZ", "/members/ZZ"],
        "/members/{code}.{kind}": each(kinds, "/members/KE.{}?suggested=yes"),
        "/since/{body}": each(("ptc", "ptc?session=1", "sc", "nobody"), "/since/{}"),
        "/verify": ["/verify"],
        "/briefings": ["/briefings", "/briefings?part=panel"],
        "/briefings/{name:path}": each(("all", "mine", "nothing"), "/briefings/{}"),
        "/briefings/{name:path}.{kind}": each((*kinds, "docx"), "/briefings/all.{}", "/briefings/mine.{}"),
        "/review": ["/review", *each(passages, f"/review?item={items}"), *each(ids, "/review?document={}")],
        "/review/bulk": [
            "/review/bulk",
            *each(ids, "/review/bulk?document={}"),
            *each(
                passages, *each(("accept", "reject"), f"/review/bulk?verdict={{}}&item={items.replace('{}', '{{}}')}")
            ),
        ],
        "/review/mine": ["/review/mine"],
        "/review/quality": ["/review/quality"],
        "/review/add": each(passages, "/review/add?passage={}"),
        "/searches": ["/searches", "/searches?q=zorbel"],
        "/searches/{name:path}.rss": each(
            ("all", "guarantees", "whatever", "everybody/mine", "somebody/mine"), "/searches/{}.rss"
        ),
        "/runs": ["/runs", "/runs?added=2"],
        "/runs/add": ["/runs/add"],
        "/runs/{run_id}": ["/runs/last", "/runs/none"],
        "/runs/{run_id}/report.html": ["/runs/last/report.html"],
        "/status": ["/status"],
        "/vocabulary": ["/vocabulary?lang=fr", *each(narrowed, "/vocabulary?{}&each=body")],
        "/bodies": ["/bodies"],
        "/bodies/{body}": each(("ptc", "sc", "council", "nobody"), "/bodies/{}"),
        "/bodies/{body}/sessions/{session}": each(("ptc", "sc"), "/bodies/{}/sessions/1"),
        "/themes/{theme}": each(("single-window", "risk-management", "nothing"), "/themes/{}"),
        "/about": ["/about"],
        "/help": ["/help"],
        "/login": ["/login", "/login?next=/documents/PC7001E2a"],
        "/healthz": ["/healthz"],
        "/readyz": ["/readyz"],
        "/metrics": ["/metrics"],
        "/static": ["/static/portal.css", "/static/none"],
        "/api/openapi.json": ["/api/openapi.json"],
        "/api/v1/search": [*each(asked, "/api/v1/search?{}"), *each(narrowed, "/api/v1/search?{}&sort=date&limit=100")],
        "/api/v1/similar/{passage_id}": each(passages, "/api/v1/similar/{}?context=2&limit=50"),
        "/api/v1/facets": each(queries, f"/api/v1/facets?{{}}&{FACETS}"),
        "/api/v1/documents": each(narrowed, "/api/v1/documents?limit=100&{}"),
        "/api/v1/documents/{document_id}": each(named, "/api/v1/documents/{}", "/api/v1/documents/{}?full=true"),
        "/api/v1/documents/{document_id}/pages/{number}.png": each(ids, "/api/v1/documents/{}/pages/1.png?width=200"),
        "/api/v1/documents/{document_id}/file": each(ids, "/api/v1/documents/{}/file"),
        "/api/v1/passages/{passage_id}": each(passages, "/api/v1/passages/{}?context=3"),
        "/api/v1/matrix": ["/api/v1/matrix", *each(narrowed, "/api/v1/matrix?by=year&{}")],
        "/api/v1/briefings": ["/api/v1/briefings"],
        "/api/v1/briefings/{name:path}": each(("all", "mine"), "/api/v1/briefings/{}"),
        "/api/v1/decisions": each(narrowed, "/api/v1/decisions?limit=100&{}"),
        "/api/v1/trends": ["/api/v1/trends?each_body=true", "/api/v1/trends?by=session"],
        "/api/v1/members/{code}": ["/api/v1/members/KE?status=suggested"],
        "/api/v1/since/{body}": ["/api/v1/since/ptc", "/api/v1/since/sc"],
        "/api/v1/themes": each(narrowed, "/api/v1/themes?{}"),
        "/api/v1/vocabulary": ["/api/v1/vocabulary"],
        "/api/v1/models": ["/api/v1/models"],
        "/api/v1/labels": ["/api/v1/labels", *each([*ids, *passages], "/api/v1/labels?of={}")],
        "/api/v1/searches": ["/api/v1/searches"],
        "/api/v1/status": ["/api/v1/status"],
        "/api/v1/runs": ["/api/v1/runs"],
        "/api/v1/runs/{run_id}": ["/api/v1/runs/last", "/api/v1/runs/none"],
        "/api/v1/export/{what}": each(
            [f"format={kind}&{one}" for kind in ("csv", "jsonl", "xlsx") for one in narrowed],
            *each(("documents", "passages", "tags", "matrix"), "/api/v1/export/{}?{{}}"),
        ),
    }


def asked_of(places):
    """Addresses for every route over these papers; `places` has the ids of papers by their names."""
    names = ["PC9001E1a.pdf", "note.txt", "PC9001F1a.pdf", "gone.txt", *HIDDEN]
    return addresses(
        [places[name] for name in names],
        [f"q={quote(query)}&mode={mode}" for query, mode in itertools.product(QUERIES, MODES)],
        NARROWED,
        common="guarantee",
        words=("gua", "zorb", "PC70", "PC7001E2a", "PC7001 §1", "scan", "Bel"),
        symbols=SYMBOLS,
    )


@pytest.fixture(scope="module")
def places(tmp_path_factory, samples):
    """The folders of open and of restricted papers, and the ids of all of them by their names."""
    folder = tmp_path_factory.mktemp("papers")
    for name, papers in (("open", OPEN), ("hidden", HIDDEN)):
        (folder / name).mkdir()
        for file, text in papers.items():
            (folder / name / file).write_text(text)
            if name == "hidden":
                (folder / name / f"{file}.meta.yaml").write_text("access: restricted\n")
    for file in SAMPLES:
        shutil.copy(samples / "papers" / file, folder / "open")
    return {file.name: document_id(uri_of(str(file))) for file in folder.rglob("*")} | {"folder": folder}


def build(home, places, names, gone):
    """Ingest papers in this order; some are gone after that."""
    home.mkdir()
    (home / "settings.yaml").write_text("encoder: all-MiniLM-L6-v2\nworkers: 1\n")
    settings = load_settings(home)
    fit_classifier(settings)
    ingest(settings, [str(places["folder"] / name) for name in names])
    kept = {places["folder"] / name: (places["folder"] / name).read_bytes() for name in gone}
    for file in kept:
        file.unlink()
    ingest(settings, sorted({str(file.parent) for file in kept}), delete_missing=True, allow_mass_deletion=True)
    for file, content in kept.items():
        file.write_bytes(content)
    with closing(State(settings)) as state, state.changing() as connection:
        put(connection, about, [{"name": "review seed", "value": "the same draw in both homes"}])
    return settings


def judged(settings, places, names):
    """Let somebody with every class judge the first passage of papers and save searches."""
    for name in names:
        passage = f"{places[name]}-0"
        change = {"dimension": "systems_security"}
        answers.judge(
            settings, "set", [passage], "everybody", access_classes=EVERY_CLASS, change=change, quote="guarantee"
        )
        answers.judge(settings, "set", [passage], "everybody", access_classes=EVERY_CLASS, theme="risk-management")
    answers.save_search(settings, "guarantees", "guarantee", access_classes=EVERY_CLASS, mode="hybrid")
    answers.save_search(settings, "mine", "zorbel", access_classes=EVERY_CLASS, owner="everybody")


@pytest.fixture(scope="module")
def portals(tmp_path_factory, places):
    """Portals of a home without the restricted papers, and of one with them."""
    folder = tmp_path_factory.mktemp("homes")
    hidden = [f"hidden/{name}" for name in HIDDEN]
    plan = {
        "without": (["open"], ["open/gone.txt"], ["note.txt", "other.txt"]),
        "with": (
            [*hidden[:2], "open", *hidden[2:]],
            ["open/gone.txt", "hidden/gone-too.txt"],
            ["0-words.txt", "note.txt", "newer.txt", "other.txt"],
        ),
    }
    found = {}
    with ExitStack() as opened:
        for name, (names, gone, judging) in plan.items():
            settings = build(folder / name, places, names, gone)
            judged(settings, places, judging)
            headers = {"nobody": {}} | keys_of(folder / name, reader=("reader", []), reviewer=("reviewer", []))
            headers |= keys_of(folder / name, administrator=("admin", []), everybody="reviewer")
            client = opened.enter_context(asked(folder / name, requests_per_minute=1_000_000))
            found[name] = Portal(client, headers)
        yield found


def routes(of):
    """The path and method of every route of an application or a router."""
    for one in iter_route_contexts(of.routes):
        methods = getattr(one, "methods", None) or {"GET"}
        yield from ((one.path, method) for method in methods if method != "HEAD")


class Answer(NamedTuple):
    status: int
    headers: dict
    body: bytes

    def apart(self):
        """The body without what is in an order, its hits in an order that says nothing, and its passages by their ids.

        Of a paper with many passages the three best are shown: which these are is a part of the order.
        """
        kind = self.headers.get("content-type", "")
        if kind.startswith("text/html"):
            text = self.body.decode()
            bare = _PASSAGE.sub("", text)
            hits = sorted(_BEST.sub("", one) for one in _HIT.findall(bare))
            return _HIT.sub("", bare), hits, {one[:60]: one for one in _PASSAGE.findall(text)}
        if kind.startswith("text/csv"):
            return "", sorted(csv.reader(io.StringIO(self.body.decode("utf-8-sig")))), {}
        if kind.startswith("application/json") and b'"hits"' in self.body:
            found = json.loads(self.body)
            hits = sorted(found.pop("hits"), key=lambda hit: hit["document"]["id"])
            return found, hits, {one["id"]: one for hit in hits for one in hit.pop("passages")}
        return self.body, [], {}


def assert_same_but_for_order(own, other):
    (rest, hits, passages), (other_rest, other_hits, other_passages) = own.apart(), other.apart()
    assert rest == other_rest
    assert hits == other_hits
    both = passages.keys() & other_passages.keys()
    assert both or not hits
    assert {name: passages[name] for name in both} == {name: other_passages[name] for name in both}


def answer(portal, who, address):
    found = portal.client.get(address, headers=portal.headers[who])
    headers, body = dict(found.headers), found.content
    if TIMES.search(body):
        body = TIMES.sub(b"0", body)
        del headers["content-length"]
        headers.pop("etag", None)
    if headers.get("content-type", "").endswith("spreadsheetml.sheet"):  # its file says when it was made
        del headers["content-length"]
        sheets = load_workbook(io.BytesIO(body)).worksheets
        body = repr([[cell.value for cell in row] for sheet in sheets for row in sheet]).encode()
    return Answer(found.status_code, headers, body)


def test_every_route_is_asked(portals, places):
    found = set(routes(portals["without"].client.app))
    assert {path for path, method in found if method == "GET"} == asked_of(places).keys()
    assert {method for _, method in found} == {"GET", "POST"}


def asking(path, listed):
    """Who is asked for which address; the class of a key decides what it sees, its role only where it may go."""
    roles = [who for who in ROLES if who != "administrator" or path not in OVERSEEN]
    if len(listed) <= FEW:
        yield from itertools.product(roles, listed)
    else:
        yield from zip(itertools.cycle(roles), listed, strict=False)
        yield from (("reader", address) for address in listed[:: len(roles)])  # which nobody may be refused


PATHS = sorted(asked_of(dict.fromkeys([*OPEN, *HIDDEN, *SAMPLES], "")))


@pytest.mark.slow
@pytest.mark.parametrize("path", PATHS)
def test_what_a_key_may_not_see_changes_no_answer(portals, places, path):
    for who, address in asking(path, asked_of(places)[path]):
        own, other = (answer(portals[name], who, address) for name in ("without", "with"))
        assert own.status < 500, (address, own.body)
        assert own.status == other.status, (who, address)
        if path in RANKED and own.body != other.body:
            assert_same_but_for_order(own, other)
            for one in (own, other):  # they are of the body
                one.headers.pop("etag", None)
                one.headers.pop("content-length", None)
        else:
            assert own.body == other.body, (who, address)
        assert own.headers == other.headers, (who, address)
