"""Adding papers in the browser: who may, what comes of it, and what hostile forms do."""

import json
import time

import pytest
import yaml
from lxml import html

from index.filters import EVERY_CLASS
from tests.portal.web.conftest import asked, keys_of

RUN_SECONDS = 600
TEXT = b"The Committee took note of the single window of Arvenia. Declarations are lodged electronically there."
BOUNDARY = "xyz"
HEAD = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
FORM = {"access": "restricted", "body": "ptc", "session": "80, 81"}


@pytest.fixture
def empty(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    (home / "settings.yaml").write_text("disk_free_mib: 0\n", encoding="utf-8")
    return home


def stored(home):
    return sorted(path.name for path in home.glob("uploads/*/*"))


def send(client, *files, **fields):
    given = [("files", (name, content)) for name, content in files]
    return client.post("/runs/add", data={**FORM, **fields}, files=given)


def part(head, content=b""):
    return b"--%s\r\n%s\r\n\r\n%s\r\n" % (BOUNDARY.encode(), head.encode(), content)


def file_part(name, content=TEXT):
    return part(f'Content-Disposition: form-data; name="files"; filename="{name}"', content)


END = f"--{BOUNDARY}--\r\n".encode()


def test_the_page_has_a_form_that_works_without_scripts(empty):
    few = ("reader", ["restricted", "secretariat"])
    with asked(empty) as client:
        client.headers.update(keys_of(empty, many=("reader", ["restricted"]), few=few, ada=("admin", []))["ada"])
        tree = html.fromstring(client.get("/runs/add").text)
        (form,) = tree.xpath("//form[@action='/runs/add'][@method='post'][@enctype='multipart/form-data']")
        assert form.xpath(".//input[@type='file'][@multiple]")
        assert form.xpath(".//select[@name='access']/option/text()") == ["public", "restricted", "secretariat"]
        assert form.xpath(".//select[@name='access']/option[@selected]/text()") == ["secretariat"]  # fewest hold it
        assert client.get("/runs").text.count('href="/runs/add"') >= 1


def test_papers_lie_in_the_home_with_what_is_said_of_them(empty):
    with asked(empty) as client:
        done = send(client, ("../a.pdf", TEXT), ("a.pdf", b"another"))
        assert (done.status_code, done.headers["location"]) == (303, "/runs?added=2")
        assert "2 papers were added" in client.get("/runs?added=2").text
        assert client.app.state.portal.source_runs.state("uploads").is_running
    assert stored(empty) == ["a (2).pdf", "a (2).pdf.meta.yaml", "a.pdf", "a.pdf.meta.yaml"]
    (sidecar,) = empty.glob("uploads/*/a.pdf.meta.yaml")
    assert yaml.safe_load(sidecar.read_text()) == {"access": "restricted", "body": "ptc", "sessions": [80, 81]}
    (line,) = [json.loads(line) for line in (empty / "audit.jsonl").read_text(encoding="utf-8").splitlines()]
    assert (line["act"], line["count"], line["access"]) == ("papers added", 2, "restricted")


@pytest.mark.parametrize("role", ["reader", "reviewer"])
def test_only_an_administrator_adds_papers(empty, role):
    (headers,) = keys_of(empty, somebody=role).values()
    with asked(empty) as client:
        assert client.get("/runs/add", headers=headers).status_code == 403
        assert client.post("/runs/add", files={"files": ("a.pdf", TEXT)}, headers=headers).status_code == 403
        assert client.post("/runs/add", files={"files": ("a.pdf", TEXT)}).status_code == 401
        assert "/runs/add" not in client.get("/runs", headers=headers).text
    assert stored(empty) == []


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"access": "nonsense"}, "no such class"),
        ({"access": "a\nb: c"}, "no such class"),
        ({"access": ""}, "no such class"),
        ({"body": "nonsense"}, "no such body"),
        ({"session": "eighty"}, "no number"),
    ],
)
def test_a_form_that_says_something_impossible_adds_nothing(empty, fields, said):
    with asked(empty) as client:
        done = send(client, ("a.pdf", TEXT), **fields)
        assert done.status_code == 400
        assert said in done.text
        assert "choose the files again" in done.text
    assert not (empty / "uploads").exists()


def test_a_form_without_files_adds_nothing(empty):
    with asked(empty) as client:
        assert "no file was chosen" in send(client, ("", b"")).text
        assert client.post("/runs/add", data=FORM).status_code == 400  # as a form without a part for files is sent


def test_what_is_refused_does_not_keep_the_others(empty, monkeypatch):
    monkeypatch.setattr("pipelines.sources.uploads.MOST_BYTES", 1000)
    with asked(empty) as client:
        done = send(client, ("large.pdf", b"x" * 1001), ("empty.pdf", b""), ("a.pdf", TEXT), ("a.pdf.meta.yaml", TEXT))
        assert done.status_code == 200
        tree = html.fromstring(done.text)
        refused = tree.xpath("//*[@role='alert']//li/strong/text()")
        assert refused == ["large.pdf", "empty.pdf", "a.pdf.meta.yaml"]
        assert "1 paper was added" in done.text
    assert stored(empty) == ["a.pdf", "a.pdf.meta.yaml"]
    (sidecar,) = empty.glob("uploads/*/*.yaml")
    assert TEXT not in sidecar.read_bytes()  # nobody says by a file what another one is


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no form at all",
        file_part("a.pdf"),  # without an end
        file_part("a.pdf")[:-40],  # cut off within the file
        part("Content-Disposition: form-data; name=body", b"x" * 5000) + END,
        b"".join(part(f"Content-Disposition: form-data; name=f{n}") for n in range(30)) + END,
        b"".join(file_part(f"{n}.pdf") for n in range(101)) + END,
        part("X: " + "y" * 10_000) + END,
        b"--xyz\r\n" + b"".join(b"H%d: v\r\n" % n for n in range(100)) + b"\r\n" + END,
    ],
    ids=["nothing", "no form", "no end", "cut off", "long field", "many fields", "many files", "long head", "heads"],
)
def test_a_hostile_form_is_refused_and_leaves_nothing(empty, body):
    with asked(empty) as client:
        done = client.post("/runs/add", content=body, headers=HEAD)
        assert done.status_code == 400, done.text
        assert client.get("/runs/add").status_code == 200
    assert not (empty / "uploads").exists()


@pytest.mark.parametrize(
    "kind",
    ["", "text/plain", *(f"multipart/form-data{rest}" for rest in ("", "; boundary=", f"; boundary={'b' * 257}"))],
)
def test_another_content_type_is_refused(empty, kind):
    with asked(empty) as client:
        assert client.post("/runs/add", content=file_part("a") + END, headers={"Content-Type": kind}).status_code == 400


@pytest.mark.parametrize("headers", [{"Content-Length": str((1 << 30) + 1)}, {"Transfer-Encoding": "chunked"}])
def test_too_much_at_once_is_refused_unread(empty, headers):
    with asked(empty) as client:
        assert client.post("/runs/add", content=b"x", headers=headers).status_code == 413
        assert client.post("/runs/start", content=b"x" * 70_000).status_code == 413  # elsewhere nothing is uploaded


@pytest.mark.parametrize(
    "name",
    [
        "..%2f..%2fkeys.json",
        "....//keys.json",
        "a\\r\\nb.pdf",
        "\u202efdp.exe",
        "<script>alert(1)</script>.pdf",
        "\xff",
    ],
)
def test_a_hostile_name_stays_in_its_folder_and_is_text(empty, name):
    body = file_part(name).replace(b"\xc3\xbf", b"\xff") + part(
        "Content-Disposition: form-data; name=access", b"public"
    )
    with asked(empty) as client:
        done = client.post("/runs/add", content=body + END, headers=HEAD)
        assert done.status_code == 303, done.text
        for address in ("/runs", "/runs/add"):
            assert "<script>alert" not in client.get(address).text
    assert len(stored(empty)) == 2
    assert not (empty / "keys.json").exists()


@pytest.mark.model
def test_a_paper_is_added_read_and_seen_by_who_may(own_home):
    keys = keys_of(own_home, ada=("admin", []), somebody=("reader", ["public"]), insider=("reader", ["restricted"]))
    with asked(own_home) as client:
        client.headers.update(keys["ada"])
        assert send(client, ("note.txt", TEXT)).status_code == 303
        deadline = time.monotonic() + RUN_SECONDS
        while "data-changing" in client.get("/runs").text:
            assert time.monotonic() < deadline
            time.sleep(0.5)
        (first, *_) = client.get("/api/v1/runs").json()["runs"]
        assert (first["source"], first["status"], first["indexed"]) == ("uploads", "done", 1)
        documents = client.app.state.portal.collection.headers.documents(access_classes=EVERY_CLASS)
        (paper,) = [one for one in documents if "/uploads/" in one.source]
        assert (paper.access, paper.body, paper.sessions) == ("restricted", "ptc", (80, 81))
        for name, code in (("somebody", 404), ("insider", 200)):
            assert client.get(f"/documents/{paper.id}", headers=keys[name]).status_code == code
