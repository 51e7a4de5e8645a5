"""Purpose and required action in every form in which the summary box of a cover comes."""

import pytest

from configs.bodies import load_bodies
from configs.kinds import load_kinds
from extractors.document import Block, Document, Reading
from extractors.metadata.describe import describe

BODIES, KINDS = load_bodies(), load_kinds()
PURPOSE = "This document reports on the pilots."
ACTION = "The Committee is invited to take note of the document."
OBJET = "Le présent document rend compte des projets."
MESURES = "Le Comité est invité à prendre note du document."


def described(*blocks: tuple[str, str | None, str]) -> Document:
    made = tuple(Block(id=i, page=1, kind=kind, number=no, text=text) for i, (kind, no, text) in enumerate(blocks))
    reading = Reading(media_type="application/pdf", blocks=made)
    return describe(reading, source="file:///paper.pdf", sha256="0" * 64, bodies=BODIES, kinds=KINDS)


def lines(*texts: str) -> tuple[tuple[str, str | None, str], ...]:
    return tuple(("paragraph", None, text) for text in texts)


@pytest.mark.parametrize(
    "blocks",
    [
        lines("SUMMARY", "Purpose of document", PURPOSE, "Action required of the Committee", ACTION),
        lines("Purpose of the document:", PURPOSE, "Action required by the Permanent Technical Committee:", ACTION),
        lines(f"Purpose of this document: {PURPOSE}", f"Action required: {ACTION}"),
        lines(f"Purpose of document {PURPOSE}", f"Action requested {ACTION}"),
        lines(f"PURPOSE OF DOCUMENT\n{PURPOSE}", f"ACTION REQUIRED OF THE COUNCIL\n{ACTION}"),
        (("table", None, f"Purpose of document\t{PURPOSE}\nAction required of the Committee\t{ACTION}"),),
        (("table", None, f"SUMMARY\nPurpose of document\n{PURPOSE}\nAction required of the Committee\n{ACTION}"),),
    ],
    ids=["lines", "colons", "same line", "run together", "line feeds", "two columns", "one column"],
)
def test_the_summary_box(blocks):
    document = described(*blocks, ("heading", None, "Background"), ("paragraph", "1.", "Pilots were run in May."))
    assert (document.purpose, document.action_required) == (PURPOSE, ACTION)


@pytest.mark.parametrize(
    "blocks",
    [
        lines("RÉSUMÉ", "Objet du document", OBJET, "Mesures à prendre par le Comité", MESURES),
        lines(f"Objet du présent document : {OBJET}", f"Mesure à prendre : {MESURES}"),
        lines("But du document", OBJET, "Suite à donner", MESURES),
        lines("Objet de la présente note", OBJET, "Suite à donner par le Comité.", MESURES),
        (("table", None, f"Objet du document\t{OBJET}\nAction demandée au Comité\t{MESURES}"),),
    ],
    ids=["lines", "colons", "other words", "note", "table"],
)
def test_the_summary_box_in_french(blocks):
    document = described(*blocks, ("heading", None, "Contexte"), ("paragraph", "1.", "Des essais ont eu lieu."))
    assert (document.purpose, document.action_required) == (OBJET, MESURES)


def test_a_purpose_of_two_paragraphs_goes_on_to_the_next_label():
    document = described(*lines("Purpose of document", PURPOSE, "It is the second one.", "Action required", ACTION))
    assert document.purpose == f"{PURPOSE} It is the second one."


def test_an_action_of_several_parts_is_kept_whole():
    document = described(
        ("heading", None, "Action required of the Committee"),
        ("paragraph", None, "The Committee is invited to:"),
        ("item", "(a)", "take note of the document; and"),
        ("item", "(b)", "approve the plan."),
        ("paragraph", "1.", "The plan has two parts."),
    )
    whole = "The Committee is invited to: (a) take note of the document; and (b) approve the plan."
    assert document.action_required == whole


def test_the_text_behind_the_box_is_no_part_of_it():
    document = described(*lines("Action required of the Committee", ACTION, "Pilots were run in May."))
    assert document.action_required == ACTION


def test_words_of_the_labels_in_prose_are_no_box():
    document = described(*lines("The purpose of the document is told below.", "The action required is none."))
    assert (document.purpose, document.action_required) == (None, None)


def placed(*blocks: tuple[str, str, tuple[float, float, float, float]]) -> Document:
    made = tuple(Block(id=i, page=1, kind=kind, text=text, box=box) for i, (kind, text, box) in enumerate(blocks))
    reading = Reading(media_type="application/pdf", blocks=made)
    return describe(reading, source="file:///paper.pdf", sha256="0" * 64, bodies=BODIES, kinds=KINDS)


@pytest.mark.parametrize("shift", [0, 20], ids=["level", "in the middle"])
def test_labels_in_a_column_of_their_own_have_the_text_beside_them(shift):
    document = placed(
        ("heading", "Purpose of document", (60, 100 + shift, 180, 112 + shift)),
        ("heading", "Action required of the Permanent Technical Committee", (60, 160 + shift, 180, 190 + shift)),
        ("heading", "Background", (60, 260, 180, 272)),
        ("paragraph", PURPOSE, (190, 100, 500, 145)),
        ("paragraph", "The Committee is invited to:", (190, 160, 500, 185)),
        ("paragraph", "give guidance; and", (190, 188, 500, 200)),
        ("paragraph", "approve the plan.", (190, 203, 500, 215)),
        ("paragraph", "Pilots were run in May.", (60, 280, 500, 292)),
    )
    assert document.purpose == PURPOSE
    assert document.action_required == "The Committee is invited to: give guidance; and approve the plan."


def test_a_label_that_a_narrow_column_broke_is_whole():
    document = described(
        *lines("Purpose of document", PURPOSE, "Action required of the", "Permanent Technical", f"Committee {ACTION}")
    )
    assert (document.purpose, document.action_required) == (PURPOSE, ACTION)
