"""A feed as a source: an RSS file on a real web server that encloses files."""

from urllib.parse import quote
from xml.sax.saxutils import escape

from configs.sources import FeedConfig
from tests.pipelines.sources.connectors.listing_harness import WebHarness
from tests.pipelines.sources.connectors.scripted_server import Answer


class FeedHarness(WebHarness):
    """Sidecars are not taken: an entry gives a title and a day alone."""

    lists_everything = False
    has_sidecars = False

    def __init__(self, shared, folder):
        super().__init__(shared, folder)
        self.config = FeedConfig(name="test", kind="feed", url=f"{self.web.url}/list")

    def page(self):
        entries = "".join(
            f"<item><title>{escape(path)}</title>"
            f'<enclosure url="{self.web.url}/{quote(path)}" type="text/plain" length="1"/></item>'
            for path in self.files
        )
        feed = f'<rss version="2.0"><channel><title>Papers</title>{entries}</channel></rss>'
        return Answer(feed.encode(), headers={"Content-Type": "application/rss+xml"})
