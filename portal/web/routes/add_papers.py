"""Adding papers in the browser: they become files of the source `uploads`, over which a run begins at once."""

from collections.abc import Mapping
from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from configs.bodies import load_bodies
from configs.sources import UPLOADS
from configs.system.errors import UsageError
from pipelines.access import audit
from pipelines.access.classes import class_names_of, narrowest
from pipelines.sources.uploads import (
    MOST_BYTES,
    MOST_FILES,
    PaperDescription,
    ReceivedFile,
    checked_sessions,
)
from pipelines.sources.uploads import Uploads as Receiver
from pipelines.storage.opening import open_storage
from portal.web.access import Admin
from portal.web.context import Portal, portal_of
from portal.web.gate import UPLOAD
from portal.web.multipart import FormReader
from portal.web.rendering import language_of

router = APIRouter(include_in_schema=False)


@router.get(UPLOAD)
def add_page(request: Request, _: Admin) -> Response:
    """Show the form by which papers are added."""
    return _page(request, {})


@router.post(UPLOAD)
async def add_papers(request: Request, reader: Admin) -> Response:
    """Receive files, put them into the source and start a run over it; say which were refused.

    Who asks is known before the first byte of the form is read. The process of the run is started by the thread of the
    server, with which it ends.
    """
    portal = portal_of(request)
    settings = portal.settings
    with Receiver(settings) as receiver:
        await run_in_threadpool(receiver.expect, int(request.headers.get("content-length", "0")))
        form = FormReader(request.headers.get("content-type", ""), receiver, most_files=MOST_FILES)
        fields = await form.read(request.stream())
        try:
            said = await run_in_threadpool(_described, portal, fields, receiver)
        except UsageError as error:
            return await run_in_threadpool(_page, request, fields, mistake=error)
        added = [one.name for one in receiver.files if one.refused is None]
        refused = [one for one in receiver.files if one.refused]
        if added:
            names = ", ".join(added)
            with audit.recorded(
                settings.home, reader.actor, "papers added", count=len(added), access=said.access, names=names
            ):
                await run_in_threadpool(receiver.store, said)
            portal.source_runs.start(UPLOADS, again=True)
    if refused:
        return await run_in_threadpool(_page, request, fields, refused=refused, added=len(added))
    return RedirectResponse(f"/runs?added={len(added)}", status_code=HTTPStatus.SEE_OTHER)


def _described(portal: Portal, fields: Mapping[str, str], receiver: Receiver) -> PaperDescription:
    """Return what a form says of its papers; raises `UsageError`, also where there are none."""
    if not receiver.files:
        raise UsageError("no file was chosen", "choose one or more")
    access, body = fields.get("access", ""), fields.get("body", "") or None
    if access not in _classes(portal):
        raise UsageError("access: there is no such class", "choose one of the list")
    if body and load_bodies().get(body) is None:
        raise UsageError("body: there is no such body", "choose one of the list")
    return PaperDescription(access=access, body=body, sessions=checked_sessions(fields.get("session", "")))


def _classes(portal: Portal) -> list[str]:
    if not open_storage(portal.settings).has_index():
        return sorted(class_names_of(portal.settings, None))
    with portal.collection.engine() as engine:
        return sorted(class_names_of(portal.settings, engine))


def _page(
    request: Request,
    fields: Mapping[str, str],
    *,
    mistake: UsageError | None = None,
    refused: list[ReceivedFile] | None = None,
    added: int = 0,
) -> Response:
    portal, language = portal_of(request), language_of(request)
    bodies = [(one.id, portal.names.of("body", one.id, language)) for one in load_bodies().bodies]
    classes = _classes(portal)
    return portal.pages.page(
        request,
        "runs_add.html",
        status=HTTPStatus.BAD_REQUEST if mistake or (refused and not added) else HTTPStatus.OK,
        fields=fields,
        bodies=sorted(bodies, key=lambda one: one[1].casefold()),
        classes=classes,
        chosen=fields.get("access") or narrowest(portal.settings, classes),
        mistake=mistake,
        refused=refused or [],
        added=added,
        most_mib=MOST_BYTES >> 20,
        most_files=MOST_FILES,
    )
