"""Sidecars: what they override, and what is said of a broken one."""

import datetime as dt

import pytest

from configs.system.errors import ConfigError
from extractors.document import Document, document_id
from pipelines.sources.sidecars import Sidecar

URI = "file:///papers/a.pdf"


@pytest.fixture
def document():
    identity = document_id(URI)
    return Document(
        id=identity, key="PC0100", sha256="0" * 64, source=URI, media_type="text/plain", title="As read", sessions=(3,)
    )


def sidecar(text):
    return Sidecar("/papers/a.pdf.meta.yaml", text.encode() if isinstance(text, str) else text)


def test_given_fields_override_and_the_others_stay(document):
    changed = sidecar("title: Given\ndate: 2019-05-03\nmeeting_dates: {start: 2019-05-01}\nbody: ptc").apply(document)
    assert (changed.title, changed.date, changed.body) == ("Given", "2019-05-03", "ptc")
    assert changed.meeting_dates.start == dt.date(2019, 5, 1)
    assert (changed.sessions, changed.source) == ((3,), URI)
    emptied = sidecar("title: null\nsessions: []").apply(document)
    assert (emptied.title, emptied.sessions) == (None, ())
    assert sidecar("").apply(document) == document
    assert sidecar("title: &t Report\npurpose: *t").apply(document).purpose == "Report"


def test_a_symbol_gives_the_key_unless_that_is_given_too(document):
    symbol = "symbol: {raw: SC0042E1, prefix: SC, serial: '0042'}"
    assert sidecar(symbol).apply(document).key == "SC0042"
    assert sidecar(f"{symbol}\nkey: mine").apply(document).key == "mine"


def test_a_password_is_no_field_of_the_document(document):
    given = sidecar("password: sesame")
    assert given.passwords() == ("sesame",)
    assert given.apply(document) == document
    with pytest.raises(ConfigError, match=r"a\.pdf\.meta\.yaml:1: password: "):
        sidecar("password: 4711").passwords()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("title: x\ndate: someday", "a.pdf.meta.yaml:2: date: "),
        ("title: x\n\nmeeting_dates:\n  start: never", "a.pdf.meta.yaml:4: meeting_dates.start: "),
        ("titel: x", "a.pdf.meta.yaml:1: titel: "),
        ("title: x\nid: abc", "a.pdf.meta.yaml:2: id: cannot be set"),
        ("title: [unclosed", "a.pdf.meta.yaml:2: broken YAML"),
        ("title: x\ntitle: y", "a.pdf.meta.yaml:2: title: stands twice"),
        ("just words", "a.pdf.meta.yaml: is not a mapping"),
        (b"title: \xff\xfe", "a.pdf.meta.yaml: is not UTF-8"),
        ("title: a\x00b", "a.pdf.meta.yaml: broken YAML"),
        ("date: 2019-02-30", "a.pdf.meta.yaml: holds an impossible value"),
        (f"title: {'9' * 5000}", "a.pdf.meta.yaml: holds an impossible value"),
        ("title: &t [*t]", "a.pdf.meta.yaml: its fields are nested too deeply"),
        ("title: x\ntables:\n- {block: 0, rows: []}", "a.pdf.meta.yaml:3: tables.0.rows: "),
        ("pages:\n- {number: 1, width: .inf, height: 1}", "a.pdf.meta.yaml:2: pages.0.width: "),
        ("sessions: [99999999999999999999]", "a.pdf.meta.yaml:1: sessions.0: "),
        ('title: "\\ud800"', "a.pdf.meta.yaml:1: broken YAML"),
        ("date: 0000-01-01", "a.pdf.meta.yaml: holds an impossible value"),
        ("date: !!timestamp soon", "a.pdf.meta.yaml: holds an impossible value"),
        ("\n? [title]\n: x", "a.pdf.meta.yaml:2: a name is no text"),
        ("title: " + "x" * (1 << 20), "a.pdf.meta.yaml: is larger than 1 MiB"),
    ],
)
def test_a_broken_sidecar_names_file_line_and_field(document, text, words):
    with pytest.raises(ConfigError, match=words.replace("[", r"\[")):
        sidecar(text).apply(document)


@pytest.mark.parametrize("repeated", ["[{}]", "{{<<: [{}]}}"], ids=["lists", "merged mappings"])
def test_aliases_that_stand_for_billions_of_fields_are_refused(document, repeated):
    levels = [f"a{n}: &a{n} {repeated.format(', '.join([f'*a{n - 1}'] * 9))}" for n in range(1, 12)]
    with pytest.raises(ConfigError, match="stands for more than"):
        sidecar("\n".join(["a0: &a0 {x: y}", *levels])).apply(document)


def test_what_it_says_commands_no_terminal(document):
    text = 'title: "A\\e]52;c;eA==\\a report\\x9b"\nagenda: [{item: "1\\e", title: "Open\\x7fing"}]'
    changed = sidecar(text).apply(document)
    assert changed.title == "A]52;c;eA== report"
    assert [(entry.item, entry.title) for entry in changed.agenda] == [("1", "Opening")]
