"""Hostile texts, a home that is full of them, and what may never come out of a command whatever went in."""

import datetime as dt
import json
import re
import zipfile
from contextlib import closing
from email.message import EmailMessage
from html import escape

import yaml

from configs.settings import load_settings
from extractors.document import (
    AgendaEntry,
    Decision,
    Document,
    Entity,
    MaturityTag,
    MeetingDates,
    Mention,
    Page,
    Passage,
    PassageTheme,
    Reference,
    Symbol,
    document_id,
)
from extractors.maturity.judgements import TagJudgement
from index.encoder import encoder_identity, open_encoder
from index.filters import EVERY_CLASS
from pipelines.storage.opening import open_storage
from tests.answers import save_search
from tests.dummy_encoder import fit_classifier
from tests.states import judgements_in

CLIPBOARD = "\x1b]52;c;ZWNobyBnb3RjaGE=\x07"
CONCEALED = "\x1b[8m"
"""A style that rich never writes here: where it comes out, it came from a text."""
PIECES = (
    CLIPBOARD,
    CONCEALED,
    "\x9b8m",
    "\x9d52;c;eA==\x9c",
    "\u202etxt.exe\u202c",
    "\u2066\u2069\u200e\u200f\u061c",
    "\x00\x08\x7f\x85",
    "line\r\nline\rline\x0b\x0cline\u2028line\u2029line",
    "[/x]",
    "[bold]",
    "[/]",
    "[link=file:///etc/passwd]",
    "\\[",
    "\\",
    "{0}{name}%s%(x)s",
    ":smile:",
    "=cmd|' /C calc'!A1",
    "+1",
    "-1",
    "@SUM(1)",
    "\t",
    "<script>alert(1)</script>",
    "漢字かな",
    "e\u0301\u0308",
    "👩‍👩‍👧‍👦",
    "w" * 300,
    '"quoted" words',
    "customs",
)
EVERYTHING = "customs " + " ".join(PIECES)

_FORBIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_STYLES = re.compile(r"\x1b\[[0-9;]*m")
_BAR = re.compile(r"\x1b\[\?25[lh]|\x1b\[[0-9]*[AK]|\r")
"""How rich moves a progress bar."""


def assert_harmless(text, *, bar=False):
    """Assert that a terminal is only told of styles by rich, and on standard error of its progress bar."""
    assert CONCEALED not in text
    plain = _STYLES.sub("", text)
    plain = _BAR.sub("", plain) if bar else plain
    found = _FORBIDDEN.search(plain)
    assert found is None, f"{found[0]!r} in {plain[max(0, found.start() - 80) : found.end() + 20]!r}"


def assert_json(text):
    """Assert that a text is one document of JSON as RFC 8259 has it, with nothing in it that commands a terminal."""

    def refuse(name):
        raise AssertionError(f"{name} is no JSON")

    assert_harmless(text)
    assert "\x1b" not in text
    return json.loads(text, parse_constant=refuse)


def as_stored(text):
    """A text as files and the index hold it: what is no text of UTF-8 is replaced."""
    return text.encode("utf-8", "replace").decode()


def build_home(home, text):
    """Make a home whose documents, labels and settings hold a text wherever a text can stand; encoders are dummies."""
    home.mkdir(parents=True)
    write_vocabulary(home / "vocabulary.yaml", text)
    write_model(home / "model.yaml", text)
    settings = load_settings(home, vocabulary=str(home / "vocabulary.yaml"), model=str(home / "model.yaml"))
    lines = {"vocabulary": settings.vocabulary, "model": settings.model}
    (home / "settings.yaml").write_text(yaml.safe_dump(lines), encoding="utf-8")
    engine = open_storage(settings).open_engine(encoder_identity(settings), write=True)
    encoder = open_encoder(settings)
    fit_classifier(settings)
    papers = [paper(f"{text}-{number}.html", text) for number in range(2)]
    for one in papers:
        engine.put(one, encoder.passages([passage.text for passage in one.passages]), versions={"read": text})
        engine.flush()
        if one is papers[0]:  # the other one is new for it
            save_search(settings, _name(text), "single window", access_classes=EVERY_CLASS)
    engine.close()
    with closing(judgements_in(home)) as store:
        store.add([label(papers[0], text)])
    return papers


def _name(text):
    printable = "".join(letter for letter in as_stored(text) if letter.isprintable())
    return printable[:80].strip() or "name"  # others are refused where a name is given


def paper(name, text):
    """A document that holds a text in every field that takes one."""
    stored = as_stored(text)
    source = f"file:///{as_stored(name)}"
    number = document_id(source)
    texts = [stored, f"{stored} single window {stored}"]
    said = ("title", "body", "body_name", "original_language", "kind", "agenda_item", "distribution", "submitted_by")
    return Document(
        id=number,
        key=number,
        sha256="0" * 64,
        source=source,
        media_type="text/html",
        symbol=Symbol(raw=stored),
        sessions=(1,),
        meeting_dates=MeetingDates(start=dt.date(2020, 1, 2)),
        date=dt.date(2020, 1, 2),
        language="en",
        agenda=(AgendaEntry(item=stored, title=stored, actions=(stored,), paragraphs=stored),),
        decisions=(Decision(verb=stored, paragraph=stored, page=1, actor=stored, addressee=stored, text=stored),),
        references=(Reference(symbol=stored, paragraph=stored, annex=stored),),
        pages=(Page(number=1, label=stored, width=1, height=1),),
        warnings=(stored,),
        passages=tuple(_passage(number, ordinal, one, stored) for ordinal, one in enumerate(texts)),
        **dict.fromkeys((*said, "purpose", "action_required"), stored),
    )


def _passage(number, ordinal, text, stored):
    end = min(len(text), 40)
    return Passage(
        id=f"{number}-{ordinal}",
        ordinal=ordinal,
        text=text,
        language="en",
        section=(stored,),
        paragraphs=(stored,),
        pages=(1,),
        themes=(
            PassageTheme.of(Mention(id=stored, start=0, end=end, surface=text[:end], label=stored)),
            PassageTheme(id=stored, label=stored, kind="about", confidence=0.9, status="accepted", why=stored),
        ),
        entities=(Entity(kind="country", id=stored, start=0, end=1, surface=text[:1]),),
        maturity=(
            _tag(number, ordinal, stored, "data", end, status="accepted" if ordinal else "suggested", confidence=0.6),
            _tag(number, ordinal, stored, stored, end, status="suggested", confidence=float("nan")),
        ),
    )


def _tag(number, ordinal, stored, dimension, end, **more):
    return MaturityTag(
        id=f"{number}-{ordinal}:{dimension}:0",
        model="hostile",
        model_version=stored,
        provenance="derived",
        dimension=dimension,
        level="L1",
        subject=stored,
        modality="achieved",
        start=0,
        end=end,
        statement=stored,
        by=stored,
        **more,
    )


def label(document, text):
    """What somebody of a hostile name said of a tag."""
    tag = document.passages[0].maturity[0]
    stored = as_stored(text)
    said = tag.model_dump(include={"model", "model_version", "provenance", "level", "modality", "subject", "statement"})
    quote = document.passages[0].text[tag.start : tag.end]
    known = {"tag": tag.id, "document": document.id, "quote": quote, "offset": 0, "judged": "data", "dimension": "data"}
    return TagJudgement(at="2024-01-02T03:04:05+00:00", author=stored, action="accept", **known, **said)


def write_vocabulary(path, text):
    """Write a vocabulary whose texts are hostile."""
    stored = as_stored(text)
    concept = {
        "id": "theme",
        "dimensions": ["data"],
        "pref": {"en": f"single window {stored}"},
        "alt": {"en": ["single window", stored]},
        "definition": {"en": stored},
        "notes": stored,
    }
    data = {"id": "hostile", "version": stored, "title": {"en": stored}, "source": stored, "concepts": [concept]}
    path.write_text(yaml.safe_dump(data), encoding="utf-8")


def write_model(path, text):
    """Write a maturity model whose statements and labels are hostile."""
    stored = as_stored(text)
    level = {"id": "L1", "ordinal": 1, "label": {"en": stored}}
    dimension = {"id": "data", "label": {"en": stored}, "criteria": [{"level": "L1", "text": {"en": stored}}]}
    data = {
        "id": "hostile",
        "version": stored,
        "provenance": "derived",
        "source": stored,
        "scale": {"levels": [level]},
        "dimensions": [dimension],
        "unit_of_assessment": "country",
    }
    path.write_text(yaml.safe_dump(data), encoding="utf-8")


def write_files(folder, text):
    """Write files of every kind that a command reads, with a text in all that they hold, and in some of their names."""
    stored = as_stored(text)
    papers = folder / "papers"
    papers.mkdir(parents=True)
    line = stored.replace("\r", "").replace("\n", " ")
    said = escape(stored)
    page = f"<html><head><title>{said}</title></head><body><h1>{said}</h1><p>{said} single window"
    named = "".join(PIECES[:6]).replace("/", "").replace("\x00", "")
    for path in (folder / "paper.html", papers / f"{named}.html"):
        path.write_text(page, encoding="utf-8", newline="")
    for path in (folder / "notes.txt", folder / "broken-sidecar.txt", papers / f"{named}.txt"):
        path.write_text(f"{stored}\n\nThe single window is in use. {stored}", encoding="utf-8", newline="")
    for path in (folder / "broken.pdf", papers / f"{named}.pdf"):
        path.write_bytes(b"%PDF-1.4\n" + stored.encode())
    for path in (folder / "letter.eml", papers / f"{named}.eml"):
        path.write_bytes(_letter(line))
    described = {"title": stored, "purpose": stored, "agenda": [{"item": stored, "title": stored}]}
    (papers / f"{named}.txt.meta.yaml").write_text(yaml.safe_dump(described), encoding="utf-8")
    (folder / "broken-sidecar.txt.meta.yaml").write_text(yaml.safe_dump({stored[:99]: stored}), encoding="utf-8")
    _write_judged(folder, stored)
    _write_broken(folder, stored)


def _letter(line):
    message = EmailMessage()
    plain = "".join(letter if letter.isprintable() else "?" for letter in line)
    message["Subject"], message["From"] = plain, "a@example.org"
    message.set_content(f"{line}\nThe single window is in use.\n", cte="base64")
    message.add_attachment(line.encode(), maintype="text", subtype="plain", filename=plain[:80])
    encoded = "=?utf-8?q?" + "".join(f"={byte:02X}" for byte in line[:200].encode()) + "?="
    return message.as_bytes().replace(b"Subject: ", f"Subject: {encoded}\nX-Old: ".encode(), 1)


def _write_judged(folder, stored):
    case = {"name": stored, "query": "single window", "why": stored, "contains": [stored], "mode": "text"}
    data = {"about": stored, "cases": [case, case | {"name": f"{stored} 2", "documents": 0}]}
    (folder / "cases.yaml").write_text(yaml.safe_dump(data), encoding="utf-8")


def _write_broken(folder, stored):
    wrong = {"id": stored, stored[:99]: stored, "concepts": [{"id": stored, stored[:99]: stored}]}
    for name in ("broken-vocabulary.yaml", "broken-model.yaml"):
        (folder / name).write_text(yaml.safe_dump(wrong), encoding="utf-8")
    (folder / "broken.ttl").write_text(f"<a> <b> {stored}", encoding="utf-8")
    text = "".join(f"\\u{ord(letter):04X}" if ord(letter) < 0x10000 else "" for letter in stored[:200])
    concept = f'<urn:x> a skos:Concept ; skos:prefLabel "single window {text}"@en, "{text}"@fr ; skos:note "{text}" .'
    prefix = "@prefix skos: <http://www.w3.org/2004/02/skos/core#> ."
    (folder / "vocabulary.ttl").write_text(f"{prefix}\n{concept}\n", encoding="utf-8")
    members = ("manifest", "index/store.db", stored), ("member", f"classifiers/{stored[:50]}", "2024")
    for name, member, made in members:
        manifest = {"format": 1, "program": stored, "made": made, "encoder": stored, "documents": 0, "passages": 0}
        manifest |= {"labels": 0, "files": {member: {"bytes": 1, "sha256": "0" * 64}}}
        with zipfile.ZipFile(folder / f"hostile-{name}.zip", "w") as archive:
            archive.writestr(member.replace("\x00", ""), b"x")
            archive.writestr("manifest.json", json.dumps(manifest))
