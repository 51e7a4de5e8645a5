"""Lookup of a SharePoint library by the names of its site, library and folder."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from configs.sources import SharePointConfig
from pipelines.sources.connectors.graph import Graph
from pipelines.sources.web.request_errors import RequestError

_REFUSED = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
_GRANT = (
    "let an administrator give the app registration {app} the application permission Sites.Selected of Microsoft Graph,"
    " with consent, and then the role read on this site (POST /sites/{{site-id}}/permissions)"
)


@dataclass(frozen=True)
class Drive:
    """A library by its id in Graph; `uri` is the prefix of the URIs of its items.

    `root` is the id of its top folder, `folder` the id of the folder that is ingested.
    """

    id: str
    uri: str
    root: str
    folder: str


def find_drive(client: Graph, config: SharePointConfig) -> Drive:
    """Return the library of a source.

    Raises `RequestError` with a remedy if site, library or folder are not found, or the app has no permission.
    """
    host, path = site_address(config.site)
    name = f"{host}/{path}".rstrip("/")
    try:
        site = client.get(f"/sites/{host}:/{quote(path)}" if path else f"/sites/{host}")
        drive = _library(client, site["id"], config)
    except RequestError as error:
        raise _explained(error, f"site {name}", config, "check 'site': its address in a browser") from None
    folder, at = config.folder.strip("/"), f"/drives/{quote(drive['id'], safe='!')}/root"
    try:
        top = root = client.get(f"{at}?$select=id,folder,root")
        if folder:
            top = client.get(f"{at}:/{quote(folder)}?$select=id,folder")
    except RequestError as error:
        where = f"folder '{folder}' of library '{drive.get('name')}'" if folder else f"library '{drive.get('name')}'"
        raise _explained(error, where, config, "check 'folder': its path within the library") from None
    if "folder" not in top and "root" not in top:
        raise RequestError(f"{name}: '{folder}' is no folder", "check 'folder'", is_away=True)
    return Drive(quote(drive["id"], safe="!"), f"sharepoint://{quote(name)}", root["id"], top["id"])


def site_address(site: str) -> tuple[str, str]:
    """Return host and path of a site from a user's notation: its URL, `HOST/sites/NAME` or `HOST:/sites/NAME`."""
    parts = urlsplit(site if "://" in site else f"https://{site.replace(':/', '/', 1)}")
    return (parts.hostname or "").lower(), unquote(parts.path).strip("/")


def _library(client: Graph, site: str, config: SharePointConfig) -> dict[str, Any]:
    if config.library is None:
        return client.get(f"/sites/{site}/drive?$select=id,name")
    drives = [one for page in client.pages(f"/sites/{site}/drives?$select=id,name") for one in page.get("value", ())]
    for drive in drives:
        if str(drive.get("name", "")).casefold() == config.library.casefold():
            found: dict[str, Any] = drive
            return found
    names = ", ".join(sorted(str(drive.get("name")) for drive in drives)) or "none that this app may see"
    message = f"{config.site}: there is no library '{config.library}'"
    raise RequestError(message, f"write one of these under 'library': {names}", is_away=True)


def _explained(error: RequestError, where: str, config: SharePointConfig, remedy: str) -> RequestError:
    """Return the error with a remedy if Graph denies access or does not find the name."""
    if error.status in _REFUSED:
        status = f"Microsoft Graph answers {error.status}"
        message = f"{where}: the app registration may not read it ({status})"
        return RequestError(message, _GRANT.format(app=config.client_id), status=error.status, is_away=True)
    if error.status == HTTPStatus.NOT_FOUND:
        return RequestError(f"{where}: there is none of that name", remedy, status=error.status, is_away=True)
    return error
