"""Of whom sentences speak: the labelled passages, and one case for each rule."""

import json

import pytest

from configs.gazetteer import load_gazetteer
from configs.sentences import load_sentence_rules
from configs.subjects import load_subjects
from configs.system.errors import ConfigError
from extractors.document import Passage
from extractors.entities import EntityMatcher
from extractors.entities.subjects import SubjectFinder

LEAST_RIGHT = {"dev": 0.95, "test": 0.9}


@pytest.fixture(scope="module")
def matcher():
    return EntityMatcher(load_gazetteer())


@pytest.fixture(scope="module")
def finder(matcher):
    return SubjectFinder(load_subjects(), load_sentence_rules(), matcher)


@pytest.fixture(scope="module")
def find(matcher, finder):
    """Return the subjects of the sentences of passages, in order."""

    def found(*texts, language="en", section=(), submitted_by=None, title=None):
        named = matcher.find_in_document([(text, language) for text in (*texts, title or "")])
        passages = [
            Passage(id=f"d-{n}", ordinal=n, text=text, language=language, section=section, entities=named[n])
            for n, text in enumerate(texts)
        ]
        subjects = (one.values() for one in finder.find(passages, submitted_by, title))
        return [["rule" if one is None else " ".join(one) or None for one in of_passage] for of_passage in subjects]

    return found


@pytest.mark.parametrize("split", ["dev", "test"])
def test_labelled_passages(gold, matcher, finder, split):
    rows = [row for row in gold if row["split"] == split]
    assert sum(_told(row, matcher, finder) == row["subject"] for row in rows) / len(rows) >= LEAST_RIGHT[split]


@pytest.fixture(scope="module")
def gold(request):
    path = request.config.rootpath / "tests" / "gold" / "subjects.jsonl"
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert len({row["text"] + str(row["evidence"]) for row in rows}) == len(rows)
    return rows


def _told(row, matcher, finder):
    text, language = row["text"], row["language"]
    more = {"section": tuple(row.get("section", ())), "entities": matcher.find(text, language)}
    passage = Passage(id="d-0", ordinal=0, text=text, language=language, **more)
    (subjects,) = finder.find([passage], row.get("submitted_by"))
    return next(iter(subjects[row["evidence"][0]] or ()), None)


@pytest.mark.parametrize(
    ("text", "subjects"),
    [
        ("The delegate of Ghana noted that Nigeria had no portal.", [None]),
        ("The Secretariat noted that Nigeria had no portal.", ["NG"]),
        ("The delegate of Ghana noted that the portal was open.", ["GH"]),
        ("The delegate of Ghana noted that Members had no portal.", [None]),
        ("The Secretariat noted that the portal was open.", [None]),
        ("The Secretariat helped Ghana to open its portal.", ["GH"]),
        ("The World Bank helped Ghana to open its portal.", ["GH"]),
        ("With the help of Japan, Ghana opened its portal.", ["GH"]),
        ("Several Members, such as Ghana, have a portal.", [None]),
        ("Ghana has a portal. It is open. Members took note. It is new.", ["GH", "GH", None, None]),
        ("Ghana has a portal.\nThe portal is open.", ["GH", "GH"]),
        ("The portal is open.\nGhana has a portal.", [None, "GH"]),
        ("The portal is open.\nGhana has a portal. Ghana has two.", ["GH", "GH", "GH"]),
        ("Ghana has a portal.\nKenya has one.\nThe portal is open.", ["GH", "KE", None]),
        ("Ghana has a portal that Kenya built. It is open.", ["GH", None]),
        ("Ghana and Kenya have a portal. It is open.", ["GH KE", "GH KE"]),
        ("TradeNet is used by all traders.", [None]),
        ("Kenya TradeNet is used by all traders.", ["KE"]),
        ("In Ghana, importers shall lodge their declarations by the portal.", ["rule"]),
        ("Ghana has a portal, with the help of Japan.\nThe portal is open.", ["GH", "GH"]),
        ("Ghana has a portal.\nMembers took note. The portal is open.", ["GH", None, None]),
        ("Ghana has a portal. The portal is open.", ["GH", "GH"]),
        ("Ghana has a portal.\nIt is open.", ["GH", "GH"]),
        ("Ghana\nThe portal is open.\nAnother portal is planned.", ["GH", "GH", "GH"]),
        ("It is recommended to open a portal.", [None]),
        ("The customs administration of the Republic of Korea has a portal.", ["KR"]),
        ("Members of the AOC region have a portal.", ["WCA"]),
    ],
)
def test_rules(find, text, subjects):
    assert find(text) == [subjects]


def test_a_stand_in_does_not_reach_into_the_passage_before(find):
    assert find("Ghana has a portal.", "It is open.") == [["GH"], [None]]


def test_the_nearest_heading_that_names_one_counts(find):
    assert find("A portal is open.", section=("Report by Ghana", "Findings")) == [["GH"]]
    assert find("A portal is open.", section=("Report by Ghana", "Kenya")) == [["KE"]]
    assert find("A portal is open.", section=("Ghana and Kenya",)) == [[None]]


def test_we_are_those_that_submitted_the_paper(find):
    assert find("We have a portal. Members should have one.", submitted_by="Ghana") == [["GH", None]]


def test_french_nouns_belong_to_the_adjective_behind_them(find):
    assert find("La délégation tunisienne a indiqué que le portail était ouvert.", language="fr") == [["TN"]]


@pytest.mark.parametrize(
    ("title", "subject"),
    [
        ("CUSTOMS CODE OF KENYA", "KE"),
        ("LOI N° 2001-1 PORTANT CODE DES DOUANES DU BÉNIN", "BJ"),
        ("COMMISSION IMPLEMENTING REGULATION (EU) 2001/2 of 3 May 2001", "EU"),
        ("COUNCIL DIRECTIVE 2001/2/EC of 3 May 2001 as regards imports from Norway", "EU"),
        ("DIRECTIVE 2001/2/CE DU CONSEIL du 3 mai 2001", "EU"),
        ("ASEAN Action Plan for Portals", "ASEAN"),
        ("Portals in ASEAN", None),
        ("Code of conduct", None),
    ],
)
def test_an_act_is_about_its_author(find, title, subject):
    assert find("The manifest is electronic. Many traders use paper.", title=title) == [[subject, subject]]


def test_the_country_of_a_title_is_that_of_sentences_that_name_nobody(find):
    assert find("The manifest is electronic. Many traders use paper.", title="Portals in Kenya") == [["KE", None]]


def test_an_act_may_speak_of_others(find):
    assert find("Ghana shall open a portal.", title="Customs Code of Kenya") == [["GH"]]


@pytest.mark.parametrize("members", ["Member States shall", "Each Member shall", "The States Parties shall"])
def test_members_are_the_group_of_the_headings_or_the_title(find, members):
    assert find(f"{members} open a portal.") == [[None]]
    assert find(f"{members} open a portal.", title="Portals in the European Union") == [["EU"]]
    assert find(f"{members} open a portal.", title="Portals in Kenya") == [[None]]
    assert find(f"{members} open a portal.", section=("ASEAN", "Portals")) == [["ASEAN"]]


def test_the_parties_to_an_agreement_of_one_group_are_the_group(find):
    title = "Protocol to the Agreement Establishing the African Continental Free Trade Area"
    assert find("Each State Party shall open a portal.", title=title) == [["AFU"]]


@pytest.mark.parametrize(
    ("text", "subjects"),
    [
        ("Kenya has a portal. The ASEAN Single Window is joined to it.", ["KE", "KE"]),
        ("The ASEAN Single Window is open.", ["ASEAN"]),
        ("Kenya has a portal. ASEAN has one, too.", ["KE", "ASEAN"]),
        ("The Japan–Singapore agreement is in force.", [None]),
        ("The EC has a portal, says the Commission of the European Communities.", ["EU"]),
    ],
)
def test_what_bears_the_name_of_a_group_or_of_two_countries(find, text, subjects):
    assert find(text) == [subjects]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Mr Toure, former President of the Republic of Niger, opened the portal.", "en"),
        ("Mr Toure, Minister of Trade of Niger, opened the portal.", "en"),
        ("M. Touré, ancien président de la République du Niger, a ouvert le portail.", "fr"),
    ],
)
def test_the_country_of_a_persons_office_is_no_subject(find, text, language):
    assert find(text, language=language) == [[None]]
    assert find("The portal is open.", title=f"Code of {text}", section=(text,)) == [[None]]


@pytest.mark.parametrize(
    ("speaker", "subject"),
    [
        ("The President of Niger", "NE"),
        ("Mr Toure, Director General of Customs of Niger,", "NE"),
        ("Mr Toure, former Director General of Customs of Niger,", None),
    ],
)
def test_who_holds_an_office_speaks_for_the_country(find, speaker, subject):
    assert find(f"{speaker} announced that the portal was open.") == [[subject]]


@pytest.mark.parametrize("language", ["ru", None])
def test_a_language_without_words_has_no_subjects(find, language):
    assert find("Kenya has a portal.", language=language) == [[]]


def test_a_broken_file_names_line_and_field(tmp_path):
    path = tmp_path / "subjects.yaml"
    path.write_text('version: "1"\nlanguages:\n  en: {reporting: [said]}\n', encoding="utf-8")
    with pytest.raises(ConfigError, match=r"subjects.yaml:3: languages.en.that: this field is missing"):
        load_subjects(path)
