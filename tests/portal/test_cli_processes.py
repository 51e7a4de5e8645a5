"""What commands import, what they leave behind, and how they take being stopped."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time

import psutil
import pytest

INTERRUPTED = 130
HEAVY = ("torch", "spacy", "prefect", "sentence_transformers", "transformers")
HEAVY += ("pdfplumber", "docx", "pptx", "prometheus_client")
"""Libraries that take seconds to import, or that reading alone needs."""
ENCODING = ("openvino", "tokenizers")
WATCHED = f"""
import atexit, json, sys
@atexit.register
def tell():
    print("modules", json.dumps([name for name in {HEAVY!r} if name in sys.modules]), file=sys.stderr)
from portal.cli import main
main(sys.argv[1:])
"""
WEIGHED = """
import atexit, sys
from pathlib import Path
# the peak of this program alone: what getrusage says includes the process that started it
atexit.register(lambda: print(Path("/proc/self/status").read_text(), file=sys.stderr))
from portal.cli import main
main(sys.argv[1:])
"""
QUERY_MIB = 900
"""More than a query with the default encoder may take: its tokenizer and mapped weights make about 600."""
PATIENCE = 300.0
READ_AHEAD = 14
"""More blobs than are stored of documents that are only read yet (two each): some are in the index."""


def imported(done):
    """The heavy modules that a watched process said it had imported."""
    (line,) = [line for line in done.err.splitlines() if line.startswith("modules ")]
    return json.loads(line.removeprefix("modules "))


OF_SAMPLES = [
    ("search", "single window", "--mode", "text"),
    ("search", "single window", "--mode", "hybrid"),
    *(("show", "PC9001"), ("matrix",), ("themes",)),
]


@pytest.mark.parametrize(
    ("arguments", "of_samples"),
    [
        (("--help",), False),
        *((("extract", f"SAMPLES/{paper}"), False) for paper in ("PC9001E1a.pdf", "PC9002E1a.docx")),
        *(pytest.param(one, True, marks=pytest.mark.model) for one in OF_SAMPLES),
    ],
)
def test_what_asks_or_reads_imports_nothing_heavy_and_what_needs_no_encoder_none(
    process, samples, request, arguments, of_samples
):
    watched = HEAVY if "hybrid" in arguments or "--help" in arguments else (*HEAVY, *ENCODING)
    arguments = [one.replace("SAMPLES", str(samples / "papers")) for one in arguments]
    options = ("--home", request.getfixturevalue("sample_home"), "--json") if of_samples else ()
    done = process(*arguments, *options, code=WATCHED.replace(repr(HEAVY), repr(watched)))
    assert done.code == 0, done.err
    assert done.json.get("hits", True) if of_samples else done.out.startswith(("# ", "Usage: "))
    assert imported(done) == []


def test_the_watch_sees_what_is_imported(process):
    assert imported(process("--help", code="import docx" + WATCHED)) == ["docx"]


NICE = """
import atexit, os, sys
atexit.register(lambda: print("nice", os.getpriority(os.PRIO_PROCESS, 0), file=sys.stderr))
from portal.cli import main
main(sys.argv[1:])
"""


@pytest.mark.slow
@pytest.mark.parametrize(("command", "niceness"), [("ingest", 5), ("search", 0)])
def test_taking_papers_in_steps_back_for_searches(process, tmp_path, command, niceness):
    done = process(command, str(tmp_path), code=NICE)
    own = os.getpriority(os.PRIO_PROCESS, 0)  # of a run that was started with `nice`
    assert f"nice {max(niceness, own)}" in done.err.splitlines()


@pytest.fixture
def papers(tmp_path):
    """Enough papers for a run of a few seconds."""
    folder = tmp_path / "papers"
    folder.mkdir()
    for number in range(60):
        paragraphs = (f"The single window of country {number} serves agency {part}." for part in range(6))
        (folder / f"{number:02}.txt").write_text("\n\n".join(paragraphs))
    return folder


@pytest.mark.model
def test_a_search_asks_the_state_of_a_home_without_its_library(process, own_home):
    assert process("save-search", "windows", "single window", "--home", own_home).code == 0
    assert (own_home / "state.db").exists()
    code = WATCHED.replace(repr(HEAVY), repr(("sqlalchemy",)))
    done = process("search", "single window", "--mode", "text", "--home", own_home, "--json", code=code)
    assert (done.code, len(done.json["hits"]) > 0, imported(done)) == (0, True, [])
    done = process("save-search", "--list", "--home", own_home, code=code)
    assert imported(done) == ["sqlalchemy"]


@pytest.mark.model
def test_an_ingestion_imports_no_orchestrator_and_reads_in_children_alone(process, tmp_path, papers):
    done = process("ingest", papers / "00.txt", "--home", tmp_path / "home", "--json", code=WATCHED)
    assert done.json["indexed"] == 1
    assert set(imported(done)).isdisjoint({"prefect", "sentence_transformers", "transformers", "pdfplumber", "docx"})


@pytest.mark.model
def test_a_search_stays_small(process, sample_home):
    done = process("search", "single window", "--home", sample_home, "--json", code=WEIGHED)
    assert done.json["hits"]
    (peak,) = [line for line in done.err.splitlines() if line.startswith("VmHWM:")]
    assert int(peak.split()[1]) / 1024 < QUERY_MIB


@pytest.mark.model
def test_an_ingestion_leaves_no_process_behind(start, tmp_path, samples):
    folder = tmp_path / "papers"
    folder.mkdir()
    for name in ("HC9001E1a.pdf", "PC9002E1a.docx"):
        shutil.copy(samples / "papers" / name, folder)
    command = ("ingest", folder, "--home", tmp_path / "home", "--encoder", "all-MiniLM-L6-v2", "--json")
    with start(*command) as process:
        seen, group = set(), os.getpgid(process.pid)
        while process.poll() is None:
            seen |= {one.pid for one in _group(group)}
            time.sleep(0.2)  # a look at all processes of the machine takes longer than a short sleep
        report = json.load(process.stdout)
    assert report["indexed"] == 2
    assert len(seen) > 1  # reading was done by children
    assert [one.cmdline() for one in _group(group)] == []


def _group(group):
    """The living processes of a process group."""
    found = []
    for one in psutil.process_iter():
        try:
            if os.getpgid(one.pid) == group and one.status() != psutil.STATUS_ZOMBIE:
                found.append(one)
        except (ProcessLookupError, psutil.NoSuchProcess):
            continue
    return found


def _wait_for(condition, process):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert process.poll() is None, process.stderr.read().decode()
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.model
@pytest.mark.slow
def test_an_interrupt_is_one_line_and_the_next_run_completes(start, cli, tmp_path, papers):
    home = tmp_path / "home"
    command = ("ingest", papers, "--home", home, "--encoder", "all-MiniLM-L6-v2", "--workers", "1", "--json")
    with start(*command) as process:
        _wait_for(lambda: len(list((home / "blobs").glob("*/*/*"))) > READ_AHEAD, process)
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out) == (INTERRUPTED, b"")
    (line,) = err.decode().strip().splitlines()
    assert "interrupted" in line
    assert "run the same command again" in line
    assert _group(process.pid) == []
    done = cli(*command)
    assert done.code == 0, done.err
    assert done.json["indexed"] + done.json["unchanged"] == len(list(papers.iterdir()))
    assert done.json["unchanged"] > 0
    assert cli("doctor", "--home", home, "--encoder", "all-MiniLM-L6-v2").code == 0


INTERRUPTED_AT_START = """
import os, signal, sys
class Finder:
    def find_spec(self, name, *_):
        if name == "click":
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Finder())
from portal.cli import main
main(["--help"])
"""


@pytest.mark.slow
def test_an_interrupt_while_it_starts_is_no_traceback(process):
    done = process(code=INTERRUPTED_AT_START)
    assert (done.code, done.out, done.err) == (INTERRUPTED, "", "")


@pytest.mark.slow
def test_an_interrupt_while_it_waits_for_input_is_one_line_too(start):
    with start("tag", "-", "--text", stdin=subprocess.PIPE) as process:
        _wait_for(lambda: _is_idle(psutil.Process(process.pid)), process)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out) == (INTERRUPTED, b"")
    assert len(err.decode().strip().splitlines()) == 1


def _is_idle(process):
    """Whether a process has started and does nothing but wait; on a busy machine it also waits for its turn."""
    before = process.cpu_times()
    time.sleep(1.5)
    return process.status() == psutil.STATUS_SLEEPING and before.user > 0 and process.cpu_times() == before


@pytest.mark.model
@pytest.mark.parametrize("arguments", [("themes",), ("search", "customs", "-k", "50", "--mode", "text", "--json")])
def test_a_reader_that_goes_away_is_no_fault(sample_home, tmp_path, arguments):
    command = [sys.executable, "-c", "from portal.cli import main; main()", *arguments, "--home", str(sample_home)]
    with (tmp_path / "err").open("w+b") as err:
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=err) as process:
            process.stdout.close()  # before anything is written: the first write fails
            process.wait(PATIENCE)
        err.seek(0)
        assert err.read() == b""
    assert process.returncode in (0, 1)


@pytest.mark.model
def test_head_gets_its_line_and_nothing_else_is_said(sample_home):
    line = (
        f"{sys.executable} -c 'from portal.cli import main; main()' show PC9001 --full --home {sample_home} | head -1"
    )
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert done.stdout.startswith("PC9001E1a")
