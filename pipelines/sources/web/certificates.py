"""Trusted certificates of TLS connections: public authorities and those of a source; expiry of certificates."""

import datetime as dt
import os
import socket
import ssl
import tempfile
import urllib.request
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

import httpx

from configs.sources import MailboxConfig, Network, SharePointConfig, SourceConfig
from configs.system.errors import CustomsLensError, UnavailableError, UsageError
from configs.system.files import read_file

_OF_ENVIRONMENT = ("SSL_CERT_FILE", "SSL_CERT_DIR")
"""Variables that replace the public authorities, as in other programs."""
_TLS_PORTS = {"https": 443, "webdavs": 443, "imaps": 993}
_LOOK_SECONDS = 5.0
_PEM = "name a file of certificates in PEM as 'ca_certs'"


def tls_context(ca_certs: Path | None = None) -> ssl.SSLContext:
    """Return a context that verifies certificates by the system's list, certifi, and a file of further ones.

    Raises `UnavailableError` for a file that cannot be read, and `UsageError` for one that holds no certificates.
    """
    try:
        context = httpx.create_ssl_context()
    except OSError as error:  # errors of ssl, which name no file
        message = f"{' or '.join(_OF_ENVIRONMENT)}: the certificates cannot be read: {error.strerror or 'no PEM file'}"
        raise UsageError(message, "correct or unset the variable") from None
    if not any(map(os.environ.get, _OF_ENVIRONMENT)):
        context.load_default_certs()
    if ca_certs is not None:
        try:
            read_file(ca_certs)  # raises for a special or missing file
            context.load_verify_locations(ca_certs)
        except ssl.SSLError:
            raise UsageError(f"{ca_certs}: holds no certificates", _PEM) from None
        except OSError as error:
            raise UnavailableError(f"{ca_certs}: the certificates cannot be read: {error.strerror}", _PEM) from None
    return context


def certificates_file(ca_certs: Path | None = None) -> IO[bytes]:
    """Yield a file with all certificates that `tls_context` trusts, for libraries without contexts; raises likewise.

    The file exists during the block.
    """
    authorities = tls_context(ca_certs).get_ca_certs(binary_form=True)
    file = tempfile.NamedTemporaryFile(suffix=".pem")  # noqa: SIM115 - closed with whoever uses it
    file.write("".join(map(ssl.DER_cert_to_PEM_cert, authorities)).encode())
    if ca_certs is not None:
        file.write(ca_certs.read_bytes())  # including certificates of servers
    file.flush()
    return file


def certificate_expires(config: SourceConfig, home: Path) -> dt.datetime | None:
    """Return the expiry of the certificate of a source's server (UTC); None if it is unknown.

    It opens a separate connection that sends nothing; it does not support proxies and STARTTLS.
    """
    if not isinstance(config, Network):
        return None
    url = config.graph_url if isinstance(config, SharePointConfig) else config.place
    if isinstance(config, MailboxConfig):
        url = f"imaps://{config.host}:{config.port}" if config.security == "tls" else ""
    parts = urlsplit(url)
    if parts.scheme not in _TLS_PORTS or not parts.hostname or _is_proxied(parts.hostname):
        return None
    try:
        place = parts.hostname, parts.port or _TLS_PORTS[parts.scheme]
        context = tls_context(config.certificates(home))
        with (
            socket.create_connection(place, timeout=_LOOK_SECONDS) as plain,
            context.wrap_socket(plain, server_hostname=parts.hostname) as connection,
        ):
            expires = str((connection.getpeercert() or {}).get("notAfter"))
        return dt.datetime.fromtimestamp(ssl.cert_time_to_seconds(expires), dt.UTC)
    except (OSError, ValueError, CustomsLensError):
        return None


def _is_proxied(host: str) -> bool:
    return "https" in urllib.request.getproxies() and not urllib.request.proxy_bypass(host)
