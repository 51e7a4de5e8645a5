"""Servers on loopback that papers are taken from, all of them real: HTTP, FTP, WebDAV, SFTP and an object store."""

import base64
import os
import shutil
import socket
import socketserver
import ssl
import subprocess
import threading
import time
import urllib.request
from contextlib import suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.conftest import missing

PORT_OF_NOBODY = 1
"""Nothing answers there."""


class Website:
    """A website that shows a folder; `pages` are answers by their paths: a status, headers and a body.

    `asked` holds the paths that were asked for. With a `login`, `USER:PASSWORD`, it answers nobody else.
    """

    login: str | None = None

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
        if self._site.login:
            given = self.headers.get("Authorization", "").removeprefix("Basic ")
            if base64.b64decode(given).decode() != self._site.login:
                self.send_error(401)
                return
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
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
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
        self._stopping.set()
        self._thread.join()

    def _serve(self) -> None:
        while not self._stopping.is_set():
            self._server.serve_forever(timeout=0.05, blocking=False, handle_exit=False)
        self._server.close_all()  # by the thread that polls: it would trip over what another one closes


class WebDavServer:
    """A WebDAV server on a folder, for the user `reader` with a password. What is `locked` nobody lists nor reads."""

    def __init__(self, folder: Path, password: str) -> None:
        from cheroot.wsgi import Server
        from wsgidav.wsgidav_app import WsgiDAVApp

        self.locked: set[str] = set()
        self._dav = WsgiDAVApp(
            {
                "provider_mapping": {"/": {"root": str(folder), "readonly": True}},
                "simple_dc": {"user_mapping": {"*": {"reader": {"password": password}}}},
                "http_authenticator": {"accept_basic": True, "accept_digest": False, "default_to_digest": False},
                "logging": {"enable": False},
                "verbose": 0,
            }
        )
        self._server = Server(("127.0.0.1", 0), self._answer, numthreads=4)
        self._server.prepare()
        self._thread = threading.Thread(target=self._server.serve, daemon=True)
        self._thread.start()

    @property
    def host(self) -> str:
        """Its host and port."""
        return f"127.0.0.1:{self._server.bind_addr[1]}"

    def _answer(self, environment, start):
        if any(environment["PATH_INFO"].startswith(path) for path in self.locked):
            start("423 Locked", [("Content-Length", "0")])
            return [b""]
        return self._dav(environment, start)

    def stop(self) -> None:
        """Stop it."""
        self._server.stop()
        self._thread.join()


class SftpServer:
    """OpenSSH, for this user with a key: `key` is a file, locked with the `passphrase`, `other_key` one it refuses.

    `known_hosts` is a file that says how the server is known.
    """

    def __init__(self, folder: Path, passphrase: str) -> None:
        program = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
        if program is None or shutil.which("ssh-keygen") is None:
            missing("openssh-server is not installed")
        self._folder = folder
        self.key, self.other_key, self.known_hosts = folder / "key", folder / "other", folder / "known_hosts"
        for key, word in ((folder / "host", ""), (self.key, passphrase), (self.other_key, "")):
            command = ["ssh-keygen", "-q", "-t", "ed25519", "-a", "1", "-N", word, "-f", key]  # one round is fast
            subprocess.run(command, check=True)
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.host = f"127.0.0.1:{port}"
        self.known_hosts.write_text(f"[127.0.0.1]:{port} {(folder / 'host.pub').read_text()}")
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # where it locks itself in; services make it
        (folder / "config").write_text(
            f"ListenAddress 127.0.0.1\nPort {port}\nHostKey {folder}/host\nPidFile none\nUsePAM no\nStrictModes no\n"
            f"AuthorizedKeysFile {folder}/key.pub\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n"
            "PermitRootLogin prohibit-password\nSubsystem sftp internal-sftp\nMaxStartups 100\nPerSourcePenalties no\n"
        )
        self._process = subprocess.Popen([program, "-D", "-e", "-f", folder / "config"], stderr=subprocess.DEVNULL)
        self._wait(port)

    def _wait(self, port: int) -> None:
        end = time.monotonic() + 120
        while time.monotonic() < end:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
            except OSError:
                time.sleep(0.02)
            else:
                return
        raise TimeoutError("sshd does not answer")

    def stop(self) -> None:
        """Stop it."""
        self._process.terminate()
        self._process.wait()


class ObjectStore:
    """An object store with the interface of S3, for one access key; `client` is boto3's."""

    def __init__(self) -> None:
        import boto3
        from moto.server import ThreadedMotoServer

        self._server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        self._server.start()
        self.url = f"http://127.0.0.1:{self._server.get_host_and_port()[1]}"
        options = {"endpoint_url": self.url, "region_name": "us-east-1"}
        iam = boto3.client("iam", aws_access_key_id="first", aws_secret_access_key="first", **options)
        iam.create_user(UserName="reader")
        allowed = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}'
        iam.put_user_policy(UserName="reader", PolicyName="all", PolicyDocument=allowed)
        made = iam.create_access_key(UserName="reader")["AccessKey"]
        self.key, self.secret = made["AccessKeyId"], made["SecretAccessKey"]
        login = {"aws_access_key_id": self.key, "aws_secret_access_key": self.secret}
        self.client = boto3.client("s3", **login, **options)
        self._ask("reset-auth", b"0")  # from now on it lets nobody in without the key

    def _ask(self, what: str, content: bytes) -> None:
        request = urllib.request.Request(f"{self.url}/moto-api/{what}", content, {"Content-Type": "text/plain"})
        urllib.request.urlopen(request).close()

    def stop(self) -> None:
        """Stop it, and forget what it held: the next one of this process would know it still."""
        self._ask("reset", b"")
        self._ask("reset-auth", b"inf")
        self._server.stop()


class TlsFront:
    """TLS before a server that speaks without, whatever its protocol; `host` is where it answers."""

    def __init__(self, host: str, certificate: tuple[Path, Path]) -> None:
        behind, _, port = host.partition(":")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                with (
                    suppress(OSError),
                    context.wrap_socket(self.request, server_side=True) as outside,
                    socket.create_connection((behind, int(port))) as inside,
                ):
                    back = threading.Thread(target=_pass_on, args=(inside, outside), daemon=True)
                    back.start()
                    _pass_on(outside, inside)
                    back.join()

        server = type("Server", (socketserver.ThreadingTCPServer,), {"daemon_threads": True, "block_on_close": False})
        self._server = server(("127.0.0.1", 0), Handler)
        self.host = f"127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop it; the server behind it goes on."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    """Pass bytes on until the source ends, and tell the target that."""
    with suppress(OSError):
        while piece := source.recv(1 << 16):
            target.sendall(piece)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)
