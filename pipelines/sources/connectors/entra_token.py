"""Tokens of Entra ID for an app registration, by its client secret or its certificate."""

from typing import Any

import httpx

from configs.settings import Settings
from configs.sources import AppRegistration
from configs.system.errors import UsageError
from configs.system.files import expanded
from configs.system.packages import install_command
from pipelines.sources.errors import PASSING
from pipelines.sources.web.request_errors import RequestError
from pipelines.sources.web.retries import Retries, TemporaryError

_PFX = (".pfx", ".p12")
_REMEDIES = {
    7000215: "the client secret is wrong: take its value from Entra ID, not its id",
    7000222: "the client secret has expired: let a new one be made in Entra ID, and set it",
    700016: "there is no such app registration in the tenant: check client_id and tenant",
    90002: "there is no such tenant: check its name or id",
    900023: "there is no such tenant: check its name or id",
    700027: "the certificate is not that of the app registration: upload its public part in Entra ID",
    1000502: "the certificate has expired: make another one and upload its public part in Entra ID",
    53003: "a rule of conditional access forbids it: ask those who run Entra ID",
}
"""What to do about errors of Entra ID, by their numbers (AADSTS…)."""
_CHECK = "check tenant, client_id, and client_secret or certificate"


class EntraToken:
    """The token of one app registration, requested on first use and after its expiry.

    `source` is the name of the source that uses it, `scope` names the service. Raises `UsageError` immediately if msal
    is missing, or a variable of the environment is not set.
    """

    def __init__(
        self, source: str, app: AppRegistration, scope: str, settings: Settings, http: httpx.Client, retries: Retries
    ) -> None:
        try:
            import msal  # noqa: F401 - made when it is used, which needs the network
        except ImportError as error:
            message = f"{source}: an app registration needs the package msal, which is not installed"
            raise UsageError(message, install_command("sharepoint")) from error
        self._client_id, self._scopes, self._http, self._retries = app.client_id, [scope], http, retries
        self._certificate = settings.home / expanded(app.certificate) if app.certificate else None
        self._secret = app.client_secret.reveal() if app.client_secret else ""
        self._passphrase = app.certificate_password.reveal() if app.certificate_password else None
        self._login = f"{app.login_url.rstrip('/')}/{app.tenant}"
        self._app: Any = None

    def __repr__(self) -> str:
        """Return a text without secrets."""
        return f"EntraToken({self._client_id!r})"

    def get(self) -> str:
        """Return a token; raises `RequestError` if none is issued, and `UsageError` for an invalid certificate."""
        try:
            result = self._retries.run(self._acquire, self._login)
        except RequestError as error:
            away = RequestError(error.message, error.remedy, status=error.status, is_away=True, may_pass=error.may_pass)
            raise away from None
        if "access_token" in result:
            return str(result["access_token"])
        codes = [code for code in result.get("error_codes", ()) if code in _REMEDIES]
        said = " ".join([str(result.get("error", "no token")), *(f"AADSTS{code}" for code in codes)])
        remedy = _REMEDIES[codes[0]] if codes else _CHECK
        raise RequestError(f"{self._login}: lets the app registration not in: {said}", remedy, is_away=True)

    def forget(self) -> None:
        """Discard the token, so that the next request gets another one."""
        if self._app is not None:
            self._app.remove_tokens_for_client()

    def _acquire(self) -> dict[str, Any]:
        import msal

        try:
            if self._app is None:
                self._app = msal.ConfidentialClientApplication(
                    self._client_id,
                    client_credential=self._credential(),
                    authority=self._login,
                    instance_discovery=False,  # the authority is the one that is configured
                    http_client=self._http,
                )
            result: dict[str, Any] = self._app.acquire_token_for_client(self._scopes)
        except httpx.HTTPStatusError as error:
            if (status := error.response.status_code) in PASSING:
                raise TemporaryError(status, self._retries.asked(error.response)) from None
            raise RequestError.of_status(self._login, status) from None
        except ValueError:  # the message of msal contains the whole answer of the server
            message = f"{self._login}: is no login of Microsoft, or knows no such tenant"
            raise RequestError(message, "check login_url and tenant") from None
        return result

    def _credential(self) -> str | dict[str, Any]:
        path = self._certificate
        if path is None:
            return self._secret
        try:
            if path.suffix.lower() in _PFX:
                _check_pfx(path.read_bytes(), self._passphrase)
                return {"private_key_pfx_path": str(path), "passphrase": self._passphrase}
            pem = path.read_text(encoding="ascii")
            _check_pem(pem, self._passphrase)
        except OSError as error:
            message = f"{path}: the certificate cannot be read: {error.strerror}"
            raise UsageError(message, "check 'certificate' and the rights of this user") from None
        except (ValueError, TypeError):  # any error of cryptography about keys and passwords
            remedy = "name a PEM file with private key and certificate, or a PFX file; check certificate_password"
            raise UsageError(f"{path}: is no certificate with a private key that can be opened", remedy) from None
        return {"private_key": pem, "public_certificate": pem, "passphrase": self._passphrase}


def _check_pfx(content: bytes, passphrase: str | None) -> None:
    from cryptography.hazmat.primitives.serialization import pkcs12

    key, certificate, _ = pkcs12.load_key_and_certificates(content, passphrase.encode() if passphrase else None)
    if key is None or certificate is None:
        raise ValueError("holds no key, or no certificate")


def _check_pem(pem: str, passphrase: str | None) -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    load_pem_private_key(pem.encode(), passphrase.encode() if passphrase else None)
    x509.load_pem_x509_certificate(pem.encode())
