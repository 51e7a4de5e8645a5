"""Shipped files in which one thing was broken: each is refused with its field, and the line where that is known."""

import pytest

from configs.calendar import CALENDAR_FILE, Calendar
from configs.cover_phrases import COVER_PHRASES_FILE, CoverPhrases
from configs.kinds import KINDS_FILE, Kinds
from configs.proceedings import PROCEEDINGS_FILE, Proceedings
from configs.system.errors import ConfigError
from configs.system.yamlfile import load_yaml

OF_CALENDAR, OF_COVERS = (CALENDAR_FILE, Calendar), (COVER_PHRASES_FILE, CoverPhrases)
OF_KINDS, OF_PROCEEDINGS = (KINDS_FILE, Kinds), (PROCEEDINGS_FILE, Proceedings)
JUNE = "  - {en: [June, Jun], fr: [juin], es: [junio], ru: [июнь, июня]}\n"


@pytest.mark.parametrize(
    ("file", "old", "new", "problem"),
    [
        (OF_CALENDAR, "en: [March, Mar]", "en: March", r":8: months\.2\.en.*is no list"),
        (OF_CALENDAR, "weekdays:", "week_days:", "weekdays.*this field is missing"),
        (OF_CALENDAR, JUNE, "", "months.*at least 12"),
        (OF_COVERS, "temas?) {item} del", "temas?) {itm} del", r":9: agenda_items\.3: holds no \{item\}"),
        (OF_COVERS, "(?P<who>secretariat", "(?P<qui>secretariat", r"submitters\.2\.1: holds no \(\?P<who>"),
        (OF_COVERS, "(?P<body>[^:;()]", "(?P<body>[^:;()", "asked_body: not a regular expression"),
        (OF_COVERS, "furniture:\n", "furnitur:\n", "furniture.*this field is missing"),
        (OF_KINDS, "id: minutes", "id: report", "kind stands twice: report"),
        (OF_PROCEEDINGS, "lemma: endorse", "lemma: agree", "stands twice: agree"),
        (OF_PROCEEDINGS, "participle: {has: [endorsed]}", "participle: {hath: [endorsed]}", "unknown auxiliary: hath"),
        (OF_PROCEEDINGS, "lemma: endorse", "lema: endorse", "decisions.2.lemma"),
    ],
)
def test_a_broken_file_is_refused_with_its_field(tmp_path, file, old, new, problem):
    shipped, model = file
    text = shipped.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / shipped.name
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigError, match=problem):
        load_yaml(path, model)
