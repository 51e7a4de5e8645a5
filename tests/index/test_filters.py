import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configs.system.errors import UsageError
from extractors.document import Symbol
from index.fields import FIELDS
from index.filters import EVERY_CLASS, parse_filters
from index.versions import symbol_forms


def only(text, **more):
    (condition,) = parse_filters([text], **more, access_classes=EVERY_CLASS).conditions
    return condition


def test_the_same_field_twice_means_either_value():
    (language,) = parse_filters(["language=fr", "language=EN"], access_classes=EVERY_CLASS).conditions
    assert [language.accepts(value) for value in ("fr", "en", "ru")] == [True, True, False]


def test_a_value_is_excluded_by_an_exclamation_mark_and_several_are_excluded_alike():
    language, kind = parse_filters(
        ["language!=fr", "kind=report", "language != EN"], access_classes=EVERY_CLASS
    ).conditions
    assert (language.negated, kind.negated) == (True, False)
    assert [language.accepts(value) for value in ("fr", "en", "ru")] == [True, True, False]
    assert str(language) == "language!=en or fr"


def test_a_value_may_be_asked_for_and_another_excluded():
    kept, shut = parse_filters(["body=ptc", "body!=imsc"], access_classes=EVERY_CLASS).conditions
    assert (kept.field, kept.negated, shut.field, shut.negated) == ("body", False, "body", True)


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("year=2010..2012", ("2010", "2012"), ("2009", "2013")),
        ("year=..2012", ("1952", "2012"), ("2013",)),
        ("session=99..101", ("99", "100", "101"), ("9", "102")),
        ("date=2013-11", ("2013-11-01", "2013-11-30"), ("2013-10-31", "2013-12-01")),
        ("date=2012..2013-02", ("2012-01-01", "2013-02-28"), ("2011-12-31", "2013-03-01")),
        ("date=2013-12-17", ("2013-12-17",), ("2013-12-18",)),
    ],
)
def test_ranges_include_both_ends(text, inside, outside):
    condition = only(text)
    assert all(condition.accepts(value) for value in inside)
    assert not any(condition.accepts(value) for value in outside)


def test_a_body_takes_its_sub_bodies():
    assert only("body=PTC", descendants={"ptc": ["imsc"]}.__getitem__).accepts("imsc")
    assert not only("body=PTC").accepts("imsc")


def test_null_is_a_tag_without_a_level():
    level = only("level=null")
    assert level.accepts(None)
    assert not level.accepts("L0")


@pytest.mark.parametrize("asked", ["PC0345", "pc 0345", "PC-0345E", "PC 0345 E 1", "pc0345e1a"])
def test_a_symbol_is_found_in_any_spelling(asked):
    assert only(f"symbol={asked}").accepts("PC0345E1a")


def test_another_serial_version_or_prefix_is_another_symbol():
    for asked in ("PC0346", "PC034", "PC0345E2", "C0345", "0345"):
        assert not only(f"symbol={asked}").accepts("PC0345E1a")


def test_symbols_of_others_are_known_by_their_whole_and_by_their_paper():
    assert symbol_forms(Symbol(raw="ECE/TRADE/C/CEFACT/2021/6")) == {"ecetradeccefact20216"}
    revised = symbol_forms(Symbol(raw="G/TFA/W/5/Rev.2"))
    assert revised == {"gtfaw5", "gtfaw5rev2"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("colour=red", "unknown field 'colour'.*known fields: body"),
        ("country=Atlantis", "'Atlantis' is no country of the gazetteer"),
        ("instrument=gold", "'gold' is no instrument of the gazetteer"),
        ("colour!=red", "unknown field 'colour'.*known fields: body"),
        ("status!=accepted", "status cannot be excluded.*status=accepted"),
        ("language!=", "no value"),
        ("language", "write field=value"),
        ("language=", "no value"),
        ("year=abc", "'abc' is no year"),
        ("year=٢٠١٠", "is no year"),
        ("year=2012..2010", "ends before it starts"),
        ("year=..", "is no year|no value"),
        ("date=2013-02-30", "no day of the calendar"),
        ("date=0000", "no day of the calendar"),
        ("status=maybe", "'maybe' is no status.*accepted, suggested, hidden"),
        ("modality=hoped", "'hoped' is no modality"),
        ("theme.status=hidden", "'hidden' is no theme.status.*accepted, suggested"),
        ("theme.about=mobile", "unknown field 'theme.about'.*theme.named"),
    ],
)
def test_a_mistake_is_named_with_its_remedy_in_one_line(text, words):
    with pytest.raises(UsageError, match=words) as caught:
        parse_filters([text], access_classes=EVERY_CLASS)
    assert "\n" not in str(caught.value)


@given(st.lists(st.one_of(st.text(), st.builds("{}={}".format, st.sampled_from(FIELDS), st.text(st.characters())))))
def test_any_text_is_a_filter_or_a_usage_error(given):
    with contextlib.suppress(UsageError):
        parse_filters(given, access_classes=EVERY_CLASS)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("country=Kenya", "KE"),
        ("country=ken", "KE"),
        ("country=Union européenne", "EU"),
        ("region=AOA", "ESA"),
        ("instrument=Accord sur la facilitation des échanges", "tfa"),
        ("instrument=tfa-10.4", "tfa-10.4"),
        ("subject=Côte d’Ivoire", "CI"),
        ("subject=Arvenia", "Arvenia"),
    ],
)
def test_what_has_a_code_may_be_asked_for_by_its_name(text, value):
    (one,) = parse_filters([text], access_classes=EVERY_CLASS).conditions
    assert one.accepts(value)


@pytest.mark.parametrize("asked", ["endorsed", "endorse", "Endorses", "entérine"])
def test_a_decision_is_asked_for_by_any_form_of_its_verb(asked):
    (one,) = parse_filters([f"decision={asked}"], access_classes=EVERY_CLASS).conditions
    assert one.accepts("endorsed")
    assert not one.accepts("agreed")


@pytest.mark.parametrize("asked", ["take note", "take-note", "To take note", "for information", "pour information"])
def test_an_action_is_asked_for_by_any_words_of_its_mark(asked):
    (one,) = parse_filters([f"action={asked}"], access_classes=EVERY_CLASS).conditions
    assert one.accepts("take note")
    assert not one.accepts("decision")
