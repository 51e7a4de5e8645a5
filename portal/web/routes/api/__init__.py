"""The HTTP API below `/api/v1`: the JSON of the command line for programs, with the access classes of their keys.

Routes read parameters and give answers; what they answer is made by `pipelines`. No page is made here.
"""

from fastapi import APIRouter

from portal.web.routes.api import collection, corrections, documents, exports, labels, operations, searching
from portal.web.routes.api.answers import ERRORS, bearer

router = APIRouter(prefix="/api/v1", responses=ERRORS, dependencies=[bearer])
for part in (searching, documents, corrections, collection, labels, operations, exports):
    router.include_router(part.router)
