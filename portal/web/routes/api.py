"""The HTTP API: what the pages show, for programs."""

from fastapi import APIRouter

router = APIRouter(prefix="/api/v1")
