"""Messages, docstrings, comments, names and documents use standard terms, not those of `banned_phrases.txt`."""

import ast
import io
import re
import tokenize
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import groupby
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[1]
BANNED = Path(__file__).parent / "banned_phrases.txt"
PACKAGES = ("configs", "extractors", "index", "pipelines", "portal")
MODULES = [path for package in PACKAGES for path in sorted((CHECKOUT / package).rglob("*.py"))]
TEMPLATES = [path for package in PACKAGES for path in sorted((CHECKOUT / package).rglob("templates/*.html"))]
PAGES = [CHECKOUT / "README.md", CHECKOUT / "CONTRIBUTING.md", *sorted((CHECKOUT / "docs").rglob("*.md"))]

_NAMES = "names"
_SAMPLE = ("anew\tagain", "mending\trepairing", "taken in\tingested", "made once\tbuild once\tnames")
"""Lines of a file of phrases, for the tests of the search itself."""
_PLACEHOLDER = "{}"
"""Stands where an f-string has a value."""
_CODE_BLOCK = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_INLINE_CODE = re.compile(r"`[^`\n]+`")
_LINK_TARGET = re.compile(r"\]\([^)]*\)")
_WORD = re.compile(r"\w+")
_WORD_IN_A_NAME = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


@dataclass(frozen=True)
class Phrase:
    """A phrase and the term that stands for it; `names` says that it is banned as a whole name alone."""

    text: str
    standard: str
    names: bool

    @cached_property
    def words(self) -> frozenset[str]:
        """Return its words in lower case: a text without one of them does not have the phrase."""
        return frozenset(_WORD.findall(self.text.lower()))

    def found_in(self, text: str) -> Iterator[int]:
        """Yield where the phrase begins, whatever white space is between its words."""
        words = r"\s+".join(map(re.escape, self.text.split()))
        return (match.start() for match in re.finditer(rf"\b{words}\b", text, re.IGNORECASE))


@dataclass(frozen=True)
class Text:
    """A text and the line of its file where it begins."""

    path: Path
    line: int
    text: str
    is_name: bool = False

    def faults(self, phrases: list[Phrase]) -> Iterator[str]:
        own = frozenset(_WORD.findall(self.text.lower()))
        for phrase in phrases:
            if not phrase.words <= own:
                continue
            if phrase.names and not (self.is_name and self.text.lower() == phrase.text):
                continue
            for start in phrase.found_in(self.text):
                above = self.text.count("\n", 0, start)
                where = f"{self.path.relative_to(CHECKOUT)}:{self.line + above}"
                yield f"{where}: {phrase.text!r} in {self.text.splitlines()[above]!r}: write {phrase.standard}"


def banned(lines: Iterable[str] | None = None) -> list[Phrase]:
    """The phrases of lines, else of the file."""
    lines = BANNED.read_text(encoding="utf-8").splitlines() if lines is None else lines
    rows = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return [Phrase(text, standard, names=rest == [_NAMES]) for text, standard, *rest in rows]


def messages(path: Path, source: str) -> Iterator[Text]:
    """Every text of a module that a user may see: strings of several words, and what `--help` prints of a command."""
    tree = _parsed(source)
    docstrings = set(_docstrings(tree))
    inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in ast.walk(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            text = "".join(_text(part) for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inside:
            text = node.value
        else:
            continue
        if " " in text and id(node) not in docstrings:
            yield Text(path, node.lineno, text)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and any(map(_is_command, node.decorator_list)):
            yield Text(path, node.body[0].lineno, ast.get_docstring(node, clean=False) or "")


def docstrings(path: Path, source: str) -> Iterator[Text]:
    """Every docstring of a module, also of private names and constants, without the names of code in it."""
    tree = _parsed(source)
    alone = set(_docstrings(tree))
    for node in ast.walk(tree):
        if id(node) in alone and isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield Text(path, node.lineno, _INLINE_CODE.sub(" ", node.value))


def names(path: Path, source: str) -> Iterator[Text]:
    """The names of a module and of all that it defines, as words; whole names are those of public things alone."""
    yield Text(path, 1, _words(path.stem), is_name=True)
    for node in ast.walk(_parsed(source)):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield Text(path, node.lineno, _words(node.name), is_name=not node.name.startswith("_"))
        elif isinstance(node, ast.arg):
            yield Text(path, node.lineno, _words(node.arg))
        elif isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield Text(path, node.lineno, _words(node.id if isinstance(node, ast.Name) else node.attr))


def comments(path: Path, source: str) -> Iterator[Text]:
    """The comments of a module, those that follow each other line by line as one, without the names of code in them."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    lines = {one.start[0]: one.string.lstrip("#") for one in tokens if one.type == tokenize.COMMENT}
    for _, group in groupby(enumerate(lines), lambda pair: pair[1] - pair[0]):
        numbers = [number for _, number in group]
        text = "\n".join(lines[number] for number in numbers)
        yield Text(path, numbers[0], _INLINE_CODE.sub(" ", text))


def prose(path: Path, page: str) -> Text:
    """A page without code and targets of links, its lines where they were."""
    for pattern in (_CODE_BLOCK, _INLINE_CODE, _LINK_TARGET):
        page = pattern.sub(lambda match: re.sub(r"[^\n]+", " ", match[0]), page)
    return Text(path, 1, page)


@cache
def _parsed(source: str) -> ast.Module:
    """Return the tree of a module; several tests read it."""
    return ast.parse(source)


def _docstrings(tree: ast.Module) -> Iterator[int]:
    """Yield the ids of the strings that stand alone: docstrings of modules, classes, functions and constants."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant | ast.JoinedStr):
            yield id(node.value)


def _text(part: ast.expr) -> str:
    return part.value if isinstance(part, ast.Constant) else _PLACEHOLDER


def _is_command(decorator: ast.expr) -> bool:
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
    return name in {"command", "group"}


def _words(name: str) -> str:
    return " ".join(_WORD_IN_A_NAME.findall(name))


def every(reading: Callable[[Path, str], Iterable[Text]], paths: list[Path] = MODULES) -> list[Text]:
    """What a function reads of each file."""
    return [text for path in paths for text in reading(path, path.read_text(encoding="utf-8"))]


@pytest.mark.parametrize(
    ("reading", "paths"),
    [
        *((one, MODULES) for one in (messages, docstrings, names, comments)),
        (lambda path, source: [Text(path, 1, source)], TEMPLATES),
        (lambda path, source: [prose(path, source)], PAGES),
    ],
    ids=["messages", "docstrings", "names", "comments", "templates", "documents"],
)
def test_standard_terms_are_used(reading, paths):
    found, phrases = every(reading, paths), banned()
    assert {path.name for path in TEMPLATES} >= {"digest.html", "search.html"}
    assert len(found) >= len(paths) or reading is comments
    faults = [fault for text in found for fault in text.faults(phrases)]
    assert not faults, "\n".join(faults)


def faults_in(texts: Iterable[Text]) -> list[tuple[str, ...]]:
    """The line and the phrase of each fault."""
    faults = [fault for text in texts for fault in text.faults(banned(_SAMPLE))]
    return sorted(re.search(r":(\d+): '([^']+)'", fault).groups() for fault in faults)


@pytest.mark.parametrize(
    ("reading", "source", "faults"),
    [
        (messages, 'raise ValueError("save it anew")', ["1 anew"]),
        (messages, 'say(f"{count} papers are saved anew")', ["1 anew"]),
        (messages, 'say("it is "\n    "saved anew")', ["1 anew"]),
        (messages, '@cli.command()\ndef save():\n    """Save it anew."""', ["3 anew"]),
        (messages, '@group.group("save")\ndef save():\n    """Save it\n    anew."""', ["4 anew"]),
        (messages, '"""Save it anew."""', []),
        (messages, 'def save():\n    """Save it anew."""', []),
        (messages, 'anew = 1\nKEY = "anew"\nsay("renewed now")', []),
        (docstrings, '"""`anew`: save it.\n\nIt is mending."""', ["3 mending"]),
        (docstrings, 'def _save():\n    """Save it anew."""\n\nKEY = "anew"\n"""Mending."""', ["2 anew", "5 mending"]),
        (names, "class HTTPMendingTool:\n    def made_once(self): ...", ["1 mending", "2 made once"]),
        (names, "def _mending(self, anew): ...", ["1 anew", "1 mending"]),
        (names, "made_once = 1\nmending.anew = mend()", ["2 anew"]),
        (comments, "value = 1  # saved anew\nother = '# anew'", ["1 anew"]),
        (comments, "# it was taken\n# in, not `mending`", ["1 taken in"]),
    ],
)  # fmt: skip
def test_a_phrase_is_found_where_it_is_read_and_nowhere_else(reading, source, faults):
    assert faults_in(reading(BANNED, source)) == [tuple(one.split(" ", 1)) for one in faults]


def test_a_page_is_read_without_its_code():
    page = (
        "# Mending\n\n```sh\nmend\n```\n`anew` [a page](teaching.md) taken\nin\n"
        "| [1](decisions/anew.md) | Laid anew |\n"
    )
    assert [line for line, _ in faults_in([prose(BANNED, page)])] == ["1", "6", "8"]
