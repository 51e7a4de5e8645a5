"""A library of SharePoint as a source, on a stand-in for Microsoft Graph."""

from contextlib import contextmanager

from configs.sources import Secret, SharePointConfig
from pipelines.sources.web import retries
from tests.conftest import needs
from tests.pipelines.sources.connectors.harness import Harness
from tests.pipelines.sources.connectors.scripted_server import FreeClock
from tests.servers import PORT_OF_NOBODY


class SharePointHarness(Harness):
    has_sidecars = False
    has_login = True

    def __init__(self, shared, folder):
        from tests.pipelines.sources.connectors.fake_graph import SECRET

        super().__init__(shared, folder)
        shared.clear()
        secrets = {"GRAPH_SECRET": SECRET, "WRONG_SECRET": "n0t-this-one"}
        self.environment = {**secrets, "SSL_CERT_FILE": str(shared.certificate[0])}
        self.secrets = (*secrets.values(), "token-1", "token-2")
        app = {"tenant": "contoso", "client_id": "app-1", "client_secret": "${GRAPH_SECRET}", "login_url": shared.url}
        site = {"site": "https://contoso.sharepoint.example/sites/customs", "library": "working papers"}
        self.config = SharePointConfig(name="test", kind="sharepoint", graph_url=shared.graph_url, **app, **site)
        self._clock, retries.SYSTEM = retries.SYSTEM, FreeClock().clock

    @classmethod
    @contextmanager
    def server(cls, folder):
        needs("msal")
        from tests.certificates import make_certificate
        from tests.pipelines.sources.connectors.fake_graph import FakeGraph

        certificate = make_certificate(folder)
        graph = FakeGraph(certificate)
        yield graph
        graph.stop()

    def put(self, path, content, sidecar=None):
        self.shared.put(path, content)

    def remove(self, path):
        self.shared.remove(path)

    def away(self):
        nobody = f"https://127.0.0.1:{PORT_OF_NOBODY}"
        self.config = self.config.model_copy(update={"graph_url": f"{nobody}/v1.0", "login_url": nobody})

    def with_wrong_login(self):
        return self.config.model_copy(update={"client_secret": Secret.model_validate("${WRONG_SECRET}")})

    def close(self):
        retries.SYSTEM = self._clock
