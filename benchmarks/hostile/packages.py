"""Hostile Office files: entity bombs in their parts, elements a million deep, sheets that claim to be full."""

import io
import zipfile
from collections.abc import Callable, Iterator
from functools import partial

from benchmarks.hostile.texts import external_entity, laughs, quadratic

_MIB = 1 << 20
_DEPTH = 1_000_000
_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_S = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_P = "http://schemas.openxmlformats.org/presentationml/2006/main"
_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_OASIS = "urn:oasis:names:tc:opendocument:xmlns"
_MAIN = "application/vnd.openxmlformats-officedocument"
_ODT = "application/vnd.oasis.opendocument.text"

BODIES = {
    "docx": f'<w:document xmlns:w="{_W}"><w:body><w:p><w:r><w:t>%s</w:t></w:r></w:p></w:body></w:document>',
    "pptx": f'<p:presentation xmlns:p="{_P}" xmlns:r="{_R}"><p:sldIdLst/><p:notesSz cx="1" cy="1"/>%s</p:presentation>',
    "xlsx": f'<worksheet xmlns="{_S}"><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>%s</t></is></c></row>'
    "</sheetData></worksheet>",
    "odt": f'<office:document-content xmlns:office="{_OASIS}:office:1.0" xmlns:text="{_OASIS}:text:1.0"><office:body>'
    "<office:text><text:p>%s</text:p></office:text></office:body></office:document-content>",
}
"""The part that holds the text of each format, with a gap for the text."""

_PARTS = {
    "docx": ("word/document.xml", "wordprocessingml.document"),
    "pptx": ("ppt/presentation.xml", "presentationml.presentation"),
    "xlsx": ("xl/worksheets/sheet1.xml", "spreadsheetml.worksheet"),
}


def package(kind: str, body: str | bytes) -> bytes:
    """Return a file of a format whose text part is the given one."""
    part = "content.xml" if kind == "odt" else _PARTS[kind][0]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as out:
        for name, content in _odt_frame() if kind == "odt" else _ooxml_frame(kind):
            out.writestr(name, content)
        out.writestr(part, body)
    return buffer.getvalue()


def _odt_frame() -> Iterator[tuple[str, str]]:
    yield "mimetype", _ODT
    manifest = f"{_OASIS}:manifest:1.0"
    entry = f'<m:file-entry m:full-path="/" m:media-type="{_ODT}"/>'
    yield "META-INF/manifest.xml", f'<m:manifest xmlns:m="{manifest}">{entry}</m:manifest>'


def _ooxml_frame(kind: str) -> Iterator[tuple[str, str]]:
    part, content_type = _PARTS[kind]
    types = {f"/{part}": content_type}
    main = part
    if kind == "xlsx":
        main = "xl/workbook.xml"
        types["/xl/workbook.xml"] = "spreadsheetml.sheet.main"
        sheets = '<sheets><sheet name="Sheet" sheetId="1" r:id="rId1"/></sheets>'
        yield "xl/workbook.xml", f'<workbook xmlns="{_S}" xmlns:r="{_R}">{sheets}</workbook>'
        yield "xl/_rels/workbook.xml.rels", _relations(f"{_R}/worksheet", "worksheets/sheet1.xml")
    else:
        types[f"/{part}"] += ".main"
    yield "_rels/.rels", _relations(f"{_R}/officeDocument", main)
    rels = '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    overrides = "".join(
        f'<Override PartName="{name}" ContentType="{_MAIN}.{kind}+xml"/>' for name, kind in types.items()
    )
    namespace = "http://schemas.openxmlformats.org/package/2006/content-types"
    yield "[Content_Types].xml", f'<Types xmlns="{namespace}">{rels}{overrides}</Types>'


def _relations(kind: str, target: str) -> str:
    namespace = "http://schemas.openxmlformats.org/package/2006/relationships"
    return (
        f'<Relationships xmlns="{namespace}"><Relationship Id="rId1" Type="{kind}" Target="{target}"/></Relationships>'
    )


def bomb(share: float, *, kind: str, entities: Callable[[float], tuple[str, str]]) -> bytes:
    """Return an Office file whose text part declares entities and uses them."""
    declared, use = entities(share)
    return package(kind, f'<?xml version="1.0"?>{declared}{BODIES[kind] % use}')


def hidden_bomb(share: float, *, kind: str, charset: str) -> bytes:
    """Return an entity bomb whose declaration stands far behind a comment, in any charset."""
    declared, use = laughs(share)
    text = f'<?xml version="1.0" encoding="{charset}"?><!--{"-. " * 4096}-->{declared}{BODIES[kind] % use}'
    return package(kind, text.encode(charset))


def deep(share: float, *, kind: str, element: str) -> bytes:
    """Return an Office file with a million elements inside each other."""
    depth = int(_DEPTH * share)
    return package(kind, BODIES[kind] % (f"<{element}>" * depth + f"</{element}>" * depth))


def claimed_cells(_: float) -> bytes:
    """Return a sheet of 1,048,576 × 16,384 cells by its own account, with one cell in two of its corners."""
    corners = (("1", "A1"), ("1048576", "XFD1048576"))
    rows = "".join(f'<row r="{row}"><c r="{name}"><v>1</v></c></row>' for row, name in corners)
    return package(
        "xlsx", f'<worksheet xmlns="{_S}"><dimension ref="A1:XFD1048576"/><sheetData>{rows}</sheetData></worksheet>'
    )


def merged_cells(share: float) -> bytes:
    """Return a sheet whose 5,000 merged ranges cover it whole, each of them."""
    cells = '<row r="1"><c r="A1"><v>1</v></c><c r="B1"><v>2</v></c></row><row r="9"><c r="A9"><v>3</v></c></row>'
    ranges = '<mergeCell ref="A1:XFD1048576"/>' * int(5_000 * share)
    return package(
        "xlsx", f'<worksheet xmlns="{_S}"><sheetData>{cells}</sheetData><mergeCells>{ranges}</mergeCells></worksheet>'
    )


def one_long_part(share: float, *, kind: str) -> bytes:
    """Return a file whose text is 100 MiB of the same sentence, in one paragraph."""
    sentence = "The Committee took note of the single window. "
    return package(kind, BODIES[kind] % (sentence * (int(100 * share) * _MIB // len(sentence))))


_ENTITIES = {"laughs": laughs, "quadratic": quadratic, "external": external_entity}

MAKERS: dict[str, Callable[[float], bytes]] = {
    **{
        f"{name}.{kind}": partial(bomb, kind=kind, entities=entities)
        for name, entities in _ENTITIES.items()
        for kind in BODIES
    },
    **{f"hidden-laughs.{kind}": partial(hidden_bomb, kind=kind, charset="utf-16") for kind in BODIES},
    "hidden-laughs-in-utf-8.docx": partial(hidden_bomb, kind="docx", charset="utf-8"),
    "deep.docx": partial(deep, kind="docx", element="w:r"),
    "deep.odt": partial(deep, kind="odt", element="text:span"),
    "deep.xlsx": partial(deep, kind="xlsx", element="r"),
    "claimed-cells.xlsx": claimed_cells,
    "merged-cells.xlsx": merged_cells,
    **{f"long.{kind}": partial(one_long_part, kind=kind) for kind in ("docx", "odt", "xlsx")},
}
