"""SmartArt of Office files: the texts of a diagram's data part, nested as its points are."""

from collections.abc import Iterator

from extractors.readers.package_xml import Element

_DGM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_NODES = (None, "node", "asst")
_PARENT_OF = (None, "parOf")
_MAX_DEPTH = 50


def diagram_items(root: Element) -> list[tuple[int, str]]:
    """Return level (from 1) and text of the points of a diagram that show one, each once, in their order."""
    points = {point.get("modelId"): point for point in root.iter(f"{_DGM}pt")}
    below: dict[str | None, list[tuple[int, str]]] = {}
    for link in root.iter(f"{_DGM}cxn"):
        if link.get("type") in _PARENT_OF:
            order = link.get("srcOrd") or "0"
            place = int(order) if order.isdecimal() else 0
            below.setdefault(link.get("srcId"), []).append((place, link.get("destId") or ""))
    tops = [key for key, point in points.items() if point.get("type") == "doc"]
    nodes = [key for key, point in points.items() if point.get("type") in _NODES]
    seen: set[str | None] = set()

    def walk(key: str | None, level: int) -> Iterator[tuple[int, str]]:
        if key in seen or key not in points or level > _MAX_DEPTH:
            return
        seen.add(key)
        text = _text(points[key]) if points[key].get("type") in _NODES else ""
        if text:
            yield max(1, level), text
        for _, child in sorted(below.get(key, [])):
            yield from walk(child, level + 1)

    return [item for key in (*tops, *nodes) for item in walk(key, 0 if key in tops else 1)]


def _text(point: Element) -> str:
    lines = ("".join(run.text or "" for run in line.iter(f"{_A}t")) for line in point.iter(f"{_A}p"))
    return " ".join(" ".join(lines).split())
