"""Installed packages: those of extras, and other distributions whose modules shadow the program's."""

import shlex
from importlib.metadata import PackageNotFoundError, distribution, packages_distributions, requires

PROGRAM = "customs-lens"
"""The name of the distribution; no registry is ever asked for it."""
MODULES = ("configs", "extractors", "index", "pipelines", "portal")
"""Its modules at the top level."""


def packages_of(extra: str) -> tuple[str, ...]:
    """Return the requirements of an extra as the installed metadata states them; none where there is no such extra."""
    try:
        stated = requires(PROGRAM) or ()
    except PackageNotFoundError:  # run from a folder of its source without being installed
        stated = ()
    return tuple(one.partition(";")[0].strip() for one in stated if one.endswith(f'extra == "{extra}"'))


def install_command(extra: str) -> str:
    """Return the command that installs the packages of an extra, by their own names; from its source where none is."""
    return shlex.join(["pip", "install", *(packages_of(extra) or (f".[{extra}]",))])


def modules_of_others() -> tuple[str, ...]:
    """Return the folders and names of modules of other distributions that have the names of the program's modules."""
    owners = packages_distributions()
    return tuple(
        f"{distribution(owner).locate_file(module)} of the package {owner}"
        for module in MODULES
        for owner in sorted({*owners.get(module, ())} - {PROGRAM})
    )
