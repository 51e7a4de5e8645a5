"""Equations of Office files in one line: `x=(-b±√(b²-4ac))/2a` (OMML, ISO/IEC 29500-1 §22.1)."""

from collections.abc import Callable
from typing import Any, NamedTuple

from extractors.superscripts import superscript

_M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
EQUATION = f"{_M}oMath"
"""The element of an equation."""

_MAX_DEPTH = 50
_ROOTS = {"³": "∛", "⁴": "∜"}
_UNSAID = ("Pr", "}del", "}moveFrom")  # how the names of elements end that are the look of others, or deleted


class _Parts(NamedTuple):
    """What the parts of an element of an equation say, by their names."""

    element: Any
    depth: int

    def each(self, name: str) -> list[str]:
        return [equation_text(child, self.depth + 1) for child in self.element.iterchildren(f"{_M}{name}")]

    def one(self, name: str) -> str:
        return "".join(self.each(name))

    def value(self, name: str) -> str | None:
        """Return what the properties of the element set, None where they do not."""
        found = self.element.find(f"{self.element.tag}Pr/{_M}{name}")
        return None if found is None else found.get(f"{_M}val", "")


def equation_text(element: Any, depth: int = 0) -> str:  # noqa: ANN401 - an lxml element
    """Return what an element of an equation says: fractions, roots, powers and brackets as they are typed in a line."""
    if depth > _MAX_DEPTH:
        return "".join(text.text or "" for text in element.iter(f"{_M}t"))
    if element.tag.endswith("}t"):  # runs of the paper around it may be in an equation, too
        return element.text or ""
    form = _FORMS.get(element.tag.removeprefix(_M))
    if form:
        return form(_Parts(element, depth))
    text, runs = "", True
    for child in element:
        if not isinstance(child.tag, str) or child.tag.endswith(_UNSAID):
            continue
        piece, run = equation_text(child, depth + 1), child.tag.endswith(("}r", "}t"))
        apart = not (runs and run) and text[-1:].isdecimal() and piece[:1].isdecimal()
        text, runs = f"{text} {piece}" if apart else text + piece, run
    return text


def _fraction(parts: _Parts) -> str:
    if parts.value("type") == "noBar":  # numbers above each other, as in a binomial coefficient
        return f"{parts.one('num')}; {parts.one('den')}"
    return f"{_bracketed(parts.one('num'))}/{_bracketed(parts.one('den'))}"


def _root(parts: _Parts) -> str:
    degree = superscript(parts.one("deg"))
    return f"{_ROOTS.get(degree, f'{degree}√')}{_bracketed(parts.one('e'))}"


def _power(parts: _Parts) -> str:
    return f"{parts.one('e')}{parts.one('sub')}{_raised(parts.one('sup'))}"


def _sum(parts: _Parts) -> str:
    sign = parts.value("chr") or "∫"
    return f"{sign}{_lowered(parts.one('sub'))}{_raised(parts.one('sup'))} {parts.one('e')}"


def _delimited(parts: _Parts) -> str:
    opening, closing = parts.value("begChr"), parts.value("endChr")
    inside = (parts.value("sepChr") or "|").join(parts.each("e"))
    return f"{'(' if opening is None else opening}{inside}{')' if closing is None else closing}"


_FORMS: dict[str, Callable[[_Parts], str]] = {
    "f": _fraction,
    "rad": _root,
    "sSup": _power,
    "sSubSup": _power,
    "sPre": lambda parts: f"{_raised(parts.one('sup'))}{_lowered(parts.one('sub'))}{parts.one('e')}",
    "nary": _sum,
    "limUpp": lambda parts: f"{parts.one('e')}{_raised(parts.one('lim'))}",
    "limLow": lambda parts: f"{parts.one('e')}{_lowered(parts.one('lim'))}",
    "d": _delimited,
    "m": lambda parts: "; ".join(parts.each("mr")),
    "mr": lambda parts: ", ".join(parts.each("e")),
    "eqArr": lambda parts: "; ".join(parts.each("e")),
}


def _bracketed(text: str) -> str:
    return text if text.isalnum() or len(text) == 1 else f"({text})"


def _raised(text: str) -> str:
    raised = text if "/" in text else superscript(text)
    return raised if raised != text or not text else f"^{_bracketed(text)}"


def _lowered(text: str) -> str:
    return f"_{_bracketed(text)}" if text else ""
