"""Covers of many families of papers and what is read from them (`tests/gold/covers.yaml`)."""

from pathlib import Path

import pytest
import yaml

from configs.bodies import load_bodies
from configs.kinds import load_kinds
from extractors.document import Block, Reading
from extractors.metadata.describe import describe

TEXTS = {
    "en": "It has been noticed that importers of containers fitted with tracking devices are asked for a bond at each "
    "port, although the device leaves the country within six months. The matter has been examined with the field, and "
    "it was found that practice differs between ports and that the delay costs traders four days on average. ",
    "fr": "Il a été constaté que les importateurs de conteneurs munis de dispositifs de suivi doivent fournir une "
    "caution dans chaque port, alors que le dispositif quitte le territoire dans les six mois. La question a été "
    "examinée avec les services, et il est apparu que les pratiques diffèrent d'un port à l'autre. ",
    "es": "Se ha observado que los importadores de contenedores con dispositivos de rastreo deben presentar una "
    "garantía en cada puerto, aunque el dispositivo sale del país dentro de los seis meses, y la práctica difiere. ",
}
MARKS = {"# ": "heading", "| ": "table", "^ ": "header"}


def reading_of(lines, *, text=TEXTS["en"], head=None, properties=None):
    """A cover of lines on page 1 with running text below it, and three pages with a running head."""
    blocks = [(1, MARKS.get(line[:2], "paragraph"), line[2:] if line[:2] in MARKS else line) for line in lines]
    blocks.append((1, "paragraph", text))
    for page in (2, 3, 4) if head else ():
        blocks += [(page, "header", head), (page, "paragraph", text)]
    made = tuple(
        Block(id=number, page=page, kind=kind, level=1 if kind == "heading" else None, text=text)
        for number, (page, kind, text) in enumerate(blocks)
    )
    return Reading(media_type="application/pdf", blocks=made, properties=properties or {})


PAPERS = yaml.safe_load((Path(__file__).parents[2] / "gold" / "covers.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("paper", PAPERS, ids=[paper.get("name", paper["cover"][0])[:60] for paper in PAPERS])
def test_fields_of_a_paper(paper):
    text = paper.get("running", f"{paper.get('lead', '')} {TEXTS[paper.get('text', 'en')]}".lstrip())
    reading = reading_of(paper["cover"], text=text, head=paper.get("head"), properties=paper.get("properties"))
    source = paper.get("source", "file:///x/paper.pdf")
    document = describe(reading, source=source, sha256="0" * 64, bodies=load_bodies(), kinds=load_kinds())
    days = document.meeting_dates
    said = {
        **document.model_dump(mode="json"),
        "symbol": document.symbol.raw if document.symbol else None,
        "meeting_dates": [str(days.start), str(days.end)] if days else None,
    }
    for name, expected in paper["expected"].items():
        if name == "warning":
            assert any(expected in one for one in document.warnings)
        elif isinstance(expected, str) and expected.endswith(" …"):
            assert said[name].startswith(expected.removesuffix(" …"))
        else:
            assert said[name] == expected, name
