"""Briefings: whose they are, their order, and what is flagged when a paper changes."""

import io
import shutil

import docx
import pytest

from configs.settings import load_settings
from configs.system.errors import ForbiddenError, NotFoundError, UsageError
from index.filters import EVERY_CLASS, Filters
from pipelines.access.keys import LOCAL, Reader
from pipelines.collection import Collection
from pipelines.desk import briefings
from pipelines.ingest.runs import ingest
from pipelines.questions.briefing import answer, docx_of, rows_of
from pipelines.storage.briefings import MOST_PINS
from pipelines.storage.saved_searches import stored_name
from tests.dummy_encoder import dummy_encoders

OPEN = "The single window of Arvenia has been in operation since 2014."
SECRET = "The tariff offer of Belmora is confidential until June."
ANA = Reader(name="ana", role="reader", access_classes=frozenset(), actor="key:ana")
BEN = Reader(name="ben", role="reader", access_classes=frozenset({"restricted"}), actor="key:ben")


@pytest.fixture
def home(tmp_path):
    """A home with an open and a restricted paper; a function that ingests what is in its folder."""
    papers = tmp_path / "papers"
    papers.mkdir()
    (papers / "open.txt").write_text(f"{OPEN}\n")
    (papers / "secret.txt").write_text(f"{SECRET}\n")
    (papers / "secret.txt.meta.yaml").write_text("access: restricted\n")
    with dummy_encoders(tmp_path / "cache"):
        settings = load_settings(tmp_path / "home", workers=1)

        def run():
            ingest(settings, [str(papers)])

        run()
        yield settings, papers, run


@pytest.fixture
def desk(home):
    settings, _, _ = home
    with Collection(settings) as collection:

        def checked(reader, name):
            return answer(collection, name, reader)

        def passage(word):
            with collection.engine() as engine:
                for _, passages in engine.passages(Filters(access_classes=EVERY_CLASS)):
                    for one in passages:
                        if word in one.text:
                            return one.id
            raise AssertionError(word)

        yield collection.briefings, checked, passage


@pytest.fixture
def briefing_of(desk, home):
    """A function that ingests a paper with a text and returns the name of a new briefing."""
    _, papers, run = home

    def write(text):
        (papers / "law.md").write_text(text)
        run()
        return desk[0].add(LOCAL, "law").name

    return write


def test_what_was_pinned_stands_with_its_citation_in_the_order_given(desk):
    made, checked, passage = desk
    name = made.add(LOCAL, "windows").name
    made.pin_passage(LOCAL, name, passage("Arvenia"), "in operation since 2014")
    made.write(LOCAL, name, "heading", "Achieved")
    heading = made.get(name).pins[1].id
    made.arrange(LOCAL, name, heading, "Achieved already", 1)
    found = checked(LOCAL, name)
    assert [(one.pin.kind, one.number, one.is_flagged) for one in found.entries] == [
        ("heading", None, False),
        ("quotation", 1, False),
    ]
    assert found.entries[1].pin.paragraph.strip() == OPEN
    made.remove(LOCAL, name, heading)
    assert len(made.get(name).pins) == 1


def test_pins_of_one_moment_are_all_there(desk, monkeypatch):
    made, _, passage = desk
    name = made.add(LOCAL, "windows").name

    def slow(*given):
        made.write(LOCAL, name, "heading", "Achieved")  # what somebody sends while the paper is looked up
        return quotation(*given)

    quotation = briefings._quotation
    monkeypatch.setattr(briefings, "_quotation", slow)
    made.pin_passage(LOCAL, name, passage("Arvenia"))
    assert [one.kind for one in made.get(name).pins] == ["heading", "quotation"]


def test_a_paper_that_changed_is_flagged_and_no_other(desk, home):
    made, checked, passage = desk
    _, papers, run = home
    name = made.add(LOCAL, "windows").name
    for word in ("Arvenia", "Belmora"):
        made.pin_passage(LOCAL, name, passage(word))
    assert checked(LOCAL, name).flagged == 0
    (papers / "open.txt").write_text(f"{OPEN.replace('2014', '2016')}\n")
    run()
    found = checked(LOCAL, name)
    assert [one.is_flagged for one in found.entries] == [True, False]
    assert (found.entries[0].verdict.status, found.entries[0].verdict.paper) == ("differs", "changed")
    assert "2016" in found.entries[0].verdict.difference
    paragraphs = docx.Document(io.BytesIO(docx_of(found))).paragraphs
    place = next(place for place, one in enumerate(paragraphs) if OPEN in one.text)
    assert "the paper changed since" in paragraphs[place + 1].text
    assert paragraphs[place].paragraph_format.keep_with_next  # no page between a quotation and its flag


def test_of_thirty_quotations_of_real_papers_the_one_whose_paper_changed_is_flagged(tmp_path, samples):
    papers = tmp_path / "papers"
    papers.mkdir()
    for paper in (samples / "papers").glob("P*.*"):
        shutil.copy(paper, papers)
    changed = papers / "PC9002E1a.docx"
    with dummy_encoders(tmp_path / "cache"):
        settings = load_settings(tmp_path / "home", workers=1)
        ingest(settings, [str(papers)])
        with Collection(settings) as collection:
            made = collection.briefings
            with collection.engine() as engine:
                every = list(engine.passages(Filters(access_classes=EVERY_CLASS)))
            name = made.add(LOCAL, "thirty").name
            before = docx.Document(str(changed))
            line = max((one for one in before.paragraphs if one.text.endswith(".")), key=lambda one: len(one.text))
            said = line.text
            others = [one.id for paper, passages in every for one in passages if paper.source != changed.as_uri()]
            of_changed = next(
                one.id
                for paper, passages in every
                for one in passages
                if paper.source == changed.as_uri() and said in one.text
            )
            for one in others[:: len(others) // 29][:29]:
                made.pin_passage(LOCAL, name, one)
            made.pin_passage(LOCAL, name, of_changed, said)

            def flagged():
                entries = answer(collection, name, LOCAL).entries
                assert len(entries) == 30
                return [one.number for one in entries if one.is_flagged]

            assert flagged() == []
            words = said.split()
            line.text = " ".join([*words[:-2], "never", *words[-2:]])
            before.save(str(changed))
            ingest(settings, [str(changed)])
            assert flagged() == [30]


def test_what_is_cited_by_the_title_of_a_paper_stands_where_it_was_pinned(desk, briefing_of):
    made, checked, passage = desk
    paragraphs = "1. Carvonia built one in 2014.\n\n2. Dorvania built one in 2015.\n"
    name = briefing_of(f"# Windows of the north\n\n{paragraphs}")
    made.pin_passage(LOCAL, name, passage("Dorvania"), "Dorvania built one in 2015.")
    assert made.get(name).pins[0].citation == "Windows of the north, § 2"
    assert checked(LOCAL, name).entries[0].verdict.status == "verified"


LAW = """# Act on single windows

## Ways of appeal

1. Each agency shall give whoever asks for a permit:

(a) reasons that are in writing;

(b) an appeal to the body above it.

2. An appeal costs nothing.
"""


def test_a_quotation_is_what_is_printed_and_every_door_takes_its_numbers(desk, home, briefing_of):
    made, checked, passage = desk
    name = briefing_of(LAW)
    made.pin_passage(LOCAL, name, passage("appeal to"))
    made.pin_passage(LOCAL, name, passage("appeal to"), "an appeal to the body above it")
    made.pin_passage(LOCAL, name, passage("appeal to"), "Ways of appeal")
    whole, item = made.get(name).pins  # below the heading stands the whole, which is pinned already
    assert whole.text.splitlines() == [
        "1. Each agency shall give whoever asks for a permit:",
        "(a) reasons that are in writing;",
        "(b) an appeal to the body above it.",
        "2. An appeal costs nothing.",
    ]
    assert item.text == "1. Each agency shall give whoever asks for a permit: […]\n(b) an appeal to the body above it."
    assert [one.verdict.status for one in checked(LOCAL, name).entries] == ["verified"] * 2
    with Collection(home[0]) as collection:
        verifier = collection.verifier(LOCAL)
        assert whole.citation == "Act on single windows, §§ 1–2"
        for text in (whole.text, " ".join(whole.text.split()), item.text, whole.paragraph):
            assert verifier.verify(text, whole.citation).status == "verified"
        wrong = verifier.verify(whole.text.replace("(b)", "(c)"), whole.citation)
        assert (wrong.status, wrong.difference) == ("differs", "“c” stands for “b” in the paper")


def test_a_list_is_quoted_over_the_passages_that_it_stands_in(desk, briefing_of):
    made, checked, passage = desk
    items = [f"({letter}) {letter}{' reasons in writing' * 25};" for letter in "abcdef"]
    lead = "1. Each agency shall give whoever asks:"
    name = briefing_of("# Act\n\n" + "\n\n".join([lead, *items, "2. That costs nothing.\u00b2"]))
    made.pin_passage(LOCAL, name, passage("whoever asks"), "Each agency shall give whoever asks:")
    made.pin_passage(LOCAL, name, passage("f reasons in writing"), "f reasons in writing")
    made.pin_passage(LOCAL, name, passage("costs nothing"), "That costs nothing.\u00b2")
    whole, item, free = (one.text for one in made.get(name).pins)
    assert passage("whoever asks") != passage("f reasons in writing")
    assert whole.splitlines() == [lead, *items]
    assert item == f"{lead} […]\n(f) f reasons in writing"
    assert free == "2. That costs nothing."
    assert [one.verdict.status for one in checked(LOCAL, name).entries] == ["verified"] * 3


def test_the_mark_before_a_defined_word_is_quoted(desk, briefing_of):
    made, checked, passage = desk
    name = briefing_of("# Act\n\nIn this act \u2018single window\u2019 means a point of entry for trade.\n")
    made.pin_passage(LOCAL, name, passage("point of entry"), "\u2018single window\u2019 means a point of entry")
    assert made.get(name).pins[0].text == "\u2018single window\u2019 means a point of entry"
    assert checked(LOCAL, name).entries[0].verdict.status == "verified"


@pytest.mark.parametrize(
    ("lead", "quoted"),
    [
        ("In this act:", "(b) \u201cpermit\u201d means a decision."),
        ("No agency shall hold that:", None),
    ],
)
def test_a_definition_is_quoted_without_those_before_it(desk, briefing_of, lead, quoted):
    made, checked, passage = desk
    act = f"{lead}\n\n(a) \u201cagency\u201d means a body that must decide;\n\n(b) \u201cpermit\u201d means a decision."
    name = briefing_of(f"# Act\n\n{act}\n")
    made.pin_passage(LOCAL, name, passage("a decision"), "\u201cpermit\u201d means a decision.")
    assert made.get(name).pins[0].text == (quoted or act.replace("\n\n", "\n"))
    assert checked(LOCAL, name).entries[0].verdict.status == "verified"


def test_a_heading_alone_is_not_quoted(desk, briefing_of):
    made, _, passage = desk
    name = briefing_of("# Act on single windows\n\n## Contents\n")
    with pytest.raises(UsageError):
        made.pin_passage(LOCAL, name, passage("Contents"))


def test_two_keys_see_one_briefing_each_its_part(desk):
    made, checked, passage = desk
    name = made.add(BEN, "both").name
    for word in ("Arvenia", "Belmora"):
        made.pin_passage(BEN, name, passage(word))
    assert [one.pin.text.strip() for one in checked(BEN, name).entries] == [OPEN, SECRET]
    seen = checked(ANA, name)
    assert [(one.number, one.pin.text.strip()) for one in seen.entries] == [(1, OPEN)]
    assert "Belmora" not in seen.model_dump_json()


def test_another_key_reads_and_changes_nothing(desk):
    made, _, passage = desk
    name = made.add(BEN, "windows").name
    assert name == stored_name(BEN.actor, "windows")
    assert made.listed(ANA) == []
    with pytest.raises(ForbiddenError):
        made.pin_passage(ANA, name, passage("Arvenia"))
    with pytest.raises(ForbiddenError):
        made.delete(ANA, name)
    with pytest.raises(NotFoundError):
        made.pin_passage(ANA, made.add(ANA, "windows").name, passage("Belmora"))
    with pytest.raises(UsageError):
        made.add(BEN, "windows")


def test_a_briefing_has_an_end(desk):
    made, _, _ = desk
    name = made.add(LOCAL, "long").name
    made.write(LOCAL, name, "comment", "x")
    one = made.get(name).pins[0]
    with made._store() as store, pytest.raises(UsageError):
        store.change(name, lambda _: (one,) * (MOST_PINS + 1))


def test_files_have_the_quotations_with_notes(desk):
    made, checked, passage = desk
    name = made.add(LOCAL, "windows").name
    made.write(LOCAL, name, "heading", "Achieved")
    made.pin_passage(LOCAL, name, passage("Arvenia"))
    made.write(LOCAL, name, "figure", "12 papers", address="/matrix")
    found = checked(LOCAL, name)
    texts = [one.text for one in docx.Document(io.BytesIO(docx_of(found, "http://lens"))).paragraphs]
    assert texts[0] == "windows"
    assert any(OPEN in one for one in texts)
    assert texts[-1].startswith("1 ")
    assert "http://lens/documents/" in texts[-1]
    header, *rows = rows_of(found)
    assert [dict(zip(header, row, strict=True))["kind"] for row in rows] == ["heading", "quotation", "figure"]
