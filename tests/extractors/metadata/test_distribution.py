"""The mark on who may read a paper: what is known of it opens or closes, what is not known closes."""

import pytest

from configs.bodies import load_bodies
from configs.kinds import load_kinds
from extractors.document import Block, Reading
from extractors.metadata.describe import describe

BODIES, KINDS = load_bodies(), load_kinds()


def described(*cover):
    """The document of a text with these lines on its cover."""
    lines = (*cover, "E-SEALS AT SEA", "1. The Single Window is connected since 2018. " * 8)
    blocks = tuple(Block(id=place, kind="paragraph", text=line) for place, line in enumerate(lines))
    reading = Reading(media_type="text/plain", blocks=blocks)
    return describe(reading, source="file:///paper.txt", sha256="0" * 64, bodies=BODIES, kinds=KINDS)


@pytest.mark.parametrize(
    ("line", "access"),
    [
        ("Distribution: General", "public"),
        ("Distr.: General 19 March 2031 English only", "public"),
        ("Distr. GENERAL ECE/TRANS/WP.30/2031/6 12 April 2031 Original: English", "public"),
        ("Distr.: générale 4 mars 2031 Français Original: anglais", "public"),
        ("Distribution : General distribution", "public"),
        ("Diffusion : Générale", "public"),
        ("Distribución: General", "public"),
        ("PC0345E1a Distribution: General", "public"),
        ("Distribution: Restricted", "restricted"),
        ("Distribution: Restricted distribution", "restricted"),
        ("Diffusion: Restreinte", "restricted"),
        ("Distribución: Reservada", "restricted"),
    ],
)
def test_a_known_mark_means_a_class(line, access):
    document = described(line)
    assert document.access == access
    assert not any("distribution" in one for one in document.warnings)


@pytest.mark.parametrize(
    ("line", "printed"),
    [
        ("Distribution: Secret", "Secret"),
        ("Distribution: Members only", "Members only"),
        ("Distribution: General distribution prohibited", "General distribution prohibited"),
        ("Distribution: General, members only", "General, members only"),
        ("PC0345E1a Distribution: General distribution prohibited", "General distribution prohibited"),
        ("Distr. SECRET", "SECRET"),
        ("Distr.: Restricted to the Bureau", "Restricted to the Bureau"),
        ("Diffusion : réservée aux membres", "réservée aux membres"),
        ("Distribución: solo para miembros", "solo para miembros"),
    ],
)
def test_a_mark_that_is_not_known_closes_and_says_so(line, printed):
    document = described(line)
    assert (document.access, document.distribution) == ("unknown", printed)
    assert any(f"{printed}'" in one and "sidecar" in one for one in document.warnings)


@pytest.mark.parametrize(
    "line",
    [
        "Distribution list: Secretary General, all Directors, Members",
        "Distribution of the revenue among the Members",
        "Distribution. Goods are handed out free of charge",
        "Distribution: a.able@example.org, b.baker@example.org",
        "Distribution: goods leave the warehouse for the ports and inland terminals that the annex names",
        "Distributors: Secret Garden Ltd",
        "The distribution: secret of success",
    ],
)
def test_prose_and_lists_of_receivers_are_no_marks(line):
    document = described(line)
    assert document.access is None
    assert not any("distribution is not known" in one for one in document.warnings)


@pytest.mark.parametrize(
    ("lines", "access"),
    [
        (("Distr.", "GENERAL"), "public"),
        (("Distr.:", "Secret"), "unknown"),
        (("Distribution:", "Restricted"), "restricted"),
        (("Distribution:", "Members only"), "unknown"),
        (("Distribución:", "Reservada"), "restricted"),
        (("Distribution: General", "Diffusion: Restreinte"), "restricted"),
        (("Distribution: General", "Distribution: Secret"), "unknown"),
        (("Distribution: Restricted", "Distribution: Secret"), "restricted+unknown"),
    ],
)
def test_marks_in_several_lines(lines, access):
    assert described(*lines).access == access
