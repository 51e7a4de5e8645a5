"""On a full disk the portal goes on showing what is there."""

import pytest

from configs.settings import load_settings
from index.filters import EVERY_CLASS
from pipelines.alerts.check import save_search
from pipelines.search.service import SearchService
from tests.portal.web.conftest import asked

READ = [
    *("/review", "/review/quality", "/searches", "/runs", "/runs/last", "/matrix", "/vocabulary"),
    *("/?q=window", "/api/v1/labels", "/api/v1/searches", "/api/v1/runs", "/runs/last/report.html"),
    *("/status", "/api/v1/status"),
]


@pytest.mark.parametrize("is_reviewed", [True, False])
def test_what_is_only_read_is_shown(own_home, full_disk, is_reviewed):
    with asked(own_home) as client:
        if is_reviewed:
            waiting = client.get("/review").text.count('name="verdict"')
            assert waiting
            settings = load_settings(own_home)
            with SearchService(settings) as service:
                save_search(settings, service, "windows", "single window", access_classes=EVERY_CLASS)
        assert client.get("/?q=window").status_code == 200  # the index is open by then
        with full_disk():
            found = {address: client.get(address) for address in READ}
            assert client.post("/searches", data={"name": "x", "search": "q=port"}).status_code == 503
        assert {address: answer.status_code for address, answer in found.items()} == dict.fromkeys(READ, 200)
        assert ("windows" in found["/searches"].text) is is_reviewed
        assert (found["/review"].text.count('name="verdict"') > 0) is is_reviewed
        assert client.post("/searches", data={"name": "x", "search": "q=port"}).status_code == 303
