"""The records of a document for people: agenda, decisions, references and themes, one line each."""

from collections.abc import Mapping
from typing import Any

from extractors.corrections import corrected_from
from extractors.document import Corrected
from pipelines.access.actors import shown_name
from portal.cli.output import counted

RECORDS = ("agenda", "decisions", "references")
"""Fields of every document that are lists of records."""
SHOWN = (*RECORDS, "corrected", "themes")
"""Those of a document of the index, which knows the themes of the others too."""


def record_lines(document: Mapping[str, Any], field: str) -> list[str]:
    """Return the lines of one of `SHOWN`, from the JSON shape of a document."""
    lines = {"agenda": _agenda, "decisions": _decision, "references": _reference, "themes": _theme}
    line = (lines | {"corrected": _corrected})[field]
    return [line(entry) for entry in document[field]]


def _agenda(entry: Mapping[str, Any]) -> str:
    actions = f" ({', '.join(entry['actions'])})" if entry["actions"] else ""
    return f"{entry['item']} {entry['title']}{actions}{_part(', §', entry['paragraphs'])}"


def _decision(decision: Mapping[str, Any]) -> str:
    place = ", ".join(filter(None, (_part("§", decision["paragraph"]), _part("p. ", decision["page"]))))
    deadline = decision["deadline"]["text"] if decision["deadline"] else None
    asked = _part(" → ", ", ".join(filter(None, (decision["addressee"], deadline))))
    return (
        f"{_part('', decision['actor'])} {decision['verb']}{_part(' (', place, ')')}{asked}: {decision['text']}".strip()
    )


def _reference(reference: Mapping[str, Any]) -> str:
    place = f"{_part(', Annex ', reference['annex'])}{_part(' §', reference['paragraph'])}"
    return f"{reference['symbol']}{place}{_part(' (id ', reference['document'], ')')}"


def _corrected(entry: Mapping[str, Any]) -> str:
    was = corrected_from(Corrected.model_validate(entry))
    said = f"{entry['field']}: {entry['value'] or 'none'}"
    return f"{said}{_part(' (was ', was, ')')}, {shown_name(entry['by'])} on {entry['at'][:10]}"


def _theme(theme: Mapping[str, Any]) -> str:
    counts = f"{counted(theme['mentions'], 'mention')} in {counted(theme['passages'], 'passage')}"
    if theme["about"]:
        about = f"{counted(theme['about'], 'passage')} about it"
        counts = f"{counts}, {about}" if theme["mentions"] else about
    return f"{theme['label']}: {counts} ({theme['strength']:.2f})"


def _part(before: str, value: object, after: str = "") -> str:
    return f"{before}{value}{after}" if value else ""
