import pytest

from configs.cover_phrases import load_cover_phrases
from configs.labels import fold


@pytest.mark.parametrize(
    ("line", "who"),
    [
        ("Conference room paper submitted by the Chair of the Panel", "chair of the panel"),
        ("Note du Secrétariat", "secretariat"),
        ("Projets de décision présentés par la Belgique", "belgique"),
        ("OSJD Secretariat", "osjd secretariat"),
    ],
)
def test_lines_that_name_who_submits_a_paper(line, who):
    found = [pattern.search(fold(line)) for group in load_cover_phrases().submitter_groups for pattern in group]
    assert next(filter(None, found))["who"] == who


@pytest.mark.parametrize("line", ["P.O. Box 12", "po box 12", "Courriel : a@b.example", "Tel.: 12 34"])
def test_lines_with_an_address(line):
    assert load_cover_phrases().address.search(fold(line))
    assert not load_cover_phrases().address.search("telephones in offices")
