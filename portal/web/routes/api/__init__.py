"""The HTTP API below `/api/v1`: the JSON of the command line for programs, with the access classes of their keys.

Routes read parameters and give answers; what they answer is made by `pipelines`. No page is made here.
"""

from fastapi import APIRouter

from portal.web.routes import routers_in
from portal.web.routes.api.answers import ERRORS, bearer

router = APIRouter(prefix="/api/v1", responses=ERRORS, dependencies=[bearer])
for _router in routers_in(__name__):
    router.include_router(_router)
