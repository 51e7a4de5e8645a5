"""The gazetteer: what ships, what is found by name, and where a broken file is broken."""

from collections import Counter

import pytest

from configs.gazetteer import SUBJECTS, Gazetteer, load_gazetteer
from configs.system.errors import ConfigError
from configs.system.yamlfile import load_yaml

KENYA = "- {id: KE, iso3: KEN, region: ESA, en: [Kenya]}"


@pytest.fixture(scope="module")
def shipped() -> Gazetteer:
    return load_gazetteer()


@pytest.fixture
def refused(tmp_path):
    def load(more: str, regions: str = "[{id: ESA, en: [Southern Africa]}]") -> ConfigError:
        path = tmp_path / "mine.yaml"
        path.write_text(f'version: "1"\nregions: {regions}\nadministrations:\n{KENYA}\n{more}\n', encoding="utf-8")
        with pytest.raises(ConfigError) as caught:
            load_yaml(path, Gazetteer)
        return caught.value

    return load


def test_the_six_regions_and_their_members_are_there(shipped):
    sizes = Counter(one.region for one in shipped.administrations if one.region)
    assert set(sizes) == {"AMS", "EUR", "ESA", "MENA", "WCA", "AP"}
    assert sum(sizes.values()) >= 185
    assert all(one.fr for one in shipped.administrations)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("KE", "KE"),
        ("ken", "KE"),
        ("kenya", "KE"),
        ("Cote d’Ivoire", "CI"),
        ("Iran (Islamic Republic of)", "IR"),
        ("union européenne", "EU"),
        ("NO", "NO"),
        ("AMS", "AMS"),
        ("Atlantis", None),
    ],
)
def test_an_administration_is_found_by_code_and_by_name(shipped, text, code):
    assert shipped.find(text, SUBJECTS) == code


def test_an_article_is_an_instrument_of_its_own(shipped):
    assert shipped.find("TFA-10.4", ("instrument",)) == "tfa-10.4"
    assert shipped.instruments_by_article["tfa-10.4"] == "tfa"


def test_organisations_have_the_names_that_the_bodies_know(shipped):
    assert shipped.find("Organisation mondiale des douanes", ("organisation",)) == "wco"
    assert shipped.find("OMD", ("organisation",)) == "wco"


def test_it_has_a_json_schema():
    assert "administrations" in Gazetteer.model_json_schema()["properties"]


@pytest.mark.parametrize(
    ("more", "line", "field", "says"),
    [
        (KENYA, 5, "administrations.1.id", "KE stands twice"),
        ("- {id: UG, iso3: KEN, en: [Uganda]}", 5, "administrations.1.iso3", "KEN stands twice"),
        ("- {id: UG, iso3: UGA, region: ASE, en: [Uganda]}", 5, "administrations.1.region", "no region ASE"),
        ("- {id: UG, iso3: UGA, en: [kenya]}", 5, "administrations.1.en", "names KE too"),
        ("- {id: Ug, iso3: UGA, en: [Uganda]}", 5, "administrations.1.id", "pattern"),
        ("- {id: UG, iso3: UGA, en: []}", 5, "administrations.1.en", "at least 1"),
        ("groups: [{id: EAC, en: [East African Community], members: [KE, TZ]}]", 5, "groups.0.members.1", "TZ"),
        ("groups: [{id: EAC, en: [East African Community], instruments: [eac]}]", 5, "groups.0.instruments.0", "eac"),
        ("groups: [{id: ESA, en: [Something]}]", 2, "regions.0.id", "stands twice"),
        ("instruments: [{id: TFA, en: [TFA]}]", 5, "instruments.0.id", "pattern"),
    ],
)
def test_a_broken_file_names_line_and_field(refused, more, line, field, says):
    error = refused(more)
    assert (error.line, error.field) == (line, field)
    assert says in str(error)


def test_administrations_of_ones_own_come_beside_the_shipped_or_in_place_of_them(tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text(
        "administrations: [{id: XA, iso3: XAR, en: [Arvenia]}, {id: KE, iso3: KEN, en: [Keniland]}]", encoding="utf-8"
    )
    found = load_gazetteer(str(file))
    named = ("Arvenia", "keniland", "Kenya", "Uganda", "African Union")
    assert [found.find(one, SUBJECTS) for one in named] == ["XA", "KE", None, "UG", "AFU"]


def test_a_name_that_another_administration_has_is_refused(tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text("administrations: [{id: XA, iso3: XAR, en: [Uganda]}]", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"mine\.yaml.*'Uganda' names"):
        load_gazetteer(str(file))
