"""Parts that python-docx does not write, put into its documents: notes, charts, diagrams."""

from typing import Any

from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

RELATED = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
R = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
MC = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'


def add_part(document: Any, kind: str, content: str, name: str | None = None) -> str:
    """Add a part with a relationship of a kind to a document; return the id of the relationship."""
    uri = PackURI(f"/word/{name or kind}.xml")
    part = Part(uri, "application/xml", content.encode(), document.part.package)
    return document.part.relate_to(part, kind if ":" in kind else RELATED + kind)


def add_notes(document: Any, kind: str, **texts: str) -> None:
    """Add footnotes or endnotes; `n5="…"` is the XML of the paragraphs of note 5."""
    notes = f'<w:{kind} w:id="-1" w:type="separator"><w:p/></w:{kind}>'
    notes += "".join(f'<w:{kind} w:id="{key[1:]}">{xml}</w:{kind}>' for key, xml in texts.items())
    add_part(document, f"{kind}s", f"<w:{kind}s {nsdecls('w')}>{notes}</w:{kind}s>")


def put(paragraph: Any, xml: str, *spaces: str) -> None:
    """Append XML to a paragraph of python-docx."""
    holder = parse_xml(f"<w:p {nsdecls('w')} {' '.join(spaces)}>{xml}</w:p>")
    for child in list(holder):
        paragraph._p.append(child)


def run(text: str, properties: str = "") -> str:
    """Return the XML of a run with a text."""
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def text_box(*paragraphs: str) -> str:
    """Return the XML of a run with a text box, which stands in it twice, as Word writes it."""
    box = f"<w:txbxContent>{''.join(paragraphs)}</w:txbxContent>"
    return (
        f'<w:r><mc:AlternateContent><mc:Choice Requires="wps"><w:pict>{box}</w:pict></mc:Choice>'
        f"<mc:Fallback><w:pict>{box}</w:pict></mc:Fallback></mc:AlternateContent></w:r>"
    )
