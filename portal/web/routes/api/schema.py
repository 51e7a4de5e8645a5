"""The OpenAPI document of the API."""

from typing import Any

from fastapi import FastAPI

from portal.web.routes.api.answers import Problem


class DescribedApp(FastAPI):
    """An application whose OpenAPI document also knows the shape of refusals, which no route answers by itself."""

    def openapi(self) -> dict[str, Any]:
        """Return the document; it is made once."""
        found = super().openapi()
        schemas: dict[str, Any] = found.setdefault("components", {}).setdefault("schemas", {})
        schemas.setdefault("Problem", Problem.model_json_schema())
        return found
