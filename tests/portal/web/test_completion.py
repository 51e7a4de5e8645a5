"""What the search box offers while a query is typed, and to whom."""

import shutil
from urllib.parse import quote

import pytest

from tests.portal.web.conftest import asked, keys_of


def offered(client, text, **headers):
    answer = client.get(f"/complete?q={quote(text)}", headers=headers)
    assert answer.status_code == 200
    return answer.json()


def test_a_theme_is_offered_by_the_beginning_of_any_of_its_words(portal):
    assert offered(portal, "guichet un")[0] == {
        "kind": "theme", "label": "Single Window", "query": "theme:single-window", "address": None,
    }  # fmt: skip


def test_a_theme_is_named_in_the_language_of_the_interface(portal):
    found = portal.get("/complete?q=single+w&lang=fr").json()
    assert found[0]["label"] == "Guichet unique"


@pytest.mark.parametrize("typed", ["PC9001", "pc 9001", "Doc. PC9001E1a"])
def test_a_paper_is_offered_by_its_symbol(portal, typed):
    found = offered(portal, typed)
    assert found[0]["kind"] == "paper"
    assert found[0]["label"].startswith("PC9001")
    assert portal.get(found[0]["address"]).status_code == 200


def test_a_paragraph_is_offered_with_its_paper(portal):
    found = offered(portal, "PC9001E1a § 12")
    assert (found[0]["kind"], found[0]["label"]) == ("paragraph", "PC9001E1a, § 12")


@pytest.mark.parametrize("typed", ["", " ", "zzyzx", "§", "%00", "a" * 5000, "PC9001 §"])
def test_nothing_is_offered_for_nothing(portal, typed):
    assert isinstance(offered(portal, typed), list)


def test_a_paper_that_the_reader_may_not_see_is_never_offered(cli, samples, tmp_path):
    shutil.copy(samples / "papers" / "PC9001E1a.pdf", tmp_path / "PC9001E1a.pdf")
    (tmp_path / "PC9001E1a.pdf.meta.yaml").write_text("access: restricted\n")
    home = tmp_path / "home"
    assert cli("ingest", tmp_path / "PC9001E1a.pdf", "--home", home).code == 0
    keys = keys_of(home, public=("reader", []), restricted=("reader", ["restricted"]))
    with asked(home) as client:
        for typed in ("PC9001", "report to the customs", "single window"):
            assert offered(client, typed, **keys["public"]) == []
            assert offered(client, typed, **keys["restricted"])
