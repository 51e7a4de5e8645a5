"""A listing page as a source: a table of links on a real web server."""

import hashlib
from html import escape
from urllib.parse import quote

import yaml

from configs.sources import ListingConfig
from pipelines.sources.web import retries
from tests.pipelines.sources.connectors.harness import Harness
from tests.pipelines.sources.connectors.scripted_server import Answer, FreeClock, ScriptedServer, html

RECIPE = {
    "version": 1,
    "description": "a table of papers with their titles",
    "files": ".",
    "meeting": "//h1",
    "tables": {"columns": [{"header": "Title", "field": "title"}, {"header": "ENG", "language": "en"}]},
}


class WebHarness(Harness):
    """Files on a web server that a page at `/list` links to; a subclass writes the page. Waiting takes no time."""

    def __init__(self, shared, folder):
        super().__init__(shared, folder)
        self.files, self.sidecars = {}, {}
        self.web = ScriptedServer()
        self.web.answers["/list"] = lambda _: self.page()
        self._clock, retries.SYSTEM = retries.SYSTEM, FreeClock().clock

    def page(self):
        raise NotImplementedError

    def put(self, path, content, sidecar=None):
        self.files[path], self.sidecars[path] = content, sidecar or {}
        etag = hashlib.sha256(content).hexdigest()[:8]
        self.web.answers[f"/{quote(path)}"] = Answer(content, headers={"ETag": f'"{etag}"'})

    def remove(self, path):
        del self.files[path], self.sidecars[path], self.web.answers[f"/{quote(path)}"]

    def away(self):
        self.web.stop()

    def close(self):
        self.web.stop()
        retries.SYSTEM = self._clock


class ListingHarness(WebHarness):
    def __init__(self, shared, folder):
        super().__init__(shared, folder)
        recipe = folder / "recipe.yaml"
        recipe.write_text(yaml.safe_dump(RECIPE))
        self.config = ListingConfig(name="test", kind="listing", url=f"{self.web.url}/list", recipe=str(recipe))

    def page(self):
        sessions = [number for fields in self.sidecars.values() for number in fields.get("sessions", ())]
        head = f"<h1>{sessions[0]}th Session</h1>" if sessions else ""
        rows = "".join(
            f"<tr><td>{escape(self.sidecars[path].get('title', ''))}</td><td><a href='/{quote(path)}'>PDF</a></td></tr>"
            for path in self.files
        )
        body = f"{head}<table><tr><th>Title</th><th>ENG</th></tr>{rows}</table>"
        return html(body, ETag=f'"{hashlib.sha256(body.encode()).hexdigest()[:8]}"')
