"""Bad use: one clear line that names the thing and the remedy, and the documented exit code."""

import shutil
import sqlite3

import pytest

from index.embedded.checksums import seal_meta

WRONG_USE, NOT_THERE = 2, 3
AWAY = "http://127.0.0.1:9"


@pytest.fixture(scope="module")
def made(tmp_path_factory, cli):
    """A folder with one paper and a home that has it, made by the small encoder."""
    folder = tmp_path_factory.mktemp("made")
    (folder / "paper.txt").write_text("The single window of Arvenia went live in 2021.")
    done = cli("ingest", folder / "paper.txt", "--home", folder / "home", "--encoder", "all-MiniLM-L6-v2")
    assert done.code == 0, done.err
    (folder / "home" / "settings.yaml").write_text("encoder: all-MiniLM-L6-v2\n")
    return folder


@pytest.fixture
def home(tmp_path):
    return tmp_path / "home"


@pytest.fixture
def paper(tmp_path):
    path = tmp_path / "paper.txt"
    path.write_text("The single window went live in 2021.")
    return path


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nosuch"], ["nosuch", "--help"]),
        (["serch", "x"], ["serch", "Did you mean 'search'"]),
        (["--nosuch"], ["--nosuch"]),
        (["search"], ["QUERY", "search --help"]),
        (["search", "a", "b"], ["extra argument", "b"]),
        (["search", "x", "--nosuch"], ["--nosuch"]),
        (["search", "-window"], ["put -- before"]),
        (["failures", "accept", "a.pdf", "b.pdf"], ["customs-lens failures accept --help"]),
        (["save-search", "a", "--list"], ["--list"]),
        (["save-search", "--list", "--filter", "body=ptc"], ["--list"]),
        (["save-search", "a", "window", "--delete"], ["--delete"]),
        (["save-search", "a", "--delete", "--replace"], ["--delete"]),
        (["search", "x", "--mode", "magic"], ["magic", "hybrid"]),
        (["search", "x", "-k", "0"], ["-k", "0"]),
        (["search", "x", "-k", "many"], ["many"]),
        (["search", "x", "--offset", "-1"], ["-1"]),
        (["ingest"], ["SOURCE"]),
        (["ingest", "x", "--from", "end"], ["end", "read"]),
        (["ingest", "x", "--only", "some"], ["some", "failed"]),
        (["ingest", "x", "--workers", "0"], ["workers", "0"]),
        (["matrix", "--by", "colour"], ["colour", "year"]),
        (["search", "x", "--index", "solr"], ["solr", "embedded"]),
        (["search", "x", "--filter", "body=\udcff"], ["filter", "UTF-8"]),
        (["save-search", "\udcff", "x"], ["name", "UTF-8"]),
        (["correct", "x", "title=y", "--author", "\udcff"], ["author", "UTF-8"]),
        (["matrix", "--filter", "subject=\ud800"], ["filter", "UTF-8"]),
    ],
)
def test_wrong_use(cli, home, arguments, words):
    options = ["--home", str(home)] if arguments[0] in ("search", "ingest", "matrix") else []
    done = cli(*arguments, *options)
    assert (done.code, done.out) == (WRONG_USE, "")
    assert all(word in done.line for word in words), done.line
    assert not home.exists()


def test_a_folder_without_files_and_an_index_without_papers_are_named(cli, home, tmp_path):
    (tmp_path / "empty").mkdir()
    options = ["--home", home, "--encoder", "all-MiniLM-L6-v2"]
    done = cli("ingest", tmp_path / "empty", *options)
    assert done.code == 0
    assert f"{tmp_path / 'empty'}: no file lies there (check the path)" in done.err
    assert "holds no paper yet (run customs-lens ingest PAPERS/)" in cli("search", "window", *options).err


def test_no_command_shows_the_help(cli):
    done = cli()
    assert (done.code, done.out) == (WRONG_USE, "")
    assert "customs-lens ingest PAPERS/" in done.err
    assert max(map(len, done.err.splitlines())) <= 100


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["search", "--help"], ["ingest", "-h"]])
def test_help_is_asked_for(cli, arguments):
    done = cli(*arguments)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("Usage: customs-lens")


def test_the_version(cli):
    assert cli("--version").out.startswith("customs-lens, version ")


def test_to_list_saved_searches_makes_no_home(cli, home):
    assert cli("save-search", "--list", "--home", home, "--json").json == []
    assert not home.exists()


@pytest.mark.parametrize(
    ("command", "code", "words"),
    [
        *((f"{one} HOME/no.pdf", NOT_THERE, ["no.pdf", "check"]) for one in ("ingest", "extract", "tag")),
        *((f"extract PAPER {one} nonsense", WRONG_USE, ["nonsense", "shipped"]) for one in ("--model", "--encoder")),
        ("ingest PAPER --encoder nosuch", WRONG_USE, ["nosuch", "multilingual-e5-small"]),
        ("ingest PAPER --model nosuch", WRONG_USE, ["nosuch", "dcmm-interop", "oecd-dtmm", "un-dstf"]),
        (f"ingest PAPER --encoder {'n' * 300}", WRONG_USE, ["multilingual-e5-small"]),
        (f"ingest PAPER --model {'n' * 300}", WRONG_USE, ["dcmm-interop"]),
        *(
            (one, NOT_THERE, ["HOME", "customs-lens ingest"])
            for one in ("search x", "similar a-1", "show PC9001", "matrix", "themes")
        ),
        (
            "evaluate relevance samples/judged/relevance.yaml --html HOME/no/page.html",
            NOT_THERE,
            ["page.html: cannot be"],
        ),
        ("matrix --export /", WRONG_USE, ["directory"]),
        ("reindex", WRONG_USE, ["--index elasticsearch"]),
        ("search x --index elasticsearch", WRONG_USE, ["set ELASTICSEARCH_URL"]),
    ],
)
def test_what_is_not_there_is_named_before_a_home_is_made(cli, home, paper, monkeypatch, command, code, words):
    monkeypatch.delenv("ELASTICSEARCH_URL", raising=False)
    done = cli(*command.replace("HOME", str(home)).replace("PAPER", str(paper)).split(), "--home", home)
    assert (done.code, done.out) == (code, "")
    assert all(word.replace("HOME", str(home)) in done.line for word in words), done.line
    assert not home.exists() or command.startswith("ingest PAPER")


@pytest.mark.parametrize(
    ("variable", "value", "command", "words"),
    [
        ("CUSTOMS_LENS_WORKERS", "many", "search x", ["CUSTOMS_LENS_WORKERS", "unset"]),
        (
            "CUSTOMS_LENS_WORKRES",
            "3",
            "ingest x",
            ["CUSTOMS_LENS_WORKRES: no setting", "(did you mean CUSTOMS_LENS_WORKERS?"],
        ),
        ("ELASTICSEARCH_URL", "localhost", "search x --index elasticsearch", ["customs-lens: ELASTICSEARCH_URL: "]),
        *(
            ("ELASTICSEARCH_URL", AWAY, f"{one} --index elasticsearch", [f"{AWAY}: Elasticsearch cannot be reached"])
            for one in ("search x", "reindex", "ingest samples/papers")
        ),
    ],
)
def test_a_variable_that_does_not_fit_is_named(cli, home, monkeypatch, variable, value, command, words):
    monkeypatch.setenv("CUSTOMS_LENS_MAIL_SECRET", "x")  # which is nearly no setting
    monkeypatch.setenv(variable, value)
    done = cli(*command.split(), "--home", home)
    assert (done.code, done.out) == (NOT_THERE if value == AWAY else WRONG_USE, "")
    assert not home.exists() or value == AWAY
    assert all(word in done.line for word in words), done.line


def test_doctor_of_an_empty_home_lists_what_is_missing(cli, home):
    done = cli("doctor", "--home", home, "--json")
    assert done.code == NOT_THERE
    assert [one["name"] for one in done.json["checks"] if not one["ok"]] == ["index", "ledger"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("workers: [", ["settings.yaml:", "broken YAML"]),
        ("workers: 2\nworkers: 3", ["settings.yaml:2", "workers", "twice"]),
        ("workers: many", ["settings.yaml:1", "workers", "integer"]),
        ("encoder: all-MiniLM-L6-v2\nwrkers: 2", ["settings.yaml:2", "wrkers"]),
        ("reading:\n  memory_mib: 1", ["settings.yaml:2", "reading.memory_mib"]),
        ("- a list", ["settings.yaml", "mapping"]),
        (b"workers: \xff\xfe", ["settings.yaml", "UTF-8"]),
    ],
)
def test_broken_settings(cli, home, text, words):
    home.mkdir()
    (home / "settings.yaml").write_bytes(text if isinstance(text, bytes) else text.encode())
    done = cli("search", "x", "--home", home)
    assert (done.code, done.out) == (WRONG_USE, "")
    assert all(word in done.line for word in words), done.line


def test_a_home_below_a_file(cli, paper):
    done = cli("ingest", paper, "--home", paper / "home")
    assert done.code == NOT_THERE
    assert str(paper / "home") in done.line


@pytest.mark.model
class TestOverAnIndex:
    """Mistakes that show only where there is an index; each test gets a copy of its own."""

    @pytest.fixture
    def home(self, made, tmp_path):
        return shutil.copytree(made / "home", tmp_path / "home")

    @pytest.mark.parametrize(
        ("option", "words"),
        [
            ("--filter=colour=red", ["colour", "known fields", "language"]),
            ("--filter=language", ["language", "field=value"]),
            ("--filter=year=2015..2010", ["2015..2010", "lower"]),
            ("--filter=year=MMX", ["MMX", "year"]),
            ("--filter=date=2010-02-31", ["2010-02-31", "calendar"]),
            ("--filter=modality=maybe", ["maybe", "achieved"]),
            ("--filter=year=", ["year"]),
            ("--facet=colour", ["colour", "known fields"]),
        ],
    )
    @pytest.mark.parametrize("command", ["search", "matrix"])
    def test_filters_and_facets(self, cli, home, command, option, words):
        if command == "matrix" and option.startswith("--facet"):
            words = ["--facet"]
        done = cli(command, *(["x"] if command == "search" else []), "--home", home, option)
        assert (done.code, done.out) == (WRONG_USE, "")
        assert all(word in done.line for word in words), done.line

    @pytest.mark.parametrize(
        ("command", "code", "words"),
        [
            ("show PC0000", WRONG_USE, "PC0000"),
            ("similar 0123456789abcdef-7", WRONG_USE, "0123456789abcdef-7"),
            *(
                (f"{one} --encoder multilingual-e5-small", WRONG_USE, "--encoder all-MiniLM-L6-v2")
                for one in ("search x", "ingest paper.txt", "matrix")
            ),
            ("matrix --export no/such/folder/m.csv", NOT_THERE, "no/such/folder/m.csv"),
            ("matrix --export paper.txt/m.xlsx", NOT_THERE, "paper.txt/m.xlsx"),
            ("matrix --export m.pdf", WRONG_USE, ".csv"),
            *((f"backup HOME/{one}/b.zip", WRONG_USE, "outside of the home") for one in ("blobs", "index", "tmp")),
        ],
    )
    def test_what_does_not_fit_the_index_is_named(self, cli, home, made, monkeypatch, command, code, words):
        monkeypatch.chdir(made)
        (home / "tmp").mkdir(exist_ok=True)
        done = cli(*command.replace("HOME", str(home)).split(), "--home", home)
        assert (done.code, done.out) == (code, "")
        assert words in done.line
        assert not list(home.rglob("b.zip"))

    @pytest.mark.parametrize("command", ["search", "ingest", "ingest state"])
    def test_an_index_and_a_state_of_another_version(self, cli, home, made, command):
        command, *of_state = command.split()
        if of_state:
            with sqlite3.connect(home / "state.db") as state:
                state.execute("PRAGMA user_version = 999")
        else:
            with sqlite3.connect(home / "index" / "truth.sqlite") as truth:
                truth.execute("UPDATE meta SET value = '999' WHERE name = 'schema'")
                seal_meta(truth)  # as that version would, or it were a damage
        rest = [made / "paper.txt"] if command == "ingest" else ["x"]
        done = cli(command, *rest, "--home", home)
        assert (done.code, done.out) == (WRONG_USE, "")
        assert "version 999" in done.line
        assert "a newer one" in done.line or of_state

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("concepts: [", ["mine.yaml:", "broken YAML"]),
            ("id: x\nnonsense: 1", ["mine.yaml"]),
            (None, ["mine.yaml", "cannot be read"]),
        ],
    )
    @pytest.mark.parametrize("setting", ["vocabulary", "model"])
    def test_a_broken_data_file(self, cli, home, made, setting, text, words):
        if text is not None:
            (home / "mine.yaml").write_text(text)
        with (home / "settings.yaml").open("a") as settings:
            settings.write(f"{setting}: {home / 'mine.yaml'}\n")
        done = cli("ingest", made / "paper.txt", "--home", home)
        assert done.code == (NOT_THERE if text is None else WRONG_USE)
        assert done.out == ""
        assert all(word in done.line for word in words), done.line

    def test_a_scan_is_told_with_what_keeps_it_from_being_read(self, cli, home, samples):
        done = cli("ingest", samples / "papers" / "HC9002E1a.pdf", "--home", home)
        said = " ".join(done.out.split())
        assert (done.code, done.err) == (0, "")
        assert "Found 1 document: 1 indexed" in said
        assert "1 of them needs text recognition" in said
        assert "set reading.ocr.enabled to auto, and run again with --force" in said

    def test_debug_shows_the_traceback(self, process, home):
        done = process("show", "PC0000", "--home", home, "--debug")
        assert done.code != 0
        assert "Traceback" in done.err
