"""Linearises equations, `x=(-b±√(b²-4ac))/2a`, of Office files (OMML, ISO/IEC 29500-1 §22.1) and in MathML."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from extractors.readers.package_xml import Element
from extractors.text.superscripts import superscript

_M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
EQUATION = f"{_M}oMath"
"""The element of an equation of an Office file."""

_MAX_DEPTH = 50
_ROOTS = {"³": "∛", "⁴": "∜"}
_PLAIN = ("mi", "mn", "mo", "mtext")  # elements of MathML that hold text
_PRIMES = "'\u2032\u2033*"
_UNSAID = ("Pr", "}del", "}moveFrom")  # how the names of elements end that are the look of others, or deleted


class _Parts(NamedTuple):
    """The linearised parts of an element of an Office equation, by name."""

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


def equation_text(element: Element, depth: int = 0) -> str:
    """Return an element of an Office equation as one line of text."""
    if depth > _MAX_DEPTH:
        return "".join(text.text or "" for text in element.iter(f"{_M}t"))
    if element.tag.endswith("}t"):  # runs of the paper around it may be in an equation, too
        return element.text or ""
    form = _FORMS.get(element.tag.removeprefix(_M))
    if form:
        return form(_Parts(element, depth))
    said = [child for child in element if isinstance(child.tag, str) and not child.tag.endswith(_UNSAID)]
    return _concatenated([(equation_text(child, depth + 1), child.tag.endswith(("}r", "}t"))) for child in said])


def mathml_text(element: Element, depth: int = 0) -> str:
    """Return an element of MathML as one line of text."""
    if depth > _MAX_DEPTH:
        return "".join("".join(map(str, element.itertext())).split())
    name = element.tag.rpartition("}")[2]
    children = [child for child in element if isinstance(child.tag, str)]
    if name == "semantics":
        children = children[:1]  # the others say it again in other languages
    said = [mathml_text(child, depth + 1) for child in children]
    if name == "mfenced":
        opening, closing = element.get("open", "("), element.get("close", ")")
        return f"{opening}{element.get('separators', ',')[:1].join(said)}{closing}"
    form = _MATHML.get(name)
    if form:
        return form(said)
    plain = [child.tag.rpartition("}")[2] in _PLAIN for child in children]
    return " ".join((element.text or "").split()) + _concatenated(list(zip(said, plain, strict=True)))


def _concatenated(pieces: Sequence[tuple[str, bool]]) -> str:
    """Return pieces one after the other; each says whether it is plain. Figures that meet otherwise are two numbers."""
    text, follows_plain = "", True
    for piece, plain in pieces:
        apart = not (plain and follows_plain) and text[-1:].isdecimal() and piece[:1].isdecimal()
        text, follows_plain = f"{text} {piece}" if apart else text + piece, plain
    return text


def _sum(parts: _Parts) -> str:
    sign = parts.value("chr") or "∫"
    return f"{sign}{_lowered(parts.one('sub'))}{_raised(parts.one('sup'))} {parts.one('e')}"


def _quotient(parts: _Parts) -> str:
    if parts.value("type") == "noBar":  # numbers above each other, as in a binomial coefficient
        return f"{parts.one('num')}; {parts.one('den')}"
    return _fraction(parts.one("num"), parts.one("den"))


def _delimited(parts: _Parts) -> str:
    opening, closing = parts.value("begChr"), parts.value("endChr")
    inside = (parts.value("sepChr") or "|").join(parts.each("e"))
    return f"{'(' if opening is None else opening}{inside}{')' if closing is None else closing}"


def _bracketed(text: str) -> str:
    return text if text.isalnum() or len(text) == 1 else f"({text})"


def _raised(text: str) -> str:
    raised = text if "/" in text else superscript(text)
    is_said = raised != text or not text.strip(_PRIMES)
    return raised if is_said else f"^{_bracketed(text)}"


def _lowered(text: str) -> str:
    return f"_{_bracketed(text)}" if text else ""


def _fraction(upper: str = "", lower: str = "") -> str:
    return f"{_bracketed(upper)}/{_bracketed(lower)}"


def _root(base: str = "", degree: str = "") -> str:
    raised = superscript(degree)
    return f"{_ROOTS.get(raised, f'{raised}√')}{_bracketed(base)}"


def _power(base: str = "", low: str = "", high: str = "") -> str:
    return f"{base}{low}{_raised(high)}"


def _limits(base: str = "", low: str = "", high: str = "") -> str:
    return f"{base}{_lowered(low)}{_raised(high)}"


_FORMS: dict[str, Callable[[_Parts], str]] = {
    "f": _quotient,
    "rad": lambda parts: _root(parts.one("e"), parts.one("deg")),
    "sSup": lambda parts: _power(parts.one("e"), "", parts.one("sup")),
    "sSubSup": lambda parts: _power(parts.one("e"), parts.one("sub"), parts.one("sup")),
    "sPre": lambda parts: f"{_raised(parts.one('sup'))}{_lowered(parts.one('sub'))}{parts.one('e')}",
    "nary": _sum,
    "limUpp": lambda parts: _limits(parts.one("e"), "", parts.one("lim")),
    "limLow": lambda parts: _limits(parts.one("e"), parts.one("lim")),
    "d": _delimited,
    "m": lambda parts: "; ".join(parts.each("mr")),
    "mr": lambda parts: ", ".join(parts.each("e")),
    "eqArr": lambda parts: "; ".join(parts.each("e")),
}
_MATHML: dict[str, Callable[[Sequence[str]], str]] = {
    "mfrac": lambda said: _fraction(*said[:2]),
    "msqrt": lambda said: _root("".join(said)),
    "mroot": lambda said: _root(*said[:2]),
    "msup": lambda said: _power("".join(said[:1]), "", "".join(said[1:2])),
    "msubsup": lambda said: _power(*said[:3]),
    "munder": lambda said: _limits(*said[:2]),
    "munderover": lambda said: f"{_limits(*said[:3])} ",
    "mtable": "; ".join,
    "mtr": ", ".join,
}
