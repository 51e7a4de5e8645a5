"""Changes single bytes of a home, and checks that each change is repaired, reported, or harmless.

usage: python -m benchmarks.damaged_bytes [--changes 40] [--seed 7] [--only PART] [--workspace FOLDER]

The home holds 20 sample papers, a judgement, a correction, a saved search and a briefing. For each change of its store,
state, text index, vector files and blobs `doctor`, `backup` and `doctor --repair` run as commands, and what the home
answers is compared with what it answered before, byte by byte: searches in every mode, exports, whole documents,
judgements, corrections, saved searches and briefings. Places are drawn over whole files, pages in use and free ones
alike. Of half of the changes of blobs the papers are not there. A change ends as

- repaired: found, and everything is as it was;
- named: an original whose source is gone, or a row that no copy holds, is named as not to be repaired; all else equal;
- harmless: `doctor` finds nothing, and everything is as it was;
- wrong: anything else, and it is printed; so is a `backup` that ends with 0 of a home in which something was found.

Exit code 1 where anything was wrong.
"""

import argparse
import json
import os
import random
import shutil
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from click.testing import CliRunner

from benchmarks.running import CHECKOUT
from configs.settings import Settings, load_settings
from configs.system.errors import CustomsLensError
from index.filters import EVERY_CLASS
from pipelines.access.keys import LOCAL
from pipelines.desk.briefings import BriefingDesk
from pipelines.review.desk import Desk
from pipelines.review.named import judge_named
from pipelines.review.records import ReviewRecords
from pipelines.search.requests import SearchParameters, search_request
from pipelines.search.service import SearchService, reader
from pipelines.storage.briefings import Briefings
from pipelines.storage.opening import open_storage
from pipelines.storage.state import State
from portal.cli.app import cli

PARTS = ("store", "state", "text", "vectors", "blobs")
_PAPERS = 20
_FAULT = 70
"""Exit code of a fault of the program."""
_SHOWN = 200
"""Characters of what a command printed that are shown."""
_SEARCHES = ("single window", "guichet unique", "risk management")
_MODES = ("text", "vector", "hybrid")
_EXPORTS = ("documents", "passages", "tags", "decisions")


class Change(NamedTuple):
    """A changed byte, and the outcome."""

    part: str
    file: str
    place: int
    outcome: str
    detail: str


def run(home: Path, *arguments: str) -> tuple[int, str]:
    """Run a command in this process; return its exit code and what it printed."""
    result = CliRunner().invoke(cli, [*arguments, "--home", str(home)], standalone_mode=False)
    if isinstance(result.exception, CustomsLensError):
        return result.exception.exit_code, str(result.exception)
    if result.exception:
        return _FAULT, f"{type(result.exception).__name__}: {result.exception}"
    return result.return_value or 0, result.stdout


def make_home(home: Path, papers: Path) -> None:
    """Make the home of which bytes are changed."""
    papers.mkdir()
    for paper in sorted((CHECKOUT / "samples" / "papers").iterdir())[:_PAPERS]:
        shutil.copy(paper, papers)
    settings = load_settings(home)
    _done(home, "ingest", str(papers))
    with reader(settings) as engine:
        first = sorted(name for name, _ in engine.documents(access_classes=EVERY_CLASS))
    _done(home, "correct", first[0], "title=As people know it")
    passage = f"{first[1]}-0"
    with reader(settings) as engine, ReviewRecords(State(settings)) as records:
        judge_named(Desk(settings, engine, records, LOCAL.actor, EVERY_CLASS), "set", [passage], theme="single-window")
    _done(home, "save-search", "windows", "single window")
    with SearchService(settings) as service:
        desk = BriefingDesk(settings, service)
        briefing = desk.add(LOCAL, "For the session")
        desk.pin_passage(LOCAL, briefing.name, passage)
    _done(home, "rebuild")  # so that the vectors are in files, and nothing is in the text index that was superseded


def answers(settings: Settings) -> dict[str, str]:
    """Return the answers of a home by request."""
    found = {}
    with SearchService(settings) as service:
        for query in _SEARCHES:
            for mode in _MODES:
                asked = SearchParameters(q=query, mode=mode, facet=("body", "theme", "year"))
                request = search_request(settings, asked, (), access_classes=EVERY_CLASS)
                answer = service.search(request, sentences=False).model_dump(mode="json")
                found[f"{mode} {query}"] = _json(answer | {"took_ms": 0})
    with reader(settings) as engine:
        for name, versions in engine.documents(access_classes=EVERY_CLASS):
            document = engine.document(name, access_classes=EVERY_CLASS, full=True)
            found[f"document {name}"] = _json([document and document.model_dump(mode="json"), dict(versions)])
        judged = engine.judgements(access_classes=EVERY_CLASS)
        found["judgements"] = _json([one.model_dump(mode="json") for one in judged])
    for what in _EXPORTS:
        found[f"export {what}"] = _done(settings.home, "export", what, "--format", "jsonl")
    found["matrix"] = _done(settings.home, "matrix", "--json")
    storage, state = open_storage(settings), State(settings)
    with closing(storage.open_judgements(write=False)) as said:
        found["corrections"] = _json([one.model_dump(mode="json") for one in said.corrections(0)])
    with closing(storage.open_searches()) as searches:
        found["searches"] = _json([one.model_dump(mode="json") for one in searches.all()])
    with closing(Briefings(state)) as briefings:
        found["briefings"] = _json([one.model_dump(mode="json") for one in briefings.all()])
    return found


def change(home: Path, part: str, draw: random.Random) -> tuple[Path, int]:
    """Change one byte of a part of the home; return where."""
    patterns = {
        "store": ["index/truth.sqlite"],
        "state": ["state.db"],
        "text": ["index/text/*"],
        "vectors": ["index/vectors*.bin"],
        "blobs": ["blobs/*/*/*"],
    }
    files = sorted(path for one in patterns[part] for path in home.glob(one) if path.stat().st_size)
    sizes = [path.stat().st_size for path in files]
    path = draw.choice(files) if part == "blobs" else draw.choices(files, sizes)[0]
    data = bytearray(path.read_bytes())
    place = draw.randrange(len(data))
    data[place] ^= draw.randrange(1, 256)
    path.write_bytes(data)
    return path, place


def outcome_of(settings: Settings, before: dict[str, str], archive: Path) -> tuple[str, str]:
    """Return the outcome of a changed byte, with details."""
    home = settings.home
    found, said = run(home, "doctor")
    backed_up, told = run(home, "backup", str(archive))
    repaired, repairs = run(home, "doctor", "--repair")
    problems = [
        words[-_SHOWN:] for code, words in ((found, said), (backed_up, told), (repaired, repairs)) if code == _FAULT
    ]
    problems += ["backup ended with 0"] if found and not backed_up else []
    if differing := _changed_answers(home, before):
        problems.append(f"differing: {differing}")
    faults = [line for line in said.splitlines() if line.startswith("FAIL")] if found else []
    left = [line for line in repairs.splitlines() if line.startswith(("LEFT", "FAIL"))] if repaired else []
    if repaired and not any(line.startswith("LEFT") for line in left):
        problems.append(f"repair ended with {repaired}: {left or repairs[-_SHOWN:]}")
    outcome = "named" if repaired else "repaired" if found else "harmless"
    return "wrong" if problems else outcome, "; ".join([*problems, *(left or faults or [said[-_SHOWN:]] * bool(found))])


def _changed_answers(home: Path, before: dict[str, str]) -> list[str]:
    """Return the requests whose answers have changed."""
    try:
        after = answers(load_settings(home))
    except (CustomsLensError, RuntimeError, ValueError, sqlite3.Error) as error:
        return [f"all: {type(error).__name__}: {error}"]
    return [name for name in before | after if before.get(name) != after.get(name)]


def changes(workspace: Path, count: int, seed: int, parts: tuple[str, ...]) -> Iterator[Change]:
    """Change bytes one at a time, and yield the outcome of each."""
    workspace.mkdir(parents=True, exist_ok=True)
    whole, home, papers, away = (workspace / name for name in ("whole", "home", "papers", "away"))
    if not whole.exists():
        make_home(home, papers)
        home.rename(whole)
    shutil.rmtree(home, ignore_errors=True)
    shutil.copytree(whole, home)
    settings = load_settings(home)
    before = answers(settings)
    for part in parts:
        draw = random.Random(f"{seed} {part}")
        for number in range(count):
            shutil.rmtree(home)
            shutil.copytree(whole, home)
            file, place = change(home, part, draw)
            if part == "blobs" and number % 2:
                papers.rename(away)
            archive = workspace / "backup.zip"
            outcome, detail = outcome_of(settings, before, archive)
            archive.unlink(missing_ok=True)
            if away.exists():
                away.rename(papers)
            yield Change(part, str(file.relative_to(home)), place, outcome, detail)


def main() -> int:
    """Change bytes, and print each outcome and the counts by outcome."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--changes", type=int, default=40, help="changes of each part")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--only", choices=PARTS, action="append", help="a part; may be given several times")
    parser.add_argument("--workspace", type=Path, help="folder that keeps the home for the next call")
    given = parser.parse_args()
    os.environ["CUSTOMS_LENS_NICENESS"] = "0"  # what runs in this process would make all of it step back
    print(f"seed {given.seed}, {given.changes} changes of each part", flush=True)
    started, counts = time.perf_counter(), Counter[tuple[str, str]]()
    with tempfile.TemporaryDirectory() as folder:
        for one in changes(given.workspace or Path(folder), given.changes, given.seed, tuple(given.only or PARTS)):
            counts[one.part, one.outcome] += 1
            print(f"{one.outcome:8} {one.part:8} {one.file} {one.place}: {one.detail}", flush=True)
    rows = [
        [part, *(str(counts[part, outcome]) for outcome in ("repaired", "named", "harmless", "wrong"))]
        for part in given.only or PARTS
    ]
    print(json.dumps({"columns": ["bytes of", "repaired", "named", "harmless", "wrong"], "rows": rows}, indent=2))
    print(f"{time.perf_counter() - started:.0f} s")
    return 1 if any(outcome == "wrong" for _, outcome in counts) else 0


def _done(home: Path, *arguments: str) -> str:
    code, said = run(home, *arguments)
    if code:
        raise RuntimeError(f"{arguments}: {code}: {said}")
    return said


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


if __name__ == "__main__":
    sys.exit(main())
