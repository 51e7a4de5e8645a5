"""Counts lines and files of the product, imports between modules, and words of the docs.

usage: python -m benchmarks.structure [--root FOLDER] [--json | --pairs]

A line of code holds a token of it: blank lines, comments and docstrings do not count. A module with one importer is one
that exactly one other module of the product imports, wherever an import stands in its text; `__init__.py` imports
nothing here. Packages that import each other are pairs of the second level, such as `pipelines.ingest` and
`pipelines.runs`; a module beside these, such as `pipelines.workspace`, is one too. `--pairs` prints them, and their
imports.
"""

import argparse
import ast
import io
import json
import re
import tokenize
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

PACKAGES = ("configs", "extractors", "index", "pipelines", "portal")
LARGE = 400
"""Lines of code from which on a file is a large one."""
DOCS = ("docs/commands.md", "docs/query-language.md", "docs/json.md", "docs/architecture.md")
_SILENT = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENCODING,
    tokenize.ENDMARKER,
}


def main() -> None:
    """Count and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--root", type=Path, default=Path(__file__).parents[1], help="the checkout to look at")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--pairs", action="store_true", help="print packages that import each other, with the imports")
    options = parser.parse_args()
    if options.pairs:
        for pair, imports in pairs_of(options.root, _files(options.root)).items():
            print(" - ".join(pair), *sorted(imports), sep="\n    ")
        return
    found = counted(options.root)
    if options.json:
        print(json.dumps(found))
        return
    for name, count in found.items():
        print(f"{name:28} {count:>8,}")


def counted(root: Path) -> dict[str, int]:
    """Return what there is, by name."""
    files = _files(root)
    texts = [path.read_text("utf-8") for path in files]
    alone = [name for name, importers in importers_of(root, files).items() if len(importers) == 1]
    words = {f"words of {name}": len(re.findall(r"\w+", (root / name).read_text("utf-8"))) for name in DOCS}
    lines = [lines_of_code(text) for text in texts]
    return {
        "lines of file": sum(len(text.splitlines()) for text in texts),
        "lines of code": sum(lines),
        "lines of docstring": sum(len(set(_lines_of_docstrings(ast.parse(text)))) for text in texts),
        "files": len(files),
        f"files over {LARGE} lines": sum(count > LARGE for count in lines),
        "modules with one importer": len(alone),
        "packages that import each other": len(pairs_of(root, files)),
        **words,
    }


def _files(root: Path) -> list[Path]:
    return sorted(path for package in PACKAGES for path in (root / package).rglob("*.py"))


def lines_of_code(text: str) -> int:
    """Return how many lines of a module hold code."""
    silent = set(_lines_of_docstrings(ast.parse(text)))
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in _SILENT:
            lines.update(range(token.start[0], token.end[0] + 1))
    return len(lines - silent)


def _lines_of_docstrings(tree: ast.Module) -> Iterator[int]:
    """Yield the lines of strings that stand alone: docstrings, and those below a name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield from range(node.lineno, (node.end_lineno or node.lineno) + 1)


def importers_of(root: Path, files: list[Path]) -> dict[str, set[str]]:
    """Return which modules import each module that any imports."""
    names = {_module(root, path): path for path in files}
    found: dict[str, set[str]] = defaultdict(set)
    for name, path in names.items():
        if path.name == "__init__.py":
            continue
        for imported in _imported(ast.parse(path.read_text("utf-8"))):
            if imported in names and imported != name and names[imported].name != "__init__.py":
                found[imported].add(name)
    return dict(found)


def pairs_of(root: Path, files: list[Path]) -> dict[tuple[str, str], set[str]]:
    """Return the pairs of second-level packages that import each other, with the imports of both: `MODULE > MODULE`."""
    known = {_module(root, path) for path in files}
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for path in files:
        if path.name == "__init__.py":
            continue
        name = _module(root, path)
        for imported in known.intersection(_imported(ast.parse(path.read_text("utf-8")))):
            places = _place(name), _place(imported)
            if places[0] != places[1]:
                found[places].add(f"{name} > {imported}")
    return {
        pair: found[pair] | found[pair[::-1]] for pair in sorted(found) if pair[0] < pair[1] and pair[::-1] in found
    }


def _place(module: str) -> str:
    """Return the second-level package of a module, which a module beside such packages is itself."""
    return ".".join(module.split(".")[:2])


def _module(root: Path, path: Path) -> str:
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imported(tree: ast.Module) -> Counter[str]:
    found: Counter[str] = Counter()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found[node.module] += 1
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


if __name__ == "__main__":
    main()
