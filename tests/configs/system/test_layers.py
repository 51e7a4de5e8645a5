"""What lies at the bottom imports nothing else of ours."""

import ast
from pathlib import Path

import pytest

from tests.conftest import CHECKOUT

PACKAGES = ("configs", "extractors", "index", "pipelines", "portal")
SYSTEM = CHECKOUT / "configs" / "system"


def imported(path: Path) -> list[str]:
    tree = ast.parse(path.read_text("utf-8"))
    found = [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module]
    return found + [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]


@pytest.mark.parametrize("path", sorted(SYSTEM.rglob("*.py")), ids=lambda path: path.stem)
def test_the_system_imports_nothing_else_of_ours(path):
    ours = [name for name in imported(path) if name.partition(".")[0] in PACKAGES]
    assert [name for name in ours if not name.startswith("configs.system.")] == []
