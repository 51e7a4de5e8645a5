"""What the portal answers, one module for each kind of page, and the HTTP API.

A module with a `router` is part of the portal by lying here.
"""

from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules

from fastapi import APIRouter


def routers_in(package: str) -> Iterator[APIRouter]:
    """Yield the routers of the modules of a package, by the names of these."""
    for found in iter_modules(import_module(package).__path__, f"{package}."):
        router = getattr(import_module(found.name), "router", None)
        if isinstance(router, APIRouter):
            yield router
