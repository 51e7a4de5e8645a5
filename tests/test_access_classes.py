"""Whoever reads papers below the command line says which access classes the reader holds.

The modules are read, not run: a new function that forgets it, or that asks as if every reader might see every paper,
is found here.
"""

import ast
import inspect
from functools import cache
from pathlib import Path

import pytest

from index.filters import Filters
from index.protocol import Engine
from index.results import SearchRequest
from pipelines.search.service import SearchService

CHECKOUT = Path(__file__).resolve().parents[1]
PACKAGES = ("configs", "extractors", "index", "pipelines", "portal")
EVERY = {"EVERY_CLASS", "EVERYTHING"}
DEFINED_IN = "index.filters"
MAINTENANCE = {
    "pipelines.maintenance.backup",
    "pipelines.ingest.deletion",
    "pipelines.flows",
    "pipelines.maintenance.health",
    "pipelines.ingest.runs",
    "pipelines.ingest",
    "pipelines.maintenance.repair",
    "pipelines.maintenance.restore",
}
"""They look after a home for its owner: what they make is for every reader, and they show no text of a paper."""
GRANTING = {"pipelines.access.keys", "pipelines.access.classes"}
"""Say which classes a reader of the portal holds, every one with a key that was given them all, and without keys; and
which names classes have, to who may read every paper or looks after the home and closes papers with them.
"""
NO_PAPERS = {
    "pipelines.search.service.open_reader": "gives an engine, whose methods ask for the classes",
    "pipelines.search.service.reader": "gives an engine, whose methods ask for the classes",
    "pipelines.maintenance.indices.reindex": "copies rows within the cluster",
    "pipelines.review.unlogged.unlogged": "compares ids of judgements with the log, for who looks after the home",
    "pipelines.review.unlogged.log_missing": "adds the lines that are missing in the log",
    "pipelines.maintenance.encoders.listed": "looks at the name of the encoder that made the index",
    "pipelines.maintenance.encoders.prepare": "looks at the name of the encoder that made the index",
}
"""Functions that open an index and need no classes, and why."""
OPENING = {
    "open_engine",
    "open_judgements",
    "index.embedded.engine.open_embedded",
    "pipelines.storage.judgements.Judgements",
}
"""What opens an index or judgements: two methods of `Storage`, whatever they are called on, and the stores."""
UNREAD = {"held", "put", "remove", "move_judgements", "flush", "counts", "revision", "checks", "encoder", "close"}
"""Methods of an engine that give no paper and nothing that is said of one."""


def module_of(path):
    return ".".join(path.relative_to(CHECKOUT).with_suffix("").parts).removesuffix(".__init__")


@cache
def modules():
    """The syntax trees of all modules of the program, by name."""
    paths = (path for package in PACKAGES for path in (CHECKOUT / package).rglob("*.py"))
    return {module_of(path): ast.parse(path.read_text(encoding="utf-8")) for path in paths}


def may_see_all(module):
    """Tell whether a module may ask with every class."""
    return module.startswith("portal.cli") or any(module == one or module.startswith(f"{one}.") for one in MAINTENANCE)


def every_class_in(tree):
    """Yield the lines that name every class, by its name or as the word that stands for it."""
    for node in ast.walk(tree):
        names = {getattr(node, "id", None), getattr(node, "attr", None)}
        if isinstance(node, ast.ImportFrom):
            names = {one.name for one in node.names}
        if names & EVERY or (isinstance(node, ast.Constant) and node.value == "every"):
            yield node.lineno


@pytest.mark.parametrize(
    "source",
    [
        "from index.filters import EVERY_CLASS",
        "from index.filters import EVERYTHING as all_of_it",
        "import index.filters\nx = index.filters.EVERY_CLASS",
        "read(access_classes='every')",
    ],
)
def test_each_way_to_ask_with_every_class_is_noticed(source):
    assert list(every_class_in(ast.parse(source)))


def test_only_the_command_line_and_maintenance_ask_with_every_class():
    found = [
        f"{module}:{line}"
        for module, tree in modules().items()
        if module not in GRANTING | {DEFINED_IN} and not may_see_all(module)
        for line in every_class_in(tree)
    ]
    assert found == []


def functions(module):
    """The functions of a module by their full name, those of its classes too."""
    for node in modules()[module].body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield f"{module}.{node.name}", node


@cache
def imported(module):
    """What names of a module stand for, wherever they are imported in it."""
    names = {}
    for node in ast.walk(modules()[module]):
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {one.asname or one.name: f"{node.module}.{one.name}" for one in node.names}
        elif isinstance(node, ast.Import):
            names |= {one.asname or one.name: one.name for one in node.names}
    return names


def used(module, node):
    """Yield the full names of what a function uses."""
    own = {name.rpartition(".")[2]: name for name, _ in functions(module)}
    known = imported(module) | own
    for part in ast.walk(node):
        if isinstance(part, ast.Name) and part.id in known:
            yield known[part.id]
        elif isinstance(part, ast.Attribute) and part.attr in OPENING:
            yield part.attr
        elif isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name) and part.value.id in known:
            yield f"{known[part.value.id]}.{part.attr}"


@cache
def opening():
    """The functions that open an index or judgements, also by others; storage and maintenance are left out."""
    uses = {
        name: set(used(module, node))
        for module in modules()
        if module.startswith("pipelines") and not module.startswith("pipelines.storage.") and not may_see_all(module)
        for name, node in functions(module)
    }
    found = set(OPENING)
    while new := {name for name, others in uses.items() if name not in found and others & found}:
        found |= new
    return found & uses.keys()


def public(name):
    return not name.rpartition(".")[2].startswith("_")


def has(node, name):
    """Tell whether a function has a parameter."""
    return any(one.arg == name for one in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs))


def is_required(node, name):
    """Tell whether a parameter has to be given, by its name."""
    keywords = zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
    return any(one.arg == name and default is None for one, default in keywords)


def names_reader(node):
    """Tell whether a function has to be told who asks."""
    given = node.args.args[: len(node.args.args) - len(node.args.defaults)]
    return any(getattr(one.annotation, "id", None) == "Reader" for one in given)


def has_filters(node):
    """Tell whether a function has to be given filters, which hold the access classes."""
    given = node.args.args[: len(node.args.args) - len(node.args.defaults)]
    return any(getattr(one.annotation, "id", None) == "Filters" for one in given)


def is_lent(node):
    """Tell whether a function is given an index that is open."""
    lent = (one.annotation for one in (*node.args.args, *node.args.kwonlyargs) if one.annotation)
    return any(ast.unparse(one).strip("'") in {"Engine", "SearchService", "Collection"} for one in lent)


def readers():
    for module in modules():
        if not module.startswith("pipelines") or may_see_all(module):
            continue
        for name, node in functions(module):
            if not public(name) or not isinstance(node, ast.FunctionDef):
                continue
            if is_lent(node) or (name in opening() and has(node, "settings")):
                yield name, node


def test_functions_that_read_are_found_also_where_a_helper_opens_the_index():
    assert {
        "pipelines.search.service.SearchService",
        "pipelines.alerts.check.save_search",
    } <= opening()
    assert {
        "pipelines.vocabulary.vocabularies.check",
        "pipelines.review.training.retrain",
    } <= opening()
    assert "pipelines.vocabulary.term_candidates.discover" not in opening()


def test_every_function_of_the_pipeline_that_reads_asks_for_the_access_classes():
    reading = {name: node for name, node in readers() if name not in NO_PAPERS}
    assert "pipelines.review.queue_table.refresh" in reading
    assert [
        name
        for name, node in reading.items()
        if not (is_required(node, "access_classes") or has_filters(node) or names_reader(node))
    ] == []


def test_no_exception_is_out_of_date():
    assert NO_PAPERS.keys() <= opening()
    assert modules().keys() >= MAINTENANCE
    asks = {module for module in modules() if list(every_class_in(modules()[module])) and may_see_all(module)}
    assert {
        "pipelines.maintenance.health",
        "pipelines.maintenance.repair",
        "pipelines.ingest.commit",
    } <= asks


def questions():
    """What may be asked: of an engine, and of the search service."""
    yield from (getattr(Engine, name) for name in vars(Engine) if not name.startswith("_") and name not in UNREAD)
    lends = {"engine", "close"}
    yield from (one for name, one in vars(SearchService).items() if not name.startswith("_") and name not in lends)


def test_every_question_names_the_access_classes():
    for question in questions():
        parameters = inspect.signature(question).parameters
        given = parameters.get("access_classes") or parameters.get("filters") or parameters.get("request")
        assert given is not None, question
        assert given.default is inspect.Parameter.empty, question
    assert Filters.model_fields["access_classes"].is_required()
    assert SearchRequest.model_fields["filters"].is_required()
