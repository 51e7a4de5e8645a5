import pytest

from configs.cover_phrases import COVER_PHRASES_FILE, CoverPhrases, load_cover_phrases
from configs.labels import fold
from configs.system.errors import ConfigError
from configs.system.yamlfile import load_yaml


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


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("temas?) {item} del", "temas?) {itm} del", r":9: agenda_items\.3: holds no \{item\}"),
        ("(?P<who>secretariat", "(?P<qui>secretariat", r"submitters\.2\.1: holds no \(\?P<who>"),
        ("(?P<body>[^:;()]", "(?P<body>[^:;()", "asked_body: not a regular expression"),
        ("furniture:\n", "furnitur:\n", "furniture.*this field is missing"),
    ],
)
def test_a_broken_file_is_refused_with_the_field(tmp_path, old, new, problem):
    text = COVER_PHRASES_FILE.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "cover_phrases.yaml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigError, match=problem):
        load_yaml(path, CoverPhrases)
