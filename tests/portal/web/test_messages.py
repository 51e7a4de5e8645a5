"""Every message of the pages is there in French, and no French message is left over."""

import re
from functools import cache
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from configs.settings import load_settings
from index.fields import TABLE
from pipelines.pages.environment import TEMPLATES as PAGE_TEMPLATES
from portal.web.names import Names
from portal.web.rendering import LOCALE, catalogue, environment_of

TEMPLATES = LOCALE.parent / "templates"
GLOSSARY = Path(__file__).parents[3] / "docs" / "glossary.md"


@cache
def used():
    """The messages of the templates, singular first, and the labels of the fields."""
    options = {"**.html": {"extensions": "jinja2.ext.do", "trimmed": "true", "silent": "false"}}
    method = [("**.html", "jinja2")]
    folders = (TEMPLATES, PAGE_TEMPLATES)
    found = [one for folder in folders for one in extract_from_dir(folder, method_map=method, options_map=options)]
    messages = {message if isinstance(message, str) else message[0] for _, _, message, _, _ in found}
    return messages | {field.label for field in TABLE.values()}


def catalogued():
    with (LOCALE / "fr" / "messages.po").open("rb") as file:
        return [message for message in read_po(file, locale="fr") if message.id]


def test_no_message_is_missing_in_french():
    said = {
        message.id if isinstance(message.id, str) else message.id[0]
        for message in catalogued()
        if all([message.string] if isinstance(message.string, str) else message.string) and not message.fuzzy
    }
    assert sorted(used() - said) == []
    assert sorted(said - used()) == []


def glossary():
    """The rows of the glossary: the English word, the beginnings of its French forms, words that are not to be used."""
    _, _, *rows = [line for line in GLOSSARY.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    cells = ([cell.strip() for cell in row.strip("|").split("|")] for row in rows)
    return [(word, french.split(", "), [one for one in other.split(", ") if one]) for word, french, other in cells]


@pytest.mark.parametrize(("word", "french", "others"), glossary())
def test_one_thing_has_one_word_in_each_language(word, french, others):
    plural = f"{word[:-1]}ies" if word.endswith("y") else f"{word}s"
    named = re.compile(rf"\b({word}|{plural})\b", re.IGNORECASE)
    other = re.compile(rf"\b({'|'.join(others)})\b", re.IGNORECASE) if others else None
    for message in catalogued():
        english = re.sub(r"%\(\w+\)s", "", message.id if isinstance(message.id, str) else message.id[0])
        translated = message.string if isinstance(message.string, str) else message.string[0]
        assert not named.search(english) or any(one in translated.casefold() for one in french), english
        assert not (other and other.search(english)), english


def test_every_french_message_names_the_same_values():
    assert [error for message in catalogued() for error in message.check()] == []


@pytest.mark.parametrize(("number", "word"), [(0, "document"), (1, "document"), (2, "documents")])
def test_the_plural_is_french(number, word):
    said = catalogue("fr").ngettext("%(number)s paper", "%(number)s papers", number)
    assert said == f"%(number)s {word}"


@pytest.mark.parametrize(
    ("date", "english", "french"),
    [("2017-05-31", "31 May 2017", "31 mai 2017"), ("2017-05", "May 2017", "mai 2017"), ("2017", "2017", "2017")],
)
def test_the_date_of_a_paper_is_written_as_precisely_as_it_is(tmp_path, date, english, french):
    names = Names(load_settings(tmp_path))
    written = [environment_of(language, names).filters["day"](date) for language in ("en", "fr")]
    assert written == [english, french]
