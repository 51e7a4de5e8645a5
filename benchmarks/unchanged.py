"""Regression check for refactorings: records all answers before and after a change, and compares them.

usage: python -m benchmarks.unchanged ask OUT.jsonl --home HOME [--questions FILE.json] [--papers FOLDER]
       python -m benchmarks.unchanged compare BEFORE.jsonl AFTER.jsonl [--all]

`ask` copies a home, gives the copy three access keys (every class, public papers as a reader, public papers as an
administrator) and asks it in this process: the help of every command; every command that changes nothing, with
`--json`; the documents of the OpenAPI and every route that is read, pages and API, with each key; every format of
export; every tool for assistants, with each key. Empty answers, unknown names and bad parameters are among the
questions; exit code, status and messages belong to the answers. The first run draws the questions and writes them to
the file; a run of the version before (a worktree of it with this file) takes them from there. With `--papers` each file
of a folder goes through `extract` and `tag`.

`compare` leaves out times and what is drawn at random, counts what differs by kind of question, and prints three of
them, or all; the exit code is 1 where anything differs. A route or command that is asked on one side alone is one that
is new or gone.
"""

import argparse
import asyncio
import contextlib
import csv
import io
import itertools
import json
import re
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import click

from configs.settings import Settings, load_settings
from pipelines.access.keys import KeyStore, Role
from portal.cli import main as command_line
from portal.cli.app import cli

MODES = ("hybrid", "text", "vector")
KEYS: dict[str, tuple[Role, list[str] | None]] = {
    "every class": ("admin", None),
    "public reader": ("reader", []),
    "public administrator": ("admin", []),
}
"""Role and access classes of the keys that ask; None is every class."""
UNKNOWN = "no-such-thing"
_SHOWN = 3
"""Differences that are printed."""
_PAPERS = 20
"""Papers that are asked for one by one."""
_TIMES = {"took_ms", "seconds", "started", "ended", "made", "at", "last_used", "progressed", "updated"}
_VARYING = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(\.\d+)?(Z|\+00:00)?"  # moments; papers have dates alone
    r"|\d{8}T\d{6}-[0-9a-f]{6}"  # runs
    r"|\b\d+(\.\d+)? (ms|seconds?|secondes?)\b"
    r"|\d[\d,]* MiB\b"  # that are free
    r"|(?<=_seconds\", \"labels\": {}, \"value\": )\d+\.\d+|(?<=free_bytes\", \"labels\": {}, \"value\": )[\d.e+]+"
    r"|(?<=_seconds )\d+\.\d+|(?<=free_bytes )[\d.e+]+"
    r"|\d\d:\d\d(?=</time>)|(?<=act\" value=\")[0-9a-f]{16}|(?<=\"took_ms\": )[\d.e-]+"
)
_FORMATS = ("csv", "jsonl", "xlsx")
_PARAMETERS = (
    *("year=2016..2024&language=en", "by=year", "theme=single-window", "format=csv", "lang=fr"),
    *("offset=-1", "limit=1000", "mode=none"),
)
"""What routes are asked with besides, right for some and wrong for others."""
_CHANGING = {
    *("alerts", "backup", "correct", "demo", "ingest", "keys add", "keys revoke", "failures accept", "mcp"),
    *("models fit", "models prepare", "rebuild", "reindex", "restore", "retrain", "save-search", "schedule", "serve"),
    *("sources run", "sweep", "vocabulary import", "evaluate decisions", "evaluate retrieval", "evaluate tagging"),
    *("evaluate themes", "evaluate understanding", "evaluate relevance"),
}
"""Commands that store something or wait: of these the help, and what they say of a wrong option."""
_NAMED = {
    *("extract", "profile", "runs show", "search", "show", "similar", "since", "tag", "verify", "vocabulary check"),
}
"""Commands that are asked for names, words or files."""

Row = tuple[str, list[str], Any]
"""A kind of question, the question, and its answer."""


def main() -> int:
    """Ask or compare."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
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
    comparing.add_argument("--all", action="store_true", help="print every difference, in full")
    options = parser.parse_args()
    if options.command == "compare":
        return compare(options.before, options.after, most=None if options.all else _SHOWN)
    with tempfile.TemporaryDirectory() as folder, options.out.open("w", encoding="utf-8") as out:
        home = Path(folder) / "home"
        shutil.copytree(options.home, home)
        questions = drawn(load_settings(home), options.questions, options.count)
        for kind, question, answer in asked(home, questions, options.papers):
            line = json.dumps([kind, question, answer], ensure_ascii=False).replace(folder, "FOLDER")
            out.write(line + "\n")
    return 0


def drawn(settings: Settings, path: Path, count: int) -> list[list[Any]]:
    """Return the questions of a file as `[query, filters]`; where it is missing, draw them and write it."""
    if not path.exists():
        from benchmarks.questions import questions
        from pipelines.search.service import reader

        with reader(settings) as engine:
            made = [[one.query, list(one.filters)] for one in questions(engine, count)]
        path.write_text(json.dumps(made), encoding="utf-8")
    found: list[list[Any]] = json.loads(path.read_text(encoding="utf-8"))
    return found


def asked(home: Path, questions: Sequence[Sequence[Any]], papers: Path | None) -> Iterator[Row]:
    """Ask everything, and yield kind, question and answer."""
    for words in every_command():
        yield "help", words, run([*words, "--help"])
    for words in commands_of(home, questions, papers):
        yield "command", words, run([*words, "--home", str(home), "--json"])
    store = KeyStore(home)
    secrets = {name: store.add(name, role, classes).secret for name, (role, classes) in KEYS.items()}
    names = names_in(home)
    yield from of_web(home, secrets, names, questions)
    yield from of_assistants(home, secrets, names)


def every_command() -> list[list[str]]:
    """Return the words of every command and group of commands, the program itself first."""
    found: list[list[str]] = []

    def walk(command: click.Command, words: list[str]) -> None:
        found.append(words)
        if isinstance(command, click.Group):
            for name in command.list_commands(click.Context(command)):
                if below := command.get_command(click.Context(command), name):
                    walk(below, [*words, name])

    walk(cli, [])
    return found


def commands_of(home: Path, questions: Sequence[Sequence[Any]], papers: Path | None) -> Iterator[list[str]]:
    """Yield the commands, without `--home` and `--json`."""
    facets = ["--facet", "body", "--facet", "theme", "--facet", "dimension"]
    for number, (query, filters) in enumerate(questions):
        given = [part for one in filters for part in ("--filter", one)]
        options = ["--mode", MODES[number % len(MODES)], *given, *facets, "--explain", "--context", "1"]
        yield ["search", *options, "--", query]
    for option in ("boddy=x", "year=x", "level=L9"):
        yield ["search", "--filter", option, "--", "window"]
    yield from (["search", "--", ""], ["search", "--mode", "none", "--", "x"], ["search", "--", 'boddy:x "'])
    names = names_in(home)
    for document, passage in zip(names["document"], names["passage"], strict=True):
        yield from (["show", document], ["show", "--full", document], ["similar", passage])
    yield from (["since", body] for body in names["body"])
    yield from (["profile", code] for code in names["code"])
    yield from (["runs", "show", name] for name in names["run_id"])
    yield from ([*name.split(), UNKNOWN] for name in sorted(_NAMED))
    for by in ("year", "body", "subject", UNKNOWN):
        yield ["matrix", "--by", by]
    for what, kind in itertools.product(("documents", "passages", "tags", "matrix", "decisions", "trends"), _FORMATS):
        yield ["export", what, "--format", kind]
    yield from (["export", "vocabulary", "--format", "ttl"], ["export", UNKNOWN])
    groups = {" ".join(words[:-1]) for words in every_command()}
    for words in every_command():
        name = " ".join(words)
        if name not in groups | _CHANGING | _NAMED and words[:1] != ["export"]:
            yield words
        yield [*words, f"--{UNKNOWN}"]
    for path in sorted(papers.iterdir()) if papers else ():
        if path.is_file():
            yield from (["extract", str(path)], ["tag", str(path)])


def run(arguments: list[str]) -> tuple[int, str, str]:
    """Return exit code, standard output and what is said of it on the other stream."""
    out, said, code = io.StringIO(), io.StringIO(), 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(said):
        try:
            command_line(arguments)
        except SystemExit as ended:
            code = int(ended.code or 0)
    return code, out.getvalue(), said.getvalue() if code else ""


def names_in(home: Path) -> dict[str, list[str]]:
    """Return names that a home has, by the parameters of routes that take them, each with an unknown one at the end."""
    _, listed, _ = run(["search", "-k", str(_PAPERS), "--home", str(home), "--json", "--", ""])
    hits = json.loads(listed)["hits"] if listed else []
    facets = [part for field in ("body", "theme", "subject", "session") for part in ("--facet", field)]
    _, counted, _ = run(["search", "-k", "1", *facets, "--home", str(home), "--json", "--", ""])
    values = {field: [one["value"] for one in rows] for field, rows in json.loads(counted)["facets"].items()}
    _, runs, _ = run(["runs", "--home", str(home), "--json"])
    symbols = [hit["document"]["symbol"]["raw"] for hit in hits if hit["document"]["symbol"]]
    found = {
        "document": [hit["document"]["id"] for hit in hits],
        "passage": [hit["passages"][0]["id"] for hit in hits],
        "path": [f"{symbol}{place}" for symbol in symbols for place in ("", "/§1", "/p1", "/§999")],
        "body": values["body"][:5],
        "theme": values["theme"][:5],
        "code": values["subject"][:5],
        "session": [str(one) for one in values["session"][:3]],
        "run_id": [one["id"] for one in json.loads(runs)[:2]] if runs else [],
    }
    return {name: [*some, UNKNOWN] for name, some in found.items()}


def of_web(
    home: Path, secrets: dict[str, str], names: dict[str, list[str]], questions: Sequence[Sequence[Any]]
) -> Iterator[Row]:
    """Ask every route that is read, with each key and with none."""
    from fastapi.routing import iter_route_contexts
    from fastapi.testclient import TestClient

    from portal.web.app import create_app
    from portal.web.gate import GateRules

    rules = GateRules(hosts=frozenset({"testserver"}), requests_per_minute=1_000_000)
    app = create_app(load_settings(home), rules)
    readable = (one for one in iter_route_contexts(app.routes) if "GET" in (getattr(one, "methods", None) or {"GET"}))
    paths = sorted({one.path for one in readable if one.path})
    with TestClient(app, follow_redirects=False) as client:
        addresses = [one for path in paths for one in addresses_of(path, names, questions)]
        for who, secret in [*secrets.items(), ("nobody", "")]:
            headers = {"Authorization": f"Bearer {secret}"} if secret else {}
            for address in addresses if secret else paths:
                yield "web", [who, address], _answer_of(client.get(address, headers=headers))


def addresses_of(path: str, names: dict[str, list[str]], questions: Sequence[Sequence[Any]]) -> Iterator[str]:
    """Yield addresses of a route: with names of the home, with an unknown one, and with parameters that are wrong."""
    spots = re.findall(r"\{(\w+)(?::path)?\}", path)
    options = {
        "document_id": names["document"],
        "other_id": names["document"][:3],
        "passage_id": names["passage"],
        "number": ["1", "0"],
        "kind": ["json", "csv", "xlsx", "ris", "bib", UNKNOWN],
        "what": ["documents", "passages", "tags", "matrix", "decisions", "trends", UNKNOWN],
    }
    for chosen in itertools.product(*(options.get(spot, names.get(spot, [UNKNOWN])) for spot in spots)):
        address = path
        for spot, value in zip(spots, chosen, strict=True):
            address = address.replace(f"{{{spot}:path}}", quote(value)).replace(f"{{{spot}}}", quote(value))
        yield address
        yield f"{address}?boddy=x"
        if not spots or chosen == tuple(options.get(spot, names.get(spot, [UNKNOWN]))[0] for spot in spots):
            yield from (f"{address}?{more}" for more in _PARAMETERS)
    if path in {"/", "/search.{kind}", "/api/v1/search", "/api/v1/facets", "/complete"}:
        place = path.replace("{kind}", "json")
        for number, (query, _) in enumerate(questions[:40]):
            yield f"{place}?{urlencode({'q': query, 'mode': MODES[number % len(MODES)]})}"


def _answer_of(answer: Any) -> list[Any]:  # noqa: ANN401 - a response of the client
    kind = str(answer.headers.get("content-type", ""))
    if kind.endswith("spreadsheetml.sheet"):
        from openpyxl import load_workbook

        sheets = load_workbook(io.BytesIO(answer.content)).worksheets
        body = json.dumps([[cell.value for cell in row] for sheet in sheets for row in sheet], default=str)
    elif kind.startswith(("text/", "application/json", "application/problem", "application/x-")):
        body = answer.text
    else:
        body = f"{len(answer.content)} bytes"
    return [answer.status_code, kind, answer.headers.get("location", ""), body]


def of_assistants(home: Path, secrets: dict[str, str], names: dict[str, list[str]]) -> Iterator[Row]:
    """Ask every tool for assistants, with each key, and list the tools."""
    import os

    from portal.mcp.server import KEY, PaperAnswers, create_server

    asked_of: list[tuple[str, dict[str, Any]]] = [
        *(("search", {"query": query, "mode": mode}) for query in ("single window", "zzz") for mode in MODES),
        ("search", {"query": "window", "filters": ["boddy=x"]}),
        *(("document", {"name": name}) for name in names["document"]),
        *(("read_paragraph", {"paper": name, "paragraph": "1"}) for name in names["document"]),
        *(("read_paragraph", {"paper": name}) for name in names["document"][-2:]),
        *((tool, {}) for tool in ("matrix", "themes", "decisions")),
        *((tool, {"filters": ["year=2016..2024"]}) for tool in ("matrix", "themes", "decisions")),
        ("decisions", {"state": "overdue"}),
        *(("profile", {"member": code}) for code in names["code"]),
        ("verify_quote", {"text": "the single window is connected"}),
    ]
    for who, secret in secrets.items():
        os.environ[KEY] = secret
        with PaperAnswers(load_settings(home)) as answers:
            yield from asyncio.run(_tools(who, create_server(answers), asked_of))
    del os.environ[KEY]


async def _tools(who: str, server: Any, asked_of: Sequence[tuple[str, dict[str, Any]]]) -> list[Row]:  # noqa: ANN401
    from mcp import Client

    async with Client(server) as client:
        listed = await client.list_tools()
        found: list[Row] = [("tools", [who], [one.model_dump(mode="json") for one in listed.tools])]
        for tool, arguments in asked_of:
            answer = await client.call_tool(tool, arguments)
            texts = [getattr(one, "text", "") for one in answer.content]
            found.append(("assistant", [who, tool, json.dumps(arguments)], [bool(answer.is_error), *texts]))
    return found


def compare(before: Path, after: Path, *, most: int | None) -> int:
    """Print which questions have another answer, by kind; return 1 where any has."""
    old, new = _rows(before), _rows(after)
    wrong = [question for question in old if question in new and old[question] != new[question]]
    gone, more = old.keys() - new.keys(), new.keys() - old.keys()
    kinds = Counter(kind for kind, _ in old)
    print(f"{len(old)} questions ({', '.join(f'{count} {kind}' for kind, count in kinds.items())})")
    print(f"{len(wrong)} answered otherwise, {len(gone)} not asked any more, {len(more)} new")
    print(f"otherwise by kind: {dict(Counter(kind for kind, _ in wrong))}")
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerows(["not asked any more", *one] for one in sorted(gone)[:most])
    writer.writerows(["new", *one] for one in sorted(more)[:most])
    for question in wrong[:most]:
        print(f"\n{question}\n  before: {_part(old[question], new[question])}")
        print(f"  after:  {_part(new[question], old[question])}")
    return bool(wrong or gone or more)


def _part(answer: str, other: str) -> str:
    """Return what stands around the first place where an answer is not the other."""
    place = next((at for at, (one, two) in enumerate(zip(answer, other, strict=False)) if one != two), 0)
    return answer[max(0, place - 120) : place + 400]


def _rows(path: Path) -> dict[tuple[str, str], str]:
    found = {}
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            kind, question, answer = json.loads(line)
            found[kind, _VARYING.sub("…", " ".join(question))] = _VARYING.sub("…", json.dumps(_timeless(answer)))
    return found


def _timeless(value: Any) -> Any:  # noqa: ANN401 - plain JSON
    if isinstance(value, str) and value[:1] in "[{":
        with contextlib.suppress(ValueError):
            return _timeless(json.loads(value))
    if isinstance(value, dict):
        return {name: _timeless(one) for name, one in value.items() if name not in _TIMES}
    return [_timeless(one) for one in value] if isinstance(value, list) else value


if __name__ == "__main__":
    sys.exit(main())
