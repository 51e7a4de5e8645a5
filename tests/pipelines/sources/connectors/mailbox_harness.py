"""A mailbox as a source, on a real IMAP server."""

import hashlib
import itertools
import textwrap
from contextlib import contextmanager
from email.header import Header

from configs.sources import MailboxConfig, Secret
from tests.pipelines.sources.connectors.harness import Harness
from tests.servers import PORT_OF_NOBODY

_USERS = itertools.count()


def mail(subject, content=b"", sender="papers@wco.example", message_id=None):
    name = message_id or f"{hashlib.sha256(subject.encode()).hexdigest()[:12]}@test"
    head = {"From": sender, "Subject": Header(subject, "utf-8").encode(), "Message-ID": f"<{name}>"}
    lines = [f"{name}: {value}" for name, value in head.items()]
    lines = [*lines, "MIME-Version: 1.0", "Content-Type: text/plain", "", *textwrap.wrap(content.hex(), 70), ""]
    return "\n".join(lines).replace("\n", "\r\n").encode()


class MailboxHarness(Harness):
    has_folders = False
    can_change = False
    has_sidecars = False
    has_login = True
    is_slow = True

    def __init__(self, shared, folder):
        from tests.pipelines.sources.connectors.imap_server import PASSWORD

        super().__init__(shared, folder)
        user = f"papers{next(_USERS)}@customs.example"
        self.box = shared.box(user)
        self.environment = {"MAIL_PASSWORD": PASSWORD, "WRONG_PASSWORD": "n0t-this-one"}
        self.secrets = tuple(self.environment.values())
        place = {"host": "127.0.0.1", "port": shared.port, "security": "none", "username": user}
        self.config = MailboxConfig(name="test", kind="mailbox", password="${MAIL_PASSWORD}", **place)

    @classmethod
    @contextmanager
    def server(cls, folder):
        from tests.conftest import needs

        needs("imap_tools")
        from tests.pipelines.sources.connectors.imap_server import ImapServer

        server = ImapServer()
        yield server
        server.stop()

    def put(self, path, content, sidecar=None):
        self.box.append(mail(path, content), "INBOX")

    def remove(self, path):
        self.box.folder.set("INBOX")
        found = [one.uid for one in self.box.fetch(mark_seen=False) if one.subject == path]
        self.box.delete(found)

    def away(self):
        self.config = self.config.model_copy(update={"port": PORT_OF_NOBODY})

    def with_wrong_login(self):
        return self.config.model_copy(update={"password": Secret.model_validate("${WRONG_PASSWORD}")})

    def path_of(self, path):
        return f"{path}/{hashlib.sha256(path.encode()).hexdigest()[:12]}@test.eml"

    def bytes_of(self, path, content):
        return mail(path, content)

    def close(self):
        self.box.logout()
