"""Whether a change of structure leaves the answers as they were: asked before it and after it, and compared.

usage: python -m benchmarks.unchanged ask OUT.jsonl --home HOME [--questions FILE.json] [--papers FOLDER]
       python -m benchmarks.unchanged compare BEFORE.jsonl AFTER.jsonl

`ask` puts questions to the index of a home through the command line, in this process, and writes what it prints: 150 of
all operators with filters and facets, in every mode, then `show`, `similar`, `matrix` and `themes`; with `--papers`
also `extract` and `tag` of each file of a folder. The first run draws the questions and writes them to the file; a run
of the version before (a worktree of it with this file) takes them from there. `compare` leaves out times and prints
what differs.
"""

import argparse
import contextlib
import io
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from portal.cli import main as command_line

MODES = ("hybrid", "text", "vector")
_TIMES = {"took_ms", "seconds", "started", "ended"}
_SHOWN = 3
"""Differences that are printed."""


def main() -> int:
    """Ask or compare."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    commands = parser.add_subparsers(dest="command", required=True)
    asking = commands.add_parser("ask")
    asking.add_argument("out", type=Path)
    asking.add_argument("--home", type=Path, required=True)
    asking.add_argument("--questions", type=Path, default=Path("questions.json"))
    asking.add_argument("--papers", type=Path)
    asking.add_argument("--count", type=int, default=150)
    comparing = commands.add_parser("compare")
    comparing.add_argument("before", type=Path)
    comparing.add_argument("after", type=Path)
    options = parser.parse_args()
    if options.command == "compare":
        return compare(options.before, options.after)
    with options.out.open("w", encoding="utf-8") as out:
        for asked in commands_of(options.home, drawn(options), options.papers):
            code, printed = run([*asked, "--home", str(options.home), "--json"])
            out.write(json.dumps([asked, code, printed]) + "\n")
    return 0


def drawn(options: argparse.Namespace) -> list[list[Any]]:
    """Return the questions of a file as `[query, filters]`; where it is missing, draw them and write it."""
    path: Path = options.questions
    if not path.exists():
        from benchmarks.questions import questions
        from configs.settings import load_settings
        from pipelines.search.service import reader

        with reader(load_settings(options.home)) as engine:
            made = [[one.query, list(one.filters)] for one in questions(engine, options.count)]
        path.write_text(json.dumps(made), encoding="utf-8")
    found: list[list[Any]] = json.loads(path.read_text(encoding="utf-8"))
    return found


def commands_of(home: Path, questions: Sequence[Sequence[Any]], papers: Path | None) -> Iterator[list[str]]:
    """Yield the commands, without `--home` and `--json`."""
    for number, (query, filters) in enumerate(questions):
        given = [part for one in filters for part in ("--filter", one)]
        facets = ["--facet", "body", "--facet", "theme", "--facet", "dimension"]
        yield [
            "search",
            "--mode",
            MODES[number % len(MODES)],
            *given,
            *facets,
            "--explain",
            "--context",
            "1",
            "--",
            query,
        ]
    _, listed = run(["search", "-k", "20", "--home", str(home), "--json", "--", ""])
    for hit in json.loads(listed)["hits"] if listed else ():
        yield ["show", "--full", hit["document"]["id"]]
        yield ["similar", hit["passages"][0]["id"]]
    yield from (["matrix"], ["matrix", "--by", "body"], ["themes"])
    for path in sorted(papers.iterdir()) if papers else ():
        if path.is_file():
            yield from (["extract", str(path)], ["tag", str(path)])


def run(arguments: list[str]) -> tuple[int, str]:
    """Return exit code and standard output of a command."""
    out, code = io.StringIO(), 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
        try:
            command_line(arguments)
        except SystemExit as ended:
            code = int(ended.code or 0)
    return code, out.getvalue()


def compare(before: Path, after: Path) -> int:
    """Print which commands answer otherwise; return 1 where any does."""
    old, new = (dict(map(_row, path.read_text(encoding="utf-8").splitlines())) for path in (before, after))
    wrong = [asked for asked in old if old[asked] != new.get(asked)]
    print(f"{len(old)} commands, {len(wrong)} answer otherwise, {len(new.keys() - old.keys())} are new")
    for asked in wrong[:_SHOWN]:
        print(f"\n{asked}\n  before: {str(old[asked])[:600]}\n  after:  {str(new.get(asked))[:600]}")
    return bool(wrong)


def _row(line: str) -> tuple[str, Any]:
    asked, code, printed = json.loads(line)
    return " ".join(asked), (code, _timeless(json.loads(printed)) if printed.strip() else "")


def _timeless(value: Any) -> Any:  # noqa: ANN401 - plain JSON
    if isinstance(value, dict):
        return {name: _timeless(one) for name, one in value.items() if name not in _TIMES}
    return [_timeless(one) for one in value] if isinstance(value, list) else value


if __name__ == "__main__":
    sys.exit(main())
