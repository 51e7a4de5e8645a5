"""Folders at URLs as sources, each behind a real server."""

import itertools
import zipfile
from contextlib import contextmanager
from types import MappingProxyType

import yaml

from configs.sources import Secret, UrlConfig
from tests.conftest import needs
from tests.pipelines.sources.connectors.folder_harness import put_file, remove_file
from tests.pipelines.sources.connectors.harness import Harness
from tests.servers import PORT_OF_NOBODY, FtpServer, ObjectStore, SftpServer, WebDavServer, Website

PASSWORD = "s3same/öffne+dich%2F"
_NUMBERS = itertools.count()


def _secret(variable):
    return Secret.model_validate(f"${{{variable}}}")


def _config(url, **fields):
    return UrlConfig(name="test", kind="url", url=url, quiet_seconds=0, **fields)


class ServedFolder(Harness):
    """A folder that a server shows, with a user and a password."""

    has_login = True
    secrets = (PASSWORD,)
    environment = MappingProxyType({"SOURCE_PASSWORD": PASSWORD, "WRONG_PASSWORD": "wrong"})
    scheme = ""

    def __init__(self, shared, folder):
        server, root = shared
        super().__init__(server, root / f"papers {next(_NUMBERS)}")
        self.folder.mkdir()
        self.config = self.config_at(server.host)

    def config_at(self, host):
        password = _secret("SOURCE_PASSWORD")
        return _config(f"{self.scheme}://{host}/{self.named(self.folder.name)}", username="reader", password=password)

    def named(self, name):
        return name

    def put(self, path, content, sidecar=None):
        put_file(self.folder, path, content, sidecar)

    def remove(self, path):
        remove_file(self.folder, path)

    def away(self):
        self.config = self.config_at(f"127.0.0.1:{PORT_OF_NOBODY}")

    def with_wrong_login(self):
        return self.config.model_copy(update={"password": _secret("WRONG_PASSWORD")})


class WebHarness(ServedFolder):
    scheme = "http"
    can_lock = True

    @classmethod
    @contextmanager
    def server(cls, folder):
        site = Website(folder)
        site.login = f"reader:{PASSWORD}"
        site.host = site.url.split("/")[2]
        yield site, folder
        site.stop()

    def named(self, name):
        return name.replace(" ", "%20") + "/"

    def lock(self, folder):
        self.shared.page(f"/{self.named(self.folder.name)}{folder}/", status=403)


class FtpHarness(ServedFolder):
    scheme = "ftp"
    can_lock = True

    @classmethod
    @contextmanager
    def server(cls, folder):
        needs("pyftpdlib")
        server = FtpServer(folder, PASSWORD)
        yield server, folder
        server.stop()

    def lock(self, folder):
        self.shared.lock(self.folder / folder)


class WebDavHarness(ServedFolder):
    scheme = "webdav"
    can_lock = True

    @classmethod
    @contextmanager
    def server(cls, folder):
        needs("wsgidav")
        server = WebDavServer(folder, PASSWORD)
        yield server, folder
        server.stop()

    def lock(self, folder):
        self.shared.locked.add(f"/{self.folder.name}/{folder}")


class SftpHarness(ServedFolder):
    scheme = "sftp"
    is_slow = True
    environment = MappingProxyType({"SOURCE_PASSPHRASE": PASSWORD})

    @classmethod
    @contextmanager
    def server(cls, folder):
        needs("sshfs")
        (folder / "keys").mkdir(exist_ok=True)
        server = SftpServer(folder / "keys", PASSWORD)
        yield server, folder
        server.stop()

    def config_at(self, host):
        options = {
            "client_keys": str(self.shared.key),
            "passphrase": _secret("SOURCE_PASSPHRASE"),
            "known_hosts": str(self.shared.known_hosts),
        }
        return _config(f"sftp://{host}{self.folder}", options=options)

    def with_wrong_login(self):
        options = {**self.config.options, "client_keys": str(self.shared.other_key)}
        del options["passphrase"]
        return self.config.model_copy(update={"options": options})


class S3Harness(Harness):
    has_login = True
    is_slow = True

    @classmethod
    @contextmanager
    def server(cls, folder):
        for package in ("s3fs", "moto", "flask"):
            needs(package)
        store = ObjectStore()
        yield store
        store.stop()

    def __init__(self, shared, folder):
        super().__init__(shared, folder)
        self.environment = {"SOURCE_SECRET": shared.secret, "WRONG_PASSWORD": "wrong"}
        self.secrets = (shared.secret,)
        self._bucket = f"papers-{next(_NUMBERS)}"
        shared.client.create_bucket(Bucket=self._bucket)
        self.config = self._at(shared.url)

    def _at(self, url):
        password = _secret("SOURCE_SECRET")
        options = {
            "endpoint_url": url,
            "client_kwargs.region_name": "us-east-1",
            "config_kwargs.retries.total_max_attempts": 1,
        }
        return _config(f"s3://{self._bucket}", username=self.shared.key, password=password, options=options)

    def put(self, path, content, sidecar=None):
        self.remove(path)
        self.shared.client.put_object(Bucket=self._bucket, Key=path, Body=content)
        if sidecar is not None:
            described = yaml.safe_dump(dict(sidecar)).encode()
            self.shared.client.put_object(Bucket=self._bucket, Key=f"{path}.meta.yaml", Body=described)

    def remove(self, path):
        for key in (path, f"{path}.meta.yaml"):
            self.shared.client.delete_object(Bucket=self._bucket, Key=key)

    def away(self):
        self.config = self._at(f"http://127.0.0.1:{PORT_OF_NOBODY}")

    def with_wrong_login(self):
        return self.config.model_copy(update={"password": _secret("WRONG_PASSWORD")})


class ZipHarness(Harness):
    """An archive in a folder, by two URLs in a chain."""

    is_served = False
    may_be_empty = False

    def __init__(self, shared, folder):
        super().__init__(shared, folder)
        self._archive = folder / "papers.zip"
        self._members = {}
        self._write()
        self.config = _config(f"zip://::file://{self._archive}")

    def put(self, path, content, sidecar=None):
        self._members |= {path: content, f"{path}.meta.yaml": None}
        if sidecar is not None:
            self._members[f"{path}.meta.yaml"] = yaml.safe_dump(dict(sidecar)).encode()
        self._write()

    def remove(self, path):
        del self._members[path], self._members[f"{path}.meta.yaml"]
        self._write()

    def away(self):
        self._archive.unlink()

    def _write(self):
        with zipfile.ZipFile(self._archive, "w") as archive:
            for path, content in self._members.items():
                if content is not None:
                    archive.writestr(zipfile.ZipInfo(path), content)
