import pytest

from configs.bodies import load_bodies
from extractors.document import Block
from extractors.text.language import document_language, language_of

EMBLEM = (
    "WORLD CUSTOMS ORGANIZATION ORGANISATION MONDIALE DES DOUANES",
    "Established in 1952 as the Customs Co-operation Council",
    "Créée en 1952 sous le nom de Conseil de coopération douanière",
)


def blocks(*texts: str, kind: str = "paragraph") -> list[Block]:
    return [Block(id=number, kind=kind, text=text) for number, text in enumerate(texts)]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The Council took note of the report of the Working Group.", "en"),
        ("Le Conseil a pris note du rapport du Groupe de travail.", "fr"),
        ("El Consejo tomó nota del informe del Grupo de Trabajo.", "es"),
        ("Совет принял к сведению доклад рабочей группы.", "ru"),
        ("Рада взяла до відома звіт робочої групи щодо митних питань.", "uk"),
        ("أخذ المجلس علما بتقرير الفريق العامل المعني بالجمارك", "ar"),
        ("理事会注意到工作组关于海关的报告", "zh"),
        ("PROJET D'ORDRE DU JOUR DE LA PROCHAINE SESSION DU COMITÉ", "fr"),
    ],
)
def test_a_passage_is_in_its_language(text, language):
    assert language_of(text) == language


@pytest.mark.parametrize("text", ["", "PC0345E1a", "1 - 20", "12.3 4.5 66 %", "Annex II"])
def test_too_little_text_tells_nothing(text):
    assert language_of(text) is None


def test_longer_blocks_weigh_more():
    french = "Les Membres sont invités à communiquer leurs observations sur le guichet unique avant la session. " * 4
    english = "The term single window was kept in English."
    assert document_language(blocks(english, french)) == "fr"


def test_the_bilingual_emblem_does_not_vote():
    paper = blocks(*EMBLEM, "Le présent document expose les travaux menés.")
    assert document_language(paper, load_bodies().emblems) == "fr"


def test_nothing_but_an_emblem_has_no_language():
    assert document_language(blocks(*EMBLEM), load_bodies().emblems) is None


def test_running_heads_do_not_vote():
    heads = blocks(*["Organisation mondiale des douanes, Comité technique permanent"] * 9, kind="header")
    assert document_language(heads + blocks("The Committee took note of the state of the work.")) == "en"


def test_a_document_in_capitals_has_a_language_too():
    assert document_language(blocks("LISTE DES PARTICIPANTS", "MEMBRES ET OBSERVATEURS DU COMITÉ")) == "fr"
