"""Homes as the commands of the program make them."""

import os
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="module", autouse=True)
def _as_commands_do() -> Iterator[None]:
    """Let the homes of a module be for their owner alone, as those of a process of the program."""
    mask = os.umask(0o077)
    yield
    os.umask(mask)
