"""Servers on loopback that papers are taken from: a website and an FTP server, both real."""

import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

PORT_OF_NOBODY = 1
"""Nothing answers there."""


class Website:
    """A website that shows a folder; `pages` are answers by their paths: a status, headers and a body.

    `asked` holds the paths that were asked for.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.pages: dict[str, tuple[int, dict[str, str], bytes]] = {}
        self.asked: list[str] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, self, directory=str(folder)))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """The URL of the folder, with a slash at its end."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/"

    def page(self, path: str, body: str = "", status: int = 200, **headers: str) -> None:
        """Answer a path with a page of HTML."""
        self.pages[path] = (status, {"Content-Type": "text/html", **headers}, body.encode())

    def stop(self) -> None:
        """Stop it: nothing answers at its address then."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Handler(SimpleHTTPRequestHandler):
    def __init__(self, site: Website, *args, **options) -> None:
        self._site = site
        super().__init__(*args, **options)

    def do_GET(self) -> None:
        self._answer(super().do_GET)

    def do_HEAD(self) -> None:
        self._answer(super().do_HEAD)

    def _answer(self, otherwise) -> None:
        self._site.asked.append(self.path)
        if self.path not in self._site.pages:
            otherwise()
            return
        status, headers, body = self._site.pages[self.path]
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def log_message(self, *_) -> None:
        """Say nothing."""


class FtpServer:
    """An FTP server on a folder, for the user `reader` with the password `s3same`, unless another is given."""

    def __init__(self, folder: Path, password: str = "s3same") -> None:
        from pyftpdlib.authorizers import DummyAuthorizer
        from pyftpdlib.handlers import FTPHandler
        from pyftpdlib.servers import ThreadedFTPServer

        authorizer = DummyAuthorizer()
        authorizer.add_user("reader", password, str(folder), perm="elr")
        self._authorizer = authorizer
        handler = type("Handler", (FTPHandler,), {"authorizer": authorizer, "auth_failed_timeout": 0})
        self._server = ThreadedFTPServer(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"timeout": 0.05}, daemon=True)
        self._thread.start()

    @property
    def host(self) -> str:
        """Its host and port."""
        return f"127.0.0.1:{self._server.address[1]}"

    def lock(self, folder: Path) -> None:
        """Let nobody list a folder, nor read what is in it."""
        self._authorizer.override_perm("reader", str(folder), "", recursive=True)

    def stop(self) -> None:
        """Stop it."""
        self._server.close_all()
        self._thread.join()
