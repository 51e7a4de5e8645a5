"""Access classes: a reader may see a paper whose class is open, or all of whose names the reader holds.

A class is text, as documents, sidecars and sources have it: None and `public` are open to everybody; every other one is
names joined by `+`, each of which closes. Whatever stands before a paper (its source, the containers around it, its own
mark) can only close it further, so their classes are combined: all their names hold together.
"""

PUBLIC = "public"
"""The class of papers of which somebody says that they are open; it closes nothing."""
UNKNOWN = "unknown"
"""Closes what nobody can say the class of; no key holds it by name, only one for every class."""
JOINT = "+"
"""Stands between the names of a class."""


def closing_names(access: str | None) -> frozenset[str]:
    """Return the restricting names of a class, of which a reader needs every one; none for an open class."""
    names = (name.strip() for name in (access or "").split(JOINT))
    return frozenset(name for name in names if name and name != PUBLIC)


def combined(*classes: str | None) -> str | None:
    """Return the combination of classes: all their restricting names, sorted.

    Without such names it is `public` where one of the classes says so, else None.
    """
    names = frozenset().union(*map(closing_names, classes))
    if names:
        return JOINT.join(sorted(names))
    return PUBLIC if any(classes) else None


def class_names(access: str | None) -> tuple[str, ...]:
    """Return the names of a class, as filters and facets have them: those that close, or `public` alone."""
    return tuple(sorted(closing_names(access))) or ((PUBLIC,) if access else ())


def opens(access: str | None, held: frozenset[str]) -> bool:
    """Return whether a reader with these access classes may see a paper of this class."""
    return closing_names(access) <= held - {UNKNOWN}
