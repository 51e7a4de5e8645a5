"""Bad use: one clear line that names the thing and the remedy, and the documented exit code."""

import shutil
import sqlite3

import pytest

from index.embedded.checksums import seal_meta

WRONG_USE, NOT_THERE = 2, 3


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


def test_a_variable_that_is_nearly_a_setting_is_refused_and_others_are_not(cli, home, monkeypatch):
    monkeypatch.setenv("CUSTOMS_LENS_MAIL_SECRET", "x")
    monkeypatch.setenv("CUSTOMS_LENS_WORKRES", "3")
    done = cli("ingest", "x", "--home", home)
    assert done.code == WRONG_USE
    assert "CUSTOMS_LENS_WORKRES: no setting has this name (did you mean CUSTOMS_LENS_WORKERS?" in done.line
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


@pytest.mark.parametrize("command", [("evaluate", "relevance", "samples/judged/relevance.yaml", "--html")])
def test_a_page_that_cannot_be_written_is_refused_before_the_work(cli, home, command):
    done = cli(*command, home / "no" / "page.html", "--home", home)
    assert (done.code, done.out) == (NOT_THERE, "")
    assert "page.html: cannot be written" in done.line


def test_to_list_saved_searches_makes_no_home(cli, home):
    assert cli("save-search", "--list", "--home", home, "--json").json == []
    assert not home.exists()


@pytest.mark.parametrize("command", ["ingest", "extract", "tag"])
def test_a_file_that_is_not_there(cli, home, tmp_path, command):
    done = cli(command, tmp_path / "no.pdf", "--home", home)
    assert (done.code, done.out) == (NOT_THERE, "")
    assert "no.pdf" in done.line
    assert "check" in done.line
    assert not home.exists()


@pytest.mark.parametrize("option", ["--model", "--encoder"])
def test_a_name_that_nothing_has_is_refused_whatever_is_printed(cli, home, tmp_path, option):
    (paper := tmp_path / "paper.txt").write_text("The single window.")
    done = cli("extract", paper, option, "nonsense", "--home", home)
    assert (done.code, done.out) == (WRONG_USE, "")
    assert "nonsense" in done.line
    assert "shipped" in done.line


@pytest.mark.parametrize("arguments", [["search", "x"], ["similar", "a-1"], ["show", "PC9001"], ["matrix"], ["themes"]])
def test_no_index_yet(cli, home, arguments):
    done = cli(*arguments, "--home", home)
    assert (done.code, done.out) == (NOT_THERE, "")
    assert str(home) in done.line
    assert "customs-lens ingest" in done.line
    assert not home.exists()


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


def test_a_variable_with_an_impossible_value(cli, home, monkeypatch):
    monkeypatch.setenv("CUSTOMS_LENS_WORKERS", "many")
    done = cli("search", "x", "--home", home)
    assert done.code == WRONG_USE
    assert "CUSTOMS_LENS_WORKERS" in done.line
    assert "unset" in done.line


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--encoder", "nosuch", ["nosuch", "multilingual-e5-small"]),
        ("--model", "nosuch", ["nosuch", "dcmm-interop", "oecd-dtmm", "un-dstf"]),
        ("--encoder", "n" * 300, ["multilingual-e5-small"]),
        ("--model", "n" * 300, ["dcmm-interop"]),
    ],
)
def test_unknown_models(cli, home, paper, option, value, words):
    done = cli("ingest", paper, "--home", home, option, value)
    assert (done.code, done.out) == (WRONG_USE, "")
    assert all(word in done.line for word in words), done.line


def test_a_home_below_a_file(cli, paper):
    done = cli("ingest", paper, "--home", paper / "home")
    assert done.code == NOT_THERE
    assert str(paper / "home") in done.line


def test_an_export_that_cannot_be_written_says_so_before_the_index_is_asked(cli, home):
    done = cli("matrix", "--home", home, "--export", "/")
    assert done.code == WRONG_USE
    assert "directory" in done.line


def test_elasticsearch_without_a_url_is_refused_with_the_remedy(cli, home, monkeypatch):
    monkeypatch.delenv("ELASTICSEARCH_URL", raising=False)
    done = cli("search", "x", "--home", home, "--index", "elasticsearch")
    assert done.code == WRONG_USE
    assert "set ELASTICSEARCH_URL" in done.line


@pytest.mark.parametrize("command", [("search", "x"), ("reindex",), ("ingest", "samples/papers")])
def test_a_cluster_that_is_away_is_said_so(cli, home, monkeypatch, command):
    monkeypatch.setenv("ELASTICSEARCH_URL", "http://127.0.0.1:9")
    done = cli(*command, "--home", home, "--index", "elasticsearch")
    assert done.code == NOT_THERE
    assert "http://127.0.0.1:9: Elasticsearch cannot be reached" in done.line


def test_a_url_of_elasticsearch_that_is_none_names_its_variable(cli, home, monkeypatch):
    monkeypatch.setenv("ELASTICSEARCH_URL", "localhost")
    done = cli("search", "x", "--home", home, "--index", "elasticsearch")
    assert done.code == WRONG_USE
    assert done.line.startswith("customs-lens: ELASTICSEARCH_URL: ")


def test_reindex_of_an_embedded_index_is_refused(cli, home):
    done = cli("reindex", "--home", home)
    assert done.code == WRONG_USE
    assert "--index elasticsearch" in done.line


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

    @pytest.mark.parametrize(("command", "name"), [("show", "PC0000"), ("similar", "0123456789abcdef-7")])
    def test_a_name_that_nothing_has(self, cli, home, command, name):
        done = cli(command, name, "--home", home)
        assert (done.code, done.out) == (WRONG_USE, "")
        assert name in done.line

    @pytest.mark.parametrize("command", ["search", "ingest", "matrix"])
    def test_an_index_of_another_encoder(self, cli, home, made, command):
        rest = {"search": ["x"], "ingest": [made / "paper.txt"], "matrix": []}[command]
        done = cli(command, *rest, "--home", home, "--encoder", "multilingual-e5-small")
        assert (done.code, done.out) == (WRONG_USE, "")
        assert "--encoder all-MiniLM-L6-v2" in done.line

    @pytest.mark.parametrize("command", ["search", "ingest"])
    def test_an_index_of_another_version(self, cli, home, made, command):
        with sqlite3.connect(home / "index" / "truth.sqlite") as truth:
            truth.execute("UPDATE meta SET value = '999' WHERE name = 'schema'")
            seal_meta(truth)  # as that version would, or it were a damage
        rest = [made / "paper.txt"] if command == "ingest" else ["x"]
        done = cli(command, *rest, "--home", home)
        assert (done.code, done.out) == (WRONG_USE, "")
        assert "version 999" in done.line
        assert "a newer one" in done.line

    def test_a_ledger_of_another_version(self, cli, home, made):
        with sqlite3.connect(home / "state.db") as ledger:
            ledger.execute("PRAGMA user_version = 999")
        done = cli("ingest", made / "paper.txt", "--home", home)
        assert done.code == WRONG_USE
        assert "version 999" in done.line

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

    @pytest.mark.parametrize("path", ["no/such/folder/m.csv", "paper.txt/m.xlsx"])
    def test_an_export_to_nowhere(self, cli, home, made, path, monkeypatch):
        monkeypatch.chdir(made)
        done = cli("matrix", "--home", home, "--export", path)
        assert (done.code, done.out) == (NOT_THERE, "")
        assert path in done.line

    def test_an_export_of_an_unknown_kind(self, cli, home, tmp_path):
        done = cli("matrix", "--home", home, "--export", tmp_path / "m.pdf")
        assert done.code == WRONG_USE
        assert ".csv" in done.line

    def test_a_scan_is_told_with_what_keeps_it_from_being_read(self, cli, home, samples):
        done = cli("ingest", samples / "papers" / "HC9002E1a.pdf", "--home", home)
        said = " ".join(done.out.split())
        assert (done.code, done.err) == (0, "")
        assert "Found 1 document: 1 indexed" in said
        assert "1 of them needs text recognition" in said
        assert "set reading.ocr.enabled to auto, and run again with --force" in said

    @pytest.mark.parametrize("place", ["blobs", "index", "tmp"])
    def test_a_backup_among_the_files_of_the_home(self, cli, home, place):
        (home / place).mkdir(exist_ok=True)
        done = cli("backup", home / place / "b.zip", "--home", home)
        assert (done.code, done.out) == (WRONG_USE, "")
        assert "outside of the home" in done.line
        assert not (home / place / "b.zip").exists()

    def test_debug_shows_the_traceback(self, process, home):
        done = process("show", "PC0000", "--home", home, "--debug")
        assert done.code != 0
        assert "Traceback" in done.err
