"""Files and homes that this user may not read or write, and disks that fill up."""

import os
import shutil
import stat
import subprocess
import tempfile
from functools import partial
from pathlib import Path

import httpx
import pytest

from tests.conftest import missing
from tests.forked import USER

pytestmark = pytest.mark.slow

NOT_THERE = 3
NOBODY = 65534
DISK_MIB = 3
PAPERS = 12
PARAGRAPH = "The Delegate of Arvenia said that the single window of zword{n} had been in operation since 2014. "


@pytest.fixture
def outside():
    """A folder that every user may look into (those of pytest are closed to others)."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture
def nobody(process):
    """Run a command as a user without rights; root may read everything."""
    environment = {"HOME": "/nonexistent"} | ({USER: str(NOBODY)} if os.geteuid() == 0 else {})

    def run(*arguments):
        return process(*arguments, environment=environment, cwd="/")

    return run


def closed(path):
    path.chmod(0)
    return path


@pytest.mark.parametrize("command", ["ingest", "extract"])
def test_a_file_that_this_user_may_not_read(nobody, outside, command):
    (outside / "secret.pdf").write_bytes(b"%PDF-1.7")
    closed(outside / "secret.pdf")
    done = nobody(command, outside / "secret.pdf", "--home", outside / "home")
    assert (done.code, done.out) == (NOT_THERE, "")
    assert f"{outside}/secret.pdf: cannot be read: Permission denied" in done.line
    assert "this user may read it" in done.line


@pytest.mark.parametrize("name", ["closed", "closed/paper.pdf", "open"])
def test_a_folder_that_this_user_may_not_read(nobody, outside, name):
    (outside / "closed").mkdir()
    (outside / "closed" / "paper.pdf").write_bytes(b"%PDF-1.7")
    closed(outside / "closed")
    (outside / "open" / "below").mkdir(parents=True)
    closed(outside / "open" / "below")
    try:
        done = nobody("ingest", outside / name, "--home", outside / "home")
        assert (done.code, done.out) == (NOT_THERE, "")
        assert f"{outside}/{name}" in done.line
        assert "Permission denied" in done.line
    finally:
        for folder in ("closed", "open/below"):
            (outside / folder).chmod(0o700)


def test_a_home_that_this_user_may_not_make(nobody, outside):
    (outside / "paper.txt").write_text("The single window.")
    (outside / "paper.txt").chmod(0o644)
    done = nobody("ingest", outside / "paper.txt", "--home", outside / "home")
    assert (done.code, done.out) == (NOT_THERE, "")
    assert f"{outside}/home: cannot be used: Permission denied" in done.line
    assert "rights" in done.line


@pytest.fixture
def small_disk(tmp_path):
    """A disk of a few MiB of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m", "tmpfs", str(folder)]
    if not shutil.which("mount") or subprocess.run(command, capture_output=True, check=False).returncode:
        missing("mounting a small disk is refused here")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def papers(tmp_path):
    folder = tmp_path / "papers"
    folder.mkdir()
    for number in range(PAPERS):
        text = "\n\n".join(f"{PARAGRAPH.format(n=number)} Part {part} of {number}." for part in range(24))
        (folder / f"{number}.txt").write_text(f"zpaper{number}\n\n{text}")
    return folder


@pytest.mark.model
@pytest.mark.parametrize(
    "free_kib", [pytest.param(40, marks=pytest.mark.long), 300, pytest.param(700, marks=pytest.mark.long)]
)
def test_a_full_disk_is_one_line_and_the_same_command_completes_later(cli, process, small_disk, papers, free_kib):
    """At first hardly anything fits, then the index, then some of the documents."""
    home = small_disk / "home"
    command = ("ingest", papers, "--home", home, "--encoder", "all-MiniLM-L6-v2", "--json")
    filler = small_disk / "filler"
    filler.write_bytes(b"x" * (DISK_MIB * 1024 - free_kib) * 1024)
    begun = {"CUSTOMS_LENS_DISK_FREE_MIB": "0"}  # by a run that does not look beforehand
    done = process(*command, environment=begun)
    assert done.code == NOT_THERE
    if done.out:  # the run had begun: it says what is left
        assert done.json["found"] == PAPERS
        assert {one["status"] for one in done.json["failures"]} == {"unavailable"}
    assert str(home) in done.line
    assert "the disk is full" in done.line
    assert "free some space" in done.line

    filler.unlink()
    subprocess.run(["mount", "-o", "remount,size=200m", str(small_disk)], check=True)
    done = process(*command, environment=begun)
    assert done.code == 0, done.err
    assert (done.json["found"], done.json["failed"]) == (PAPERS, 0)
    assert cli("doctor", "--home", home, "--encoder", "all-MiniLM-L6-v2").code == 0
    for number in range(PAPERS):
        query = ("search", f"zpaper{number}", "--mode", "text", "--home", home, "--encoder", "all-MiniLM-L6-v2")
        hits = cli(*query, "--json").json["hits"]
        assert [hit["document"]["source"] for hit in hits] == [f"file://{papers / str(number)}.txt"]
    leftovers = [path for path in (home / "blobs").rglob(".*") if path.is_file()]
    assert leftovers == []


def test_the_process_of_these_tests_is_told_apart_from_nobody(nobody, outside):
    """The tests above would prove nothing if the command still had the rights of root."""
    (outside / "open").mkdir()
    (outside / "open").chmod(0o777)
    done = nobody("keys", "add", "ana", "--home", outside / "open" / "home")
    assert done.code == 0, done.err
    assert (outside / "open" / "home").stat().st_uid == (NOBODY if os.geteuid() == 0 else os.geteuid())


@pytest.mark.parametrize(("name", "words"), [("home", "Permission denied"), ("home/settings.yaml", "settings.yaml")])
def test_a_home_that_this_user_may_not_look_into(nobody, outside, name, words):
    (outside / "home").mkdir()
    (outside / "home" / "settings.yaml").write_text("workers: 2\n")
    closed(outside / name)
    try:
        done = nobody("search", "x", "--home", outside / "home")
        assert (done.code, done.out) == (NOT_THERE, "")
        assert f"{outside}/home" in done.line
        assert words in done.line
    finally:
        (outside / "home").chmod(0o700)


@pytest.mark.model
def test_the_homes_that_commands_make_are_for_their_owner_alone(run, tmp_path, samples):
    """With a mask that hides nothing, so that the homes owe their rights to the commands alone."""
    turtle, saved, paper = tmp_path / "themes.ttl", tmp_path / "backup.zip", next((samples / "papers").glob("*.pdf"))
    for home, arguments in (
        ("none", ("vocabulary", "export", "--output", turtle)),
        ("vocabulary", ("vocabulary", "import", turtle)),
        ("ingested", ("ingest", paper)),
        ("ingested", ("save-search", "windows", "window")),
        ("ingested", ("backup", saved)),
        ("restored", ("restore", saved)),
    ):
        run(*arguments, home=home, umask=0)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir() if path.is_dir()}
    assert modes == dict.fromkeys(("vocabulary", "ingested", "restored"), 0o700)
    found = run("doctor", "--json", home="restored").json["checks"]
    assert next(one for one in found if one["name"] == "home")["ok"]


@pytest.mark.model
def test_folders_that_were_there_become_homes_for_their_owner_alone(run, tmp_path, samples):
    """Who writes the settings first, or makes the folder, has a home as private as any other."""
    for name in ("ingested", "restored", "replaced"):
        (tmp_path / name).mkdir(mode=0o755)
    for name in ("ingested", "replaced"):
        (tmp_path / name / "settings.yaml").write_text("workers: 1\n")
    paper = next((samples / "papers").glob("*.pdf"))
    run("ingest", paper, home="ingested")
    run("backup", tmp_path / "backup.zip", home="ingested")
    run("restore", tmp_path / "backup.zip", home="restored")
    run("restore", tmp_path / "backup.zip", "--force", home="replaced")
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir() if path.is_dir()}
    assert modes == dict.fromkeys(("ingested", "restored", "replaced"), 0o700)

    (tmp_path / "ingested").chmod(0o770)
    run("ingest", paper, home="ingested")
    assert stat.S_IMODE((tmp_path / "ingested").stat().st_mode) == 0o770
    assert "warn home: " in run("doctor", home="ingested").out
    (tmp_path / "ingested").chmod(0o755)
    assert "FAIL home: " in run("doctor", home="ingested", code=NOT_THERE).out


@pytest.fixture
def run(process, tmp_path):
    """Run a command on a home of a name by the small encoder; it has to end with a code."""

    def go(*arguments, home="home", code=0, **options):
        done = process(*arguments, "--home", tmp_path / home, "--encoder", "all-MiniLM-L6-v2", **options)
        assert done.code == code, done.out + done.err
        return done

    return go


def open_files(home):
    """What the group or everybody may look into, of a home, by its name in it."""
    paths = [home, *home.rglob("*")]
    return {str(path.relative_to(home)): oct(path.stat().st_mode) for path in paths if path.stat().st_mode & 0o077}


@pytest.mark.model
def test_every_file_that_commands_and_the_portal_make_is_for_its_owner_alone(run, start, tmp_path, samples):
    """Also where the home is one that a group may look into."""
    home, restored = tmp_path / "home", tmp_path / "restored"
    run = partial(run, umask=0o022)

    papers = tmp_path / "papers"
    papers.mkdir()
    shutil.copy(samples / "papers" / "PC9001E1a.pdf", papers)
    run("ingest", papers)
    home.chmod(0o750)
    (home / "sources.yaml").touch(mode=0o600)
    (home / "sources.yaml").write_text(f"version: 1\nsources:\n  - {{name: own, kind: folder, path: {papers}}}\n")
    run("sources", "run", "own")
    passage = run("search", "single window", "--json").json["hits"][0]["passages"][0]["id"]
    run("save-search", "windows", "window")
    run("alerts", "--digest", tmp_path / "digest.html")
    secret = run("keys", "add", "ana", "--role", "admin", "--access", "every").out.strip()
    served = start("serve", "--port", "0", "--home", home, "--encoder", "all-MiniLM-L6-v2", umask=0o022)
    try:
        address = next(line for line in iter(served.stderr.readline, b"") if b"http://" in line).decode()
        base = address.partition(" is at ")[2].split()[0]
        with httpx.Client(base_url=base, timeout=300) as client:
            assert client.post("/login", data={"key": secret}).status_code == 303
            form = {"name": "tariffs", "search": "q=tariff&mode=text"}
            assert client.post("/searches", data=form, headers={"Origin": base}).status_code == 303
            added = {"passage": passage, "theme": "paperless", "next": "/"}
            assert client.post("/review/add", data=added, headers={"Origin": base}).status_code == 303
            assert client.get("/review").status_code == 200
            assert client.post("/logout", headers={"Origin": base}).status_code == 303
    finally:
        served.terminate()
        served.wait(300)
    run("rebuild")
    run("doctor", "--repair")
    run("backup", tmp_path / "backup.zip")
    run("restore", tmp_path / "backup.zip", home="restored")
    run("ingest", papers, home="restored")
    for one in ("keys.json", "keys.made", "session.key", "audit.jsonl", "state.db"):
        assert (home / one).exists()
    assert list((home / "ended-sessions").iterdir())
    home.chmod(0o700)  # what it was given
    assert (open_files(home), open_files(restored)) == ({}, {})
    assert stat.S_IMODE((tmp_path / "digest.html").stat().st_mode) == 0o644  # a page for others stays one


@pytest.mark.model
def test_a_repair_takes_the_rights_of_others_from_a_home(run, tmp_path, samples):
    home = tmp_path / "home"
    run("ingest", next((samples / "papers").glob("*.pdf")))
    for path in [home, *home.rglob("*")]:
        path.chmod(0o775 if path.is_dir() else 0o664)
    (home / "link").symlink_to(tmp_path / "outside")
    (tmp_path / "outside").write_text("")
    (tmp_path / "outside").chmod(0o644)
    assert "FAIL home: " in run("doctor", code=NOT_THERE).out
    assert "rights: " in run("doctor", "--repair").out
    (home / "link").unlink()
    assert open_files(home) == {}
    assert stat.S_IMODE((tmp_path / "outside").stat().st_mode) == 0o644
