"""What pages say of how far they can be trusted: the figures of the data file, of the shipped classifier alone."""

import datetime as dt

import pytest
from lxml import html

from configs.figures import JudgedByReader, load_figures
from configs.maturity import load_model
from configs.settings import load_settings
from index.encoder import encoder_identity
from pipelines.storage.classifiers import fitted_path
from portal.web.measured import measured_of

pytestmark = pytest.mark.model  # the figures are of one encoder, which a dummy is not

QUOTED = ("accepted_right", "stated_accepted", "stated_shown", "level_given_right", "themes_precision", "themes_recall")


def test_every_figure_that_pages_quote_is_in_the_file_and_in_its_interval():
    figures = load_figures()
    assert set(figures.passages) == set(figures.measures) == {"papers", "hard", "reports"}
    for measures in figures.measures.values():
        assert measures.keys() >= set(QUOTED)
        assert all(one.low <= one.value <= one.high for one in measures.values())


def test_figures_are_of_the_shipped_classifier_alone(tmp_path):
    settings = load_settings(tmp_path, encoder="multilingual-e5-small")
    model = load_model(settings.model)
    assert measured_of(settings, model) == load_figures()
    assert measured_of(settings, model.model_copy(update={"id": "mine"})) is None
    assert measured_of(load_settings(tmp_path, encoder="all-MiniLM-L6-v2"), model) is None
    own = fitted_path(tmp_path, encoder_identity(settings))
    own.parent.mkdir()
    own.touch()
    assert measured_of(settings, model) is None


@pytest.mark.parametrize(("language", "percent"), [("en", "{}%"), ("fr", "{}\N{NO-BREAK SPACE}%")])
def test_pages_quote_them(portal, language, percent):
    papers = load_figures().measures["reports"]
    for page in ("/about", "/matrix"):
        text = portal.get(page, params={"lang": language}).text
        for name in ("accepted_right", "stated_accepted"):
            said = percent.format(round(papers[name].value * 100))
            assert said in text.replace("\N{NARROW NO-BREAK SPACE}", "\N{NO-BREAK SPACE}"), (page, name)


@pytest.mark.parametrize(
    ("address", "name"),
    [
        *((one, figure) for one in ("/", "/bodies/ptc") for figure in ("themes_precision", "accepted_all_right")),
        ("/themes/single-window", "accepted_all_right"),
        ("/matrix?by=level", "level_given_right"),
    ],
)
def test_charts_and_levels_have_their_measured_share_beside_them(portal, address, name):
    share = f"{round(load_figures().measures['reports'][name].value * 100)}%"
    tree = html.fromstring(portal.get(address).text)
    beside = tree.xpath("//figure//p[@class='note']/a[@href='/about#trust']/text() | //p[@class='banner']/text()")
    assert any(share in one for one in beside), beside


def test_pages_quote_what_a_reader_judged_with_its_number(portal, monkeypatch):
    judged = {kind: JudgedByReader(n=150, right=96, date=dt.date(2026, 12, 2)) for kind in ("stated", "profiles")}
    said = {"/about": "96 of 150", "/matrix": "96 of 150", "/members/KE": "150 statements"}
    for figures in (load_figures().model_copy(update={"judged": judged}), None):
        for page in ("about", "matrix", "members"):
            monkeypatch.setattr(f"portal.web.routes.{page}.measured_of", lambda *_, figures=figures: figures)
        for address, words in said.items():
            assert (words in portal.get(address).text) == (figures is not None), address
