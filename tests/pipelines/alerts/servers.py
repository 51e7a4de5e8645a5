"""Servers on loopback that alerts are sent to, both real: a webhook and a mail server."""

import json
import threading
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_READY_SECONDS = 300
"""How long a server may need on a busy machine until it answers."""


class Webhook:
    """Takes what is posted to it, unless `status` says otherwise; `got` are the bodies, as JSON, with their paths."""

    def __init__(self) -> None:
        self.got: list[tuple[str, dict]] = []
        self.status = 200
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if hook.status == 200:
                    hook.got.append((self.path, json.loads(body)))
                self.send_response(hook.status)
                self.end_headers()

            def log_message(self, *_) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self._server.server_address[1]}"

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class MailServer:
    """Takes mails from the user `lens` with the password `s3same!`; `got` are those that it took."""

    def __init__(self) -> None:
        from aiosmtpd.controller import Controller
        from aiosmtpd.smtp import AuthResult

        self.got = []
        self.refuses = False

        def authenticate(server, session, envelope, mechanism, given):
            return AuthResult(success=(given.login, given.password) == (b"lens", b"s3same!"))

        class OnAnyPort(Controller):
            def _trigger_server(self) -> None:
                self.port = self.server.sockets[0].getsockname()[1]
                super()._trigger_server()

        login = {"authenticator": authenticate, "auth_require_tls": False, "auth_required": True}
        self._controller = OnAnyPort(self, hostname="127.0.0.1", port=0, ready_timeout=_READY_SECONDS, **login)
        self._controller.start()

    async def handle_DATA(self, server, session, envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """Take a mail."""
        if self.refuses:
            return "451 the disk is full"
        self.got.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"

    @property
    def port(self) -> int:
        return self._controller.port

    def stop(self) -> None:
        self._controller.stop()
