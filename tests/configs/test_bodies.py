from pathlib import Path

import pytest
import yaml

from configs.bodies import BODIES_FILE, Bodies, load_bodies
from configs.system.errors import ConfigError


@pytest.fixture(scope="module")
def bodies() -> Bodies:
    return load_bodies()


@pytest.mark.parametrize(
    ("prefix", "body"),
    [("SC", "council"), ("SP", "policy-commission"), ("PC", "ptc"), ("PT", "tfawg"), ("HC", "cbc"), ("VT", "tccv")],
)
def test_confirmed_prefixes_name_their_bodies(bodies, prefix, body):
    assert bodies.by_prefix(prefix).id == body
    assert bodies.is_confirmed(prefix)


@pytest.mark.parametrize("prefix", ["PM", "EG", "EC", "PO", "NR", "NS", "OC"])
def test_prefixes_that_no_paper_confirms_are_marked(bodies, prefix):
    assert bodies.by_prefix(prefix) is not None
    assert not bodies.is_confirmed(prefix)


@pytest.mark.parametrize(
    ("text", "body"),
    [
        ("ptc", "ptc"),
        ("CTP", "ptc"),
        ("PERMANENT TECHNICAL COMMITTEE", "ptc"),
        ("COMITE TECHNIQUE PERMANENT", "ptc"),
        ("Permanent  Technical\nCommittee", "ptc"),
        ("Working Group on E\u2011Commerce", "wgec"),
        ("Équipe de projets chargée du Modèle de données", "dmpt"),
    ],
)
def test_a_body_is_found_by_its_names(bodies, text, body):
    assert bodies.ids_of(text) == {body}


def test_prose_pc_is_the_policy_commission_but_the_prefix_is_the_technical_committee(bodies):
    assert bodies.ids_of("PC") == {"policy-commission"}
    assert bodies.by_prefix("PC").id == "ptc"


def test_an_organisation_stands_for_its_bodies_and_what_is_none_for_itself(bodies):
    assert {"wto-comtd", "wto-ldc"} <= bodies.ids_of("WTO") == bodies.ids_of("World Trade Organization")
    assert "ptc" not in bodies.ids_of("WTO")
    assert bodies.ids_of("a committee of friends") == {"a committee of friends"}


def test_descendants_include_the_body_and_every_level_below(bodies):
    below = bodies.descendants("council")
    assert {"council", "ptc", "imsc", "dmpt", "hsc", "rsc"} <= below
    assert "uncefact" not in below
    assert bodies.descendants("dmpt") == {"dmpt"}


def test_successors_of_the_information_management_sub_committee(bodies):
    assert set(bodies.get("imsc").successors) == {"ptc", "dmpt"}


@pytest.mark.parametrize(
    ("symbol", "body"),
    [
        ("A/RES/73/3", "un-ga"),
        ("ECE/TRADE/C/CEFACT/2018/6", "uncefact"),
        ("ECE/AGAT/2020/INF.1", "agat"),
        ("WT/COMTD/M/43", "wto-comtd"),
        ("WT/COMTD/LDC/M/3", "wto-ldc"),
        ("Assembly/AU/Dec. 911(XXXVIII)", "au-assembly"),
        ("CSC/Notif/008/2020", "iata-csc"),
        ("S-101PT3-5.1", "iho-s101pt"),
    ],
)
def test_symbols_of_other_organisations_tell_the_body(bodies, symbol, body):
    assert bodies.by_symbol(symbol).id == body


def changed(tmp_path: Path, change) -> Path:
    data = yaml.safe_load(BODIES_FILE.read_text(encoding="utf-8"))
    change({body["id"]: body for body in data["bodies"]}, data)
    path = tmp_path / "bodies.yaml"
    path.write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda bodies, _: bodies["ptc"].update(parent="nobody"), "no body nobody"),
        (lambda bodies, _: bodies["imsc"].update(successors=["nobody"]), "no body nobody"),
        (lambda bodies, _: bodies["council"].update(parent="imsc"), "lead back"),
        (lambda bodies, _: bodies["ptc"].update(successors=["imsc"]), "lead back"),
        (lambda bodies, _: bodies["swg"].update(prefixes=[{"prefix": "PC", "confirmed": True}]), "stands twice: PC"),
        (lambda bodies, _: bodies["swg"].update(organisation="omd"), "no organisation omd"),
        (lambda _, data: data["organisations"][1].update(symbols=["A/(RES"]), "not a regular expression"),
        (lambda bodies, _: bodies["swg"].update(prefix="SF"), "prefix"),
    ],
)
def test_a_broken_file_is_one_clear_error(tmp_path, change, words):
    path = changed(tmp_path, change)
    with pytest.raises(ConfigError) as caught:
        load_bodies(path)
    assert words in str(caught.value)
    assert str(path) in str(caught.value)
