"""A paper that its source no longer has says so where it is found and where it is read."""

import datetime as dt
from contextlib import closing

from configs.settings import load_settings
from extractors.document import document_id
from pipelines.storage.opening import open_storage
from pipelines.storage.source_register import KnownItem
from tests.portal.web.conftest import asked

SINCE = dt.datetime(2026, 5, 17, 8, tzinfo=dt.UTC)


def test_a_withdrawn_paper_is_shown_as_such(own_home, samples):
    uri = f"file://{samples}/papers/PT9001E1a.pdf"
    name = document_id(uri)
    row = KnownItem(source="x", id="x", uri=uri, fingerprint="", documents=(name,), seen=SINCE, withdrawn=SINCE)
    with asked(own_home) as portal:
        assert "withdrawn by its source" not in portal.get(f"/documents/{name}").text
        with closing(open_storage(load_settings(own_home)).open_register(write=True)) as register:
            register.commit("x", [row])
        page = portal.get(f"/documents/{name}").text
        assert "withdrawn by its source since" in page
        assert SINCE.isoformat() in page
        assert portal.get("/?q=PT9001").text.count("withdrawn by its source since") == 1
