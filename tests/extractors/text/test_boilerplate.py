"""Lists of contents, of works and of people, and notices, told from what papers say."""

import pytest

from configs.boilerplate import load_boilerplate
from configs.sentences import load_sentence_rules
from configs.system.errors import ConfigError
from extractors.document import Block, Document
from extractors.text.boilerplate import find_boilerplate
from extractors.text.passages import split_passages

RULES = load_boilerplate()
PROSE = "The Committee took note that the national single window had been linked to six agencies since 2018."


def blocks_of(text):
    """One block a line: `# ` starts a heading, `| ` a row of a table, `~ ` a running header."""
    kinds = {"# ": "heading", "| ": "table", "~ ": "header"}
    return tuple(
        Block(id=number, kind=kinds.get(line[:2], "paragraph"), level=1 if line[:2] == "# " else None, text=plain)
        for number, line in enumerate(text.strip("\n").split("\n"))
        for plain in (line[2:] if line[:2] in kinds else line,)
    )


def kinds(text):
    blocks = blocks_of(text)
    found = find_boilerplate(blocks, RULES)
    return [found.get(block.id) for block in blocks]


NOTICES = """
For reasons of economy, documents are printed in limited number. Delegates are kindly asked to bring their copies to \
meetings and not to request additional copies.
Par souci d’économie, les documents sont tirés en nombre limité. Les délégués sont priés d'apporter leurs exemplaires \
aux réunions et de ne pas demander d’exemplaires supplémentaires.
Copyright © 2019 World Customs Organization. All rights reserved. Requests and inquiries concerning translation, \
reproduction and adaptation rights should be addressed to copyright@wcoomd.org.
Copyright © 2019 Organisation mondiale des douanes. Tous droits de traduction, de reproduction et d’adaptation réservés.
"""
LISTS = [  # of each kind
    ("contents", """
# Table of contents
I. Opening of the meeting ........................ 3
II. Single Window .......... 4-7
~ PC9001E1a
III. Use of blockchain . . . . . . . . 12
Annex I: List of participants…………………… 20
"""),
    ("contents", """
# Sommaire
Introduction 3
Guichet unique et interopérabilité 5
Gestion des risques 11
"""),
    ("contents", """
1. Introduction\t1
2. Electronic payment systems\t4
3. Data exchange\t19
"""),
    ("references", """
# 7. References
Baker, T. and Smith, J. (2019). Single windows in small economies. Journal of Trade, vol. 3, pp. 12-34.
OECD (2021), Digital trade, Paris.
World Customs Organization, SAFE Framework of Standards, Brussels, 2018.
https://www.example.org/single-window
"""),
    ("references", """
# Bibliographie
Dupont, M., « Le guichet unique », Revue des douanes, n° 4, 2016, p. 12.
Durand, P. et al., Dématérialisation des échanges, Paris, 2020.
"""),
    ("references", """
[1] A. Baker and J. Smith. Who pays online? Customs Journal, 2016.
[2] C. Miller. Single windows: a survey. Trade Letters, 2018.
[3] D. Jones, E. Brown. Blockchain for bills of lading. 2020.
[4] F. White. Risk engines in practice, 2021.
"""),
    ("participants", """
# LIST OF PARTICIPANTS
ARVENIA
Mr. John DOE
Director, Single Window Department
E-mail: john.doe@customs.example
VELDIA
Ms. Jane ROE, Head of Data Exchange
"""),
    ("participants", """
# Liste des participants
Mme Anne MARTIN, Directrice du guichet unique
M. Paul BERNARD, Chef du service informatique
"""),
    ("participants", """
Mr. John DOE
Director, Single Window Department
Tel.: +32 2 000 00 00
E-mail: john.doe@customs.example
Dr. Jane ROE
Head of Risk Management
Tel.: +32 2 000 00 01
jane.roe@customs.example
"""),
    ("notice", NOTICES),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "text"), LISTS)
def test_each_kind_is_recognised_and_what_follows_it_is_not(kind, text):
    expected = [None if line.startswith("~ ") else kind for line in text.strip("\n").split("\n")]
    assert kinds(text) == expected
    assert kinds(f"{PROSE}\n{text.strip()}\n{PROSE}\n# Conclusions\n{PROSE}") == [None, *expected, None, None, None]


@pytest.mark.parametrize(
    "text",
    [
        # a list of references that ends nowhere is one as far as it looks like one
        f"# References\n{PROSE.replace('since 2018', 'at last')}\n{PROSE.replace('since 2018', 'at last')}",
        # what is said of people, of law and of money
        "Mr. Doe took the floor.\nMs. Roe thanked him.\nMr. Doe thanked her.\nMs. Roe agreed.\nDr. Foe did not.",
        "All Members protect copyright in software by law since 1995.",
        "The Secretariat proposed, for reasons of economy, to hold the meeting online.",
        "# Participants\nTen administrations took part in the pilot and two of them have gone live.",
        # tables of numbers
        "| Arvenia\t3\n| Veldia\t5\n| Norland\t11",
        "| Year\tDeclarations\n| 2018\t12\n| 2019\t40\n| 2020\t310",
        # citations in prose
        "As Baker (2019) showed, clearance takes longer at night.\nThis is disputed, see SP0250.",
        "",
    ],
)
def test_what_says_something_is_no_boilerplate(text):
    assert not any(kinds(text))


ADDRESSES = """
Customs Authority of Arvenia
12 Harbour Street
P.O. Box 45
Tel.: +99 12 345 67
E-mail: info@customs.example
"""
ADDRESSES_FR = """
# Coordonnées
Direction générale des douanes
14, rue du Port
Courriel : douanes@exemple.org
"""
FORM = """
Name of the applicant: ______________________
☐ importer
☐ exporter
Signature: ..............................
"""


@pytest.mark.parametrize(("text", "kind"), [(ADDRESSES, "addresses"), (ADDRESSES_FR, "addresses"), (FORM, "form")])
def test_addresses_and_forms_are_lists(text, kind):
    assert set(kinds(text)) - {None} == {kind}
    assert kinds(text).count(kind) >= 4


@pytest.mark.parametrize(
    "line",
    ["Does not apply.", "Not applicable", "N/A", "Sans objet.", "Néant", "This page is intentionally left blank."],
)
def test_a_line_that_says_that_nothing_applies_is_one_with_its_heading(line):
    assert kinds(f"# Certificate renewal\n{line}\n# Scope\n{PROSE}") == ["empty", "empty", None, None]
    assert kinds(f"# Scope\n{PROSE}\n{line}") == [None, None, "empty"]


@pytest.mark.parametrize(
    "text",
    [
        "This Article does not apply to goods in transit.",
        "See the website www.customs.example for the tariff.\nQuestions: info@customs.example",
        "The declaration has a box [ ] for each procedure.",
        "Members agreed on none of the three options.",
    ],
)
def test_prose_that_names_an_address_or_a_box_is_none(text):
    assert not any(kinds(text))


def test_boilerplate_shares_no_passage_with_what_says_something():
    text = f"{PROSE}\n{NOTICES.strip()}\n{PROSE}"
    document = Document(
        id="d" * 16, key="k", sha256="0", source="file:///x", media_type="text/plain", blocks=blocks_of(text)
    )
    passages = split_passages(
        document,
        lambda texts: [len(one.split()) for one in texts],
        language_of=lambda _: "en",
        sentences=load_sentence_rules(),
        boilerplate=find_boilerplate(document.blocks, RULES),
    )
    assert [passage.boilerplate for passage in passages] == [None, "notice", None]
    assert passages[0].text == passages[2].text == PROSE


def test_a_pattern_that_is_none_is_refused_with_its_line(tmp_path):
    broken = tmp_path / "boilerplate.yaml"
    broken.write_text(
        'version: "1"\nkinds:\n  notice:\n    longest: 9\n    headings: {}\n    patterns: ["("]\n'
        "    under_heading: 1\n    alone: {lines: 1, share: 1}\n"
    )
    with pytest.raises(ConfigError, match=r"boilerplate.yaml:6: kinds.notice.patterns.0: not a regular expression"):
        load_boilerplate(broken)
