"""Keys of acts by their official number and type."""

import pytest

from extractors.document import Document, Symbol
from extractors.metadata import own_key


def act(title, kind="regulation", **more):
    more = {"body": None, "symbol": None, **more}
    known = {"id": "f" * 16, "key": "", "sha256": "0" * 64, "source": "file:///a", "media_type": "text/plain"}
    return Document(**known, title=title, kind=kind, **more)


@pytest.mark.parametrize(
    ("key", "titles"),
    [
        (
            "regulation 2031/1501 EU",
            (
                "COMMISSION IMPLEMENTING REGULATION (EU) 2031/1501 of 8 September 2031 on seals",
                "RÈGLEMENT D'EXÉCUTION (UE) 2031/1501 DE LA COMMISSION du 8 septembre 2031 sur les scellés",
                "Commission Implementing Regulation (EU) 2031/1501 of 8 September 2031 on seals",
            ),
        ),
        (
            "regulation 1024/2012 EU",
            (
                "REGULATION (EU) No 1024/2012 OF THE EUROPEAN PARLIAMENT AND OF THE COUNCIL of 25 October 2012",
                "RÈGLEMENT (UE) N o 1024/2012 DU PARLEMENT EUROPÉEN ET DU CONSEIL du 25 octobre 2012",
                "Règlement (UE) nº 1024/2012 du Parlement européen et du Conseil",
            ),
        ),
    ],
)
def test_an_act_has_the_key_of_its_type_and_number_in_every_language(key, titles):
    assert {own_key(act(title)) for title in titles} == {key}


def test_the_mark_of_a_union_may_stand_behind_the_number():
    titles = (
        "COUNCIL DIRECTIVE 2009/69/EC of 25 June 2009 amending Directive 2006/112/EC",
        "DIRECTIVE 2009/69/CE DU CONSEIL du 25 juin 2009 modifiant la directive 2006/112/CE",
    )
    assert {own_key(act(title, "directive")) for title in titles} == {"directive 2009/69 EC"}


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("Annex to Commission Regulation (EU) 2031/1501", "annex"),
        ("Corrigendum to Regulation (EU) 2031/1501 on seals, as printed in the gazette", "regulation"),
        ("Regulation on seals, amending Regulation (EU) 2031/1501", "regulation"),
        ("Report on Regulation (EU) 2031/1501", "report"),
        ("Circular No. 17/2031", "circular"),
    ],
)
def test_what_is_not_the_act_of_that_number_has_not_its_key(title, kind):
    one = act(title, kind)
    assert own_key(one) == one.id


def test_the_number_of_an_office_counts_with_the_body_or_the_day_of_the_act():
    title = "LAW No. 2014-10 of 28 February 2014"
    assert own_key(act(title, "law", date="2014-02-28")) == "law 2014-10 2014-02-28"
    french = act("LOI 2014-10 DU 28 FEVRIER 2014", "law", date="2014-02-28", symbol=Symbol(raw="LOI 2014-10"))
    assert own_key(french) == "law 2014-10 2014-02-28"
    assert own_key(act("Circular No. 17/2031", "circular", body="eu-commission")) == "circular 17/2031 eu-commission"
    assert own_key(act(title, "law", date="2014")) == "f" * 16
