"""A stand-in for Microsoft Graph on loopback, with the login that gives tokens and the host that gives files.

It answers as Graph's documentation says of `sites`, `drives`, `delta` and `content`: deltas name folders by their ids
alone, list the folders above what changed, and name deleted items by tombstones.
"""

import itertools
from urllib.parse import parse_qsl, unquote

from tests.pipelines.sources.connectors.scripted_server import Answer, ScriptedServer, as_json

SECRET = "very-secret-value"
_SITE, _DRIVE, ROOT = "contoso.sharepoint.example,1,2", "b!drive", "ROOT"


class FakeGraph(ScriptedServer):
    """A site `contoso.sharepoint.example:/sites/customs` with the libraries Documents and `library`.

    `page` is how many entries a page has. `overrides` answer URLs' paths below `/v1.0` before anything else.
    """

    library = "Working papers"

    def __init__(self, certificate) -> None:
        super().__init__(certificate)
        self.certificate = certificate
        self.files = ScriptedServer(certificate)
        self.clear()

    @property
    def graph_url(self) -> str:
        return f"{self.url}/v1.0"

    def clear(self) -> None:
        self.reset()
        self.files.reset()
        self.items = {ROOT: {"name": "root", "parent": None}}
        self.changes: list[str] = []
        self.oldest = 0
        self.page = 3
        self.overrides = {}
        self.tokens = itertools.count(1)
        self.valid_token = None
        self._ids = itertools.count(1)

    def put(self, path: str, content: bytes | None) -> str:
        """Put a file there, or a folder for None, with the folders above it, and return its id."""
        *above, name = path.split("/")
        parent = ROOT
        for part in above:
            parent = self._child(parent, part) or self._add(parent, part, None)
        if not (found := self._child(parent, name)):
            return self._add(parent, name, content)
        self.items[found]["content"] = content
        self.changes.append(found)
        return found

    def find(self, path: str) -> str:
        found = ROOT
        for part in path.split("/"):
            found = self._child(found, part)
        return found

    def move(self, path: str, name: str, parent: str = ROOT) -> None:
        """Give an item another name and folder; nothing is said of what lies in it."""
        found = self.find(path)
        self.items[found] |= {"name": name, "parent": parent}
        self.changes.append(found)

    def remove(self, path: str) -> None:
        """Delete an item; of what lies in a folder nothing is said."""
        found = self.find(path)
        self._drop(found)
        self.changes.append(found)

    def forget(self) -> None:
        """Know no delta any more that there was until now."""
        self.changes.append(ROOT)
        self.oldest = len(self.changes)

    def stop(self) -> None:
        super().stop()
        self.files.stop()

    def answer(self, request):
        self.requests.append(request)
        if not request.path.startswith("/v1.0"):
            return self._login(request)
        path = unquote(request.path.removeprefix("/v1.0"))
        if request.headers.get("Authorization") != f"Bearer {self.valid_token}" or not self.valid_token:
            return as_json({"error": {"code": "InvalidAuthenticationToken"}}, 401)
        if path in self.overrides:
            found = self.overrides[path]
            answer = found.pop(0) if isinstance(found, list) else found
            if isinstance(found, list) and not found:
                del self.overrides[path]
            if answer:
                return answer
        return self._graph(path, request)

    def _login(self, request):
        if request.path.endswith("/openid-configuration"):
            tenant = request.path.split("/")[1]
            base = f"{self.url}/{tenant}"
            named = {"authorization_endpoint": f"{base}/authorize", "token_endpoint": f"{base}/token", "issuer": base}
            return as_json(named) if tenant == "contoso" else as_json({"error": "invalid_tenant"}, 400)
        form = dict(parse_qsl(request.body.decode()))
        if form.get("client_secret", SECRET) != SECRET:
            return as_json({"error": "invalid_client", "error_codes": [7000215], "error_description": "AADSTS"}, 401)
        self.valid_token = f"token-{next(self.tokens)}"
        return as_json({"access_token": self.valid_token, "expires_in": 3600, "token_type": "Bearer"})

    def _graph(self, path, request):
        drive, site = f"/drives/{_DRIVE}", f"/sites/{_SITE}"
        libraries = [{"id": "b!documents", "name": "Documents"}, {"id": _DRIVE, "name": self.library}]
        second = {"@odata.nextLink": f"{self.graph_url}{site}/drives?skip=1"}
        plain = {
            "/sites/contoso.sharepoint.example:/sites/customs": {"id": _SITE},
            f"{site}/drive": libraries[0],
            f"{site}/drives": {"value": libraries[1:]}
            if request.query.get("skip")
            else {"value": libraries[:1], **second},
            f"{drive}/root": self._entry(ROOT),
        }
        found = self.find(path.removeprefix(f"{drive}/root:/")) if path.startswith(f"{drive}/root:/") else None
        if path in plain or found:
            return as_json(plain.get(path) or self._entry(found))
        if path == f"{drive}/root/delta":
            return self._delta(path, request)
        if path.startswith(f"{drive}/items/") and path.endswith("/content"):
            return self._content(path.split("/")[-2])
        return as_json({"error": {"code": "itemNotFound"}}, 404)

    def _delta(self, path, request):
        since = int(request.query.get("token", 0))
        if request.query.get("token") and since < self.oldest:
            location = f"{self.graph_url}{path}?restart=1"
            return as_json({"error": {"code": "resyncRequired"}}, 410, Location=location)
        named = list(dict.fromkeys(self.changes[since:] if "token" in request.query else self.items))
        above = dict.fromkeys(parent for name in named for parent in self._above(name))
        entries = [self._entry(name) for name in {**dict.fromkeys([ROOT]), **above, **dict.fromkeys(named)}]
        start = int(request.query.get("skip", 0))
        base = f"{self.graph_url}{path}?" + (f"token={since}&" if "token" in request.query else "")
        body = {"value": entries[start : start + self.page]}
        if start + self.page < len(entries):
            body["@odata.nextLink"] = f"{base}skip={start + self.page}"
        else:
            body["@odata.deltaLink"] = f"{self.graph_url}{path}?token={len(self.changes)}"
        return as_json(body)

    def _content(self, name):
        if name not in self.items:
            return as_json({"error": {"code": "itemNotFound"}}, 404)
        self.files.answers[f"/{name}"] = lambda request: (
            Answer(status=401) if "Authorization" in request.headers else Answer(self.items[name]["content"])
        )
        return Answer(status=302, headers={"Location": f"{self.files.url}/{name}?tempauth=signed-{SECRET}"})

    def _entry(self, name):
        found = self.items.get(name)
        if found is None:
            return {"id": name, "deleted": {"state": "deleted"}}
        entry = {"id": name, "name": found["name"], "eTag": f'"{name}"', "parentReference": {"driveId": _DRIVE}}
        if name == ROOT:
            return entry | {"root": {}, "folder": {"childCount": 1}}
        entry["parentReference"]["id"] = found["parent"]
        if found["content"] is None:
            inside = sum(one["parent"] == name for one in self.items.values())
            return entry | {"folder": {"childCount": inside}}
        version = len([one for one in self.changes if one == name])
        times = {"lastModifiedDateTime": f"2031-05-06T10:00:{version:02}Z"}
        return entry | times | {"cTag": f'"c:{name},{version}"', "file": {}, "size": 7}

    def _above(self, name):
        while (name := self.items.get(name, {}).get("parent")) and name != ROOT:
            yield name

    def _child(self, parent, name):
        return next((k for k, one in self.items.items() if (one["parent"], one["name"]) == (parent, name)), None)

    def _add(self, parent, name, content):
        made = f"01ITEM{next(self._ids):03}"
        self.items[made] = {"name": name, "parent": parent, "content": content}
        self.changes.append(made)
        return made

    def _drop(self, name):
        for one in [one for one, entry in self.items.items() if entry["parent"] == name]:
            self._drop(one)
        del self.items[name]
