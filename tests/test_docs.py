"""The documentation is true: it names every command, option and setting, its links lead somewhere, its examples run."""

import json
import os
import re
import subprocess
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from importlib import metadata
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import get_args

import click
import pytest
from packaging.requirements import Requirement

from configs.elasticsearch import ElasticsearchSettings, variable
from configs.encoders import shipped_encoders
from configs.maturity import load_model
from configs.settings import OcrSettings, ReadingLimits, Settings
from extractors.document import PageStatus, ReadStatus
from extractors.media import TEXT
from extractors.readers import READERS
from index.fields import FIELDS
from portal.cli.app import cli
from tests.forked import fork_server

CHECKOUT = Path(__file__).resolve().parents[1]
COMMANDS = CHECKOUT / "docs" / "commands.md"
PROJECT = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
PAGES = sorted(CHECKOUT.glob("*.md")) + sorted(CHECKOUT.glob("docs/**/*.md")) + [CHECKOUT / "samples" / "README.md"]
WITH_EXAMPLES = ("docs/commands.md", "docs/query-language.md", "docs/json.md", "README.md", "docs/maturity-model.md")
"""The pages whose examples are run, one after the other in one home."""

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_OPTION_ROW = re.compile(r"^\| `(-[^`]*)`", re.MULTILINE)
_OPTION = re.compile(r"(?<![\w-])--?[a-z][a-z-]*")
_LOOSE = re.compile(r"(?P<id>\b[0-9a-f]{16}\b)|(?P<number>\d+\.\d+|\d+(?= ms))|(?P<any>…)|(?P<space>\s+)")
_GPL = re.compile(r"(?<!L)GPL|(?<!Lesser )General Public License")
_PROGRESS = re.compile(r"^[a-z ]+: [\d,]+ of [\d,]+\n", re.MULTILINE)
_LONGEST_SECONDS = 900


@dataclass(frozen=True)
class Example:
    """A command line of a page and what it is said to print."""

    page: str
    command: str
    printed: str


def sections(page: Path) -> dict[str, str]:
    """The text under each heading of the second level."""
    _, *parts = re.split(r"^## ", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return dict(part.split("\n", maxsplit=1) for part in parts)


def parts(name: str, command: click.Command) -> dict[str, click.Command]:
    """A command by its name; of a group, its commands."""
    if not isinstance(command, click.Group):
        return {name: command}
    return {f"{name} {part}": one for part, one in command.commands.items()}


def commands() -> dict[str, click.Command]:
    """All commands by their names."""
    context = click.Context(cli)
    return {name: command for name in cli.list_commands(context) if (command := cli.get_command(context, name))}


def options(command: click.Command) -> set[str]:
    names = (name for parameter in command.params for name in [*parameter.opts, *parameter.secondary_opts])
    return {name for name in names if name.startswith("-")}


def options_named(text: str) -> set[str]:
    """The options in the first column of a table."""
    return {name for row in _OPTION_ROW.findall(text) for name in _OPTION.findall(row)}


def fences(page: Path, language: str) -> list[str]:
    return [body for named, body in _FENCE.findall(page.read_text(encoding="utf-8")) if named == language]


def examples(page: str) -> Iterator[Example]:
    for block in fences(CHECKOUT / page, "console"):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, printed = part.partition("\n")
            yield Example(page, command, printed.strip())


def anchors(page: Path) -> set[str]:
    """The anchors that a forge makes of the headings."""
    kept = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in _HEADING.findall(page.read_text(encoding="utf-8")))
    return {heading.strip().replace(" ", "-") for heading in kept}


def load_docs() -> ModuleType:
    """The module that generates pages, which is no part of a package."""
    spec = spec_from_file_location("make_docs", CHECKOUT / "docs" / "make.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_command_has_its_section():
    assert set(commands()) <= set(sections(COMMANDS))


def test_every_option_of_the_commands_is_documented_and_no_other_and_said_to_do_something():
    shared, *each = re.split(r"^```text\n", load_docs().OPTIONS.read_text(encoding="utf-8"), flags=re.MULTILINE)
    named = {section.splitlines()[0]: options_named(section) for section in each}
    assert commands()
    for name, command in commands().items():
        for part, one in parts(name, command).items():
            usage = next(line for line in named if f"{line} ".startswith(f"customs-lens {part} ["))
            assert named[usage] | options_named(shared) == options(one) | options_named(shared), part
            found = [option for option in one.params if isinstance(option, click.Option)]
            assert [option.opts for option in found if not option.help] == [], part


def test_generated_pages_are_what_the_program_and_the_results_say():
    pages = load_docs().pages()
    assert load_docs().OPTIONS in pages
    assert [page.name for page, text in pages.items() if page.read_text(encoding="utf-8") != text] == []


def test_every_result_has_its_date_and_commit_and_stands_on_one_page():
    docs = load_docs()
    text = "".join(page.read_text(encoding="utf-8") for page in (CHECKOUT / "docs").glob("*.md"))
    results = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in docs.RESULTS.glob("*.json")}
    assert {name: text.count(f"<!-- results: {name} -->") for name in results} == dict.fromkeys(results, 1)
    for name, result in results.items():
        assert date.fromisoformat(result["date"]), name
        assert re.fullmatch(r"[0-9a-f]{7,40}", result["commit"]), name
        assert {len(row) for row in result["rows"]} == {len(result["columns"])}, name


def test_every_command_has_an_example():
    run = " ".join(example.command for page in WITH_EXAMPLES for example in examples(page))
    names = [part for name, command in commands().items() for part in parts(name, command)]
    assert [name for name in names if f"customs-lens {name}" not in run] == []


SETTINGS_NAMED = {name for model in (Settings, ReadingLimits, OcrSettings) for name in model.model_fields} - {"reading"}


@pytest.mark.parametrize(
    ("page", "section", "rows"),
    [
        ("query-language", "Filters", {f"`{field}`" for field in FIELDS}),
        ("settings", "All settings", {f"| `{name}` |" for name in SETTINGS_NAMED}),
        (
            "elasticsearch",
            "Settings",
            {f"| `{one}` | `{variable(one)}` |" for one in ElasticsearchSettings.model_fields},
        ),
        (
            "formats",
            None,
            {f"`{one}`" for one in (*get_args(ReadStatus), *get_args(PageStatus), *READERS.keys() - {TEXT})},
        ),
    ],
)
def test_every_field_setting_status_and_format_is_documented(page, section, rows):
    path = CHECKOUT / "docs" / f"{page}.md"
    text = sections(path)[section] if section else path.read_text(encoding="utf-8")
    assert {row for row in rows if row not in text} == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(CHECKOUT)))
def test_links_lead_somewhere(page):
    broken = []
    for link in _LINK.findall(re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)):
        if link.startswith(("http://", "https://", "mailto:")):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert broken == []


def test_every_decision_is_listed_once_by_its_number():
    listed = re.findall(r"^\| (\d+) \| \[.+\]\((\d+)-[\w-]+\.md\) \|$", load_docs().decisions_page(), re.MULTILINE)
    assert len(listed) == len(list((CHECKOUT / "docs" / "decisions").glob("0*.md")))
    numbers = [int(number) for number, _ in listed]
    assert numbers == [int(file) for _, file in listed] == sorted(set(numbers))


def test_the_layers_of_the_architecture_are_those_that_are_checked():
    layers = next(one["layers"] for one in PROJECT["tool"]["importlinter"]["contracts"] if one["type"] == "layers")
    section = sections(CHECKOUT / "docs" / "architecture.md")["Layers"]
    assert re.findall(r"^\| `(\w+)`", section, re.MULTILINE) == layers
    assert re.findall(r"^## (\w+)$", load_docs().packages_page(), re.MULTILINE) == layers


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_the_make_targets_that_are_named_exist(page):
    named = set(re.findall(r"\bmake ([a-z]+)\b", (CHECKOUT / page).read_text(encoding="utf-8")))
    targets = set(re.findall(r"^([a-z]+):", (CHECKOUT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert named
    assert named <= targets


def test_every_dependency_is_documented_with_its_range():
    text = (CHECKOUT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    wanted = [re.split(r"(?=[<>=~!])", one, maxsplit=1) for one in _requirements(PROJECT["project"])]
    rows = {f"| {name} | {versions[0] if versions else 'any'} |" for name, *versions in wanted}
    assert {row for row in rows if row not in text} == set()


def test_nothing_at_run_time_is_under_the_gpl_or_agpl_alone():
    tree = installed(PROJECT["project"]["dependencies"])
    assert {"click", "torch", "prefect"} <= tree.keys()
    under = {name: licences(distribution) for name, distribution in tree.items()}
    assert {name: found for name, found in under.items() if found and all(map(_GPL.search, found))} == {}


def test_the_model_of_the_documentation_is_one(tmp_path):
    write_files(CHECKOUT / "docs" / "maturity-model.md", tmp_path)
    assert load_model(tmp_path / "my-model.yaml").provenance == "provisional"


@pytest.mark.model
@pytest.mark.slow
def test_the_examples_print_what_the_pages_say(tmp_path_factory):
    tmp_path = tmp_path_factory.mktemp("docs")  # a short name: the pages show sources on one line
    for page in WITH_EXAMPLES:
        write_files(CHECKOUT / page, tmp_path)
    run = runner(tmp_path)
    for spec in shipped_encoders().encoders:  # a first run says that it prepares them
        run(f"customs-lens models prepare {spec.id}")
    ids: dict[str, str] = {}
    wrong = []
    for example in (one for page in WITH_EXAMPLES for one in examples(page)):
        command = re.sub(r"\b[0-9a-f]{16}\b", lambda match: ids.get(match[0], match[0]), example.command)
        printed = run(command)
        if not agrees(example.printed, printed, ids):
            said = f"is said to print\n{example.printed}\nprinted\n{printed}"
            wrong.append(f"{example.page}: $ {example.command}\n{said}")
    assert not wrong, "\n\n".join(wrong)


def write_files(page: Path, folder: Path) -> None:
    """Write each YAML block that begins with its file's name as a comment."""
    for block in fences(page, "yaml"):
        name = re.match(r"# ([\w.-]+\.yaml)\n", block)
        if name:
            (folder / name[1]).write_text(block, encoding="utf-8")


def runner(folder: Path):
    """Run command lines in a folder that holds the samples, with a home of its own; give back what they print."""
    (folder / "samples").symlink_to(CHECKOUT / "samples")
    program = folder / "bin" / "customs-lens"
    fork_server().write_program(program)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CUSTOMS_LENS_", "PREFECT_"))}
    own = {
        "PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(CHECKOUT),
        "CUSTOMS_LENS_HOME": str(folder / "customs-lens-home"),
        "CUSTOMS_LENS_READING__OCR__ENABLED": "off",  # the pages show what is printed without the extra
        "COLUMNS": "100",
    }

    def run(command: str) -> str:
        both = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True, "timeout": _LONGEST_SECONDS}
        done = subprocess.run(["bash", "-c", command], cwd=folder, env=kept | own, check=False, **both)
        printed = _PROGRESS.sub("", done.stdout)  # a line a minute, which a slow machine reaches
        return printed.replace("\ufeff", "").strip()  # a CSV begins with a mark for spreadsheets

    return run


def agrees(expected: str, printed: str, ids: dict[str, str]) -> bool:
    """Tell whether an output is what was expected, and learn which real id each id of the page stands for.

    `…` stands for anything, a number with a point or before ms for any such number; white space does not count.
    """
    groups: dict[str, str] = {}

    def loose(match: re.Match[str]) -> str:
        if match["any"]:
            return ".*?"
        if match["space"]:
            return r"\s*+"  # holds on to what it took: each would be tried from every place otherwise
        if match["number"]:
            return r"\d++(?:\.\d++)?"
        if match[0] in ids:
            return re.escape(ids[match[0]])
        if match[0] in groups:
            return f"(?P={groups[match[0]]})"
        groups[match[0]] = f"id{len(groups)}"
        return f"(?P<{groups[match[0]]}>[0-9a-f]{{16}})"

    pattern, done = [], 0
    for match in _LOOSE.finditer(expected):
        pattern += [re.escape(expected[done : match.start()]), loose(match)]
        done = match.end()
    found = re.fullmatch("".join([*pattern, re.escape(expected[done:])]), printed, re.DOTALL)
    if found:
        ids |= {documented: found[name] for documented, name in groups.items()}
    return found is not None


def installed(requirements: list[str]) -> dict[str, metadata.Distribution]:
    """Every distribution that the requirements bring, by its plain name."""
    found: dict[str, metadata.Distribution] = {}
    waiting = [Requirement(one) for one in requirements]
    while waiting:
        wanted = waiting.pop()
        name = re.sub(r"[-_.]+", "-", wanted.name).lower()
        if name not in found:
            found[name] = metadata.distribution(wanted.name)
            needs = (Requirement(one) for one in found[name].requires or ())
            waiting += [one for one in needs if one.marker is None or one.marker.evaluate({"extra": ""})]
    return found


def licences(distribution: metadata.Distribution) -> list[str]:
    """The licences that a distribution may be used under, one of them at the user's choice."""
    about = distribution.metadata
    if expression := about.get("License-Expression"):
        return expression.split(" OR ")
    classifiers = [one for one in about.get_all("Classifier") or [] if one.startswith("License ::")]
    return classifiers or [about.get("License") or ""]


def _requirements(project: dict) -> list[str]:
    return [*project["dependencies"], *(one for extra in project["optional-dependencies"].values() for one in extra)]
