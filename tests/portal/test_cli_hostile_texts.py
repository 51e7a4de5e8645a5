"""Every command over texts that would command a terminal, a spreadsheet or rich: none does, and none fails by it."""

import json
import shutil
import zipfile
from copy import copy

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.dummy_encoder import dummy_encoders
from tests.portal.conftest import run_here
from tests.portal.hostile_texts import (
    EVERYTHING,
    PIECES,
    assert_harmless,
    assert_json,
    build_home,
    write_files,
)

DOCUMENTED = {0, 1, 2, 3}
TEXTS = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=8)), min_size=1, max_size=6).map(" ".join)
FACETS = ("body", "kind", "session", "theme", "country", "subject", "status", "dimension", "level", "agenda_item")

STORED = (
    ("search", "--explain", "--context=2", "single window"),
    ("search", *(f"--facet={field}" for field in FACETS), ""),
    ("search", "--mode=text", "single window"),
    ("show", "--full", "DOCUMENT"),
    ("similar", "PASSAGE"),
    ("matrix",),
    ("matrix", "--by=body"),
    ("matrix", "--by=subject"),
    ("matrix", "--by=year"),
    ("matrix", "--by=body", "--export=matrix.xlsx"),
    ("matrix", "--by=body", "--export=matrix.csv"),
    ("matrix", "--by=body", "--export=matrix.json"),
    ("themes",),
    ("save-search", "--list"),
    ("alerts", "--peek"),
    ("doctor",),
    ("doctor", "--repair"),
    ("export vocabulary",),
    ("export vocabulary", "--format=csv"),
    ("export vocabulary", "--format=jsonl"),
    ("vocabulary export",),
    ("vocabulary check",),
    ("vocabulary check", "--corpus"),
    ("models list",),
    ("retrain",),
    ("rebuild",),
    ("reindex",),
)
"""What is asked of the texts that the home holds."""
GIVEN = (
    ("search", "--", "TEXT"),
    ("search", "--mode=text", "--", "TEXT"),
    ("search", "--filter=TEXT", ""),
    ("search", "--filter=body=TEXT", "--filter=subject=TEXT", ""),
    ("search", "--facet=TEXT", ""),
    ("search", "--mode=TEXT", ""),
    ("search", "-kTEXT", ""),
    ("search", "--TEXT"),
    ("similar", "--", "TEXT"),
    ("show", "--", "TEXT"),
    ("matrix", "--model=TEXT"),
    ("matrix", "--filter=body=TEXT"),
    ("matrix", "--export=TEXT"),
    ("themes", "--filter=theme=TEXT"),
    ("save-search", "--replace", "--filter=body=TEXT", "--", "NAME", "TEXT"),
    ("save-search", "--delete", "--", "none NAME"),
    ("alerts", "--", "TEXT"),
    ("models list", "--encoder=TEXT"),
    ("models prepare", "--", "TEXT"),
    ("vocabulary check", "--", "TEXT.yaml"),
    ("vocabulary import", "--", "TEXT.ttl"),
    ("vocabulary export", "--output=no/TEXT.ttl"),
    ("backup", "--", "no/TEXT.zip"),
    ("restore", "--", "TEXT.zip"),
    ("restore", "--force", "--", "TEXT.zip"),
    ("evaluate relevance", "--", "TEXT"),
    ("ingest", "--", "TEXT"),
    ("extract", "--", "TEXT"),
    ("tag", "--", "TEXT"),
    ("demo", "--samples=TEXT"),
    ("TEXT",),
)
"""What is told a text by whoever types the command."""
OF_FILES = (
    ("extract", "files/paper.html"),
    ("extract", "files/letter.eml"),
    ("extract", "files/broken.pdf"),
    ("extract", "files/broken-sidecar.txt"),
    ("tag", "files/paper.html"),
    ("tag", "--text", "files/notes.txt"),
    ("evaluate relevance", "--html=cases.html", "files/cases.yaml"),
    ("vocabulary check", "files/broken-vocabulary.yaml"),
    ("vocabulary import", "files/vocabulary.ttl", "--output=files/TEXTLESS.yaml"),
    ("vocabulary import", "files/broken.ttl"),
    ("matrix", "--model=files/broken-model.yaml"),
    ("restore", "--force", "files/hostile-manifest.zip"),
    ("restore", "--force", "files/hostile-member.zip"),
    ("ingest", "--debug", "files/papers"),
    ("ingest", "files/papers"),
    ("demo", "--samples=files/papers"),
)
"""What reads files that hold them."""


@pytest.fixture(scope="module", autouse=True)
def _without_encoder(tmp_path_factory):
    """Let no model be loaded, and every stream be a terminal."""
    with dummy_encoders(tmp_path_factory.mktemp("cache")), pytest.MonkeyPatch.context() as patch:
        patch.setenv("FORCE_COLOR", "1")
        patch.setenv("TERM", "xterm-256color")
        patch.delenv("NO_COLOR", raising=False)
        yield


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """A folder with a home and files that hold everything hostile, and what its papers are called."""
    folder = tmp_path_factory.mktemp("hostile")
    made = Hostile(folder, EVERYTHING)
    shutil.copytree(folder, folder.with_name("as made")).rename(folder / "as made")
    return made


@pytest.fixture
def own_hostile(hostile, tmp_path):
    """A copy of them, for changing it."""
    return hostile.copied(tmp_path)


class Hostile:
    """A home and files that hold a text, and commands run over them; a copy of them as they were made lies beside."""

    def __init__(self, folder, text):
        self.folder = folder
        self.papers = build_home(folder / "home", text)
        write_files(folder / "files", text)

    def copied(self, folder):
        """Return a copy in another folder, as they were made."""
        one = copy(self)
        one.folder = folder
        shutil.copytree(self.folder / "as made", folder, dirs_exist_ok=True)
        settings = folder / "home" / "settings.yaml"  # it names files of the home
        settings.write_text(settings.read_text(encoding="utf-8").replace(str(self.folder), str(folder)), "utf-8")
        return one

    def check(self, command, text, *, as_json):
        """Run a command and assert that it ends as documented and that nothing it prints commands a terminal."""
        first = self.papers[0]
        names = {"DOCUMENT": first.id, "PASSAGE": first.passages[0].id}
        text = text.replace("\0", "")  # no system passes NUL in an argument
        names |= {"TEXT": text, "NAME": text[:90]}
        path, *rest = command
        for name, value in names.items():
            path, *rest = (part.replace(name, value) for part in (path, *rest))
        path = [path] if command[0] == "TEXT" else path.split()
        done = run_here(*path, f"--home={self.folder / 'home'}", *(["--json"] if as_json else []), *rest)
        assert done.code in DOCUMENTED, done.err[-2000:]
        assert_harmless(done.err, bar=True)
        if as_json and done.code in (0, 1) and path[0] != "export" and path != ["vocabulary", "export"]:
            assert_json(done.out)
        assert_harmless(done.out)
        return done


def in_turn(*commands):
    """Each command for people and as JSON; every other one of these is long."""
    return [
        pytest.param(
            command,
            as_json,
            marks=[pytest.mark.long] if place % 2 == as_json else [],
            id=f"{' '.join(command)}-{'json' if as_json else 'people'}",
        )
        for place, command in enumerate(commands)
        for as_json in (False, True)
    ]


@pytest.mark.slow
@pytest.mark.parametrize(("command", "as_json"), in_turn(*STORED, *GIVEN))
def test_no_command_fails_or_lets_through_what_commands_a_terminal(command, as_json, hostile, monkeypatch):
    monkeypatch.chdir(hostile.folder)
    hostile.check(command, EVERYTHING, as_json=as_json)


@pytest.mark.slow
@pytest.mark.parametrize(("command", "as_json"), in_turn(*OF_FILES))
def test_no_file_makes_a_command_fail_or_let_it_through(command, as_json, own_hostile, monkeypatch):
    monkeypatch.chdir(own_hostile.folder)
    own_hostile.check(command, EVERYTHING, as_json=as_json)


@pytest.mark.slow
@pytest.mark.long
@settings(max_examples=4, suppress_health_check=list(HealthCheck))
@given(held=TEXTS, said=TEXTS, turn=st.booleans())
def test_no_text_does(held, said, turn, tmp_path_factory):
    """Each command once, every other one as JSON: a turn decides which."""
    folder = tmp_path_factory.mktemp("drawn")
    drawn = Hostile(folder, held)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for place, command in enumerate((*STORED, *GIVEN)):
            drawn.check(command, said, as_json=place % 2 == turn)


def test_a_manifest_with_an_impossible_time_is_refused_harmlessly(tmp_path, hostile):
    home = f"--home={hostile.folder / 'home'}"
    assert run_here("backup", home, tmp_path / "made.zip").code == 0
    with zipfile.ZipFile(tmp_path / "made.zip") as made, zipfile.ZipFile(tmp_path / "forged.zip", "w") as forged:
        for info in made.infolist():
            content = made.read(info)
            if info.filename == "manifest.json":
                content = json.dumps(json.loads(content) | {"made": "[/bold]\x1b[8m\x9b8m"}).encode()
            forged.writestr(info, content)
    done = run_here("restore", f"--home={tmp_path / 'home'}", tmp_path / "forged.zip")
    assert (done.code, done.err.count("unexpected")) == (3, 0)
    assert "its manifest cannot be read" in " ".join(done.err.split())
    assert_harmless(done.out)
    assert_harmless(done.err, bar=True)


def test_what_looks_like_markup_is_shown_as_it_stands(hostile):
    home = f"--home={hostile.folder / 'home'}"
    for command in (("matrix", "--by=subject"), ("show", hostile.papers[0].id), ("themes",)):
        printed = run_here(*command, home).out
        assert all(piece in printed for piece in ("[/x]", "[bold]", ":smile:"))
