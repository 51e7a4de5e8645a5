"""The reviewer's selection of items to judge: a dimension or theme, a paper, a body, accepted or suggested items."""

from collections.abc import Mapping
from typing import Literal, TypeAlias, get_args

from configs.bodies import load_bodies
from configs.maturity import load_model
from configs.settings import Settings
from configs.system.controls import showable
from configs.system.errors import UsageError
from configs.vocabulary import load_vocabulary
from extractors.document import Value
from index.filters import AccessClasses
from index.protocol import Engine
from pipelines.review.themes import known_theme

Status: TypeAlias = Literal["accepted", "suggested"]
"""What the tagger made of a tag or theme."""
STATUSES: tuple[Status, ...] = get_args(Status)


class Choice(Value):
    """A selection of items by all given fields. A body includes its sub-bodies.

    `document` is an id. With a dimension there are tags alone, with a theme themes alone.
    """

    dimension: str | None = None
    theme: str | None = None
    document: str | None = None
    body: str | None = None
    status: Status | None = None

    @property
    def given(self) -> dict[str, str]:
        """The fields that are given, by name, as an address has them."""
        return {name: str(value) for name, value in self if value is not None}

    @property
    def bodies(self) -> frozenset[str]:
        """The ids of the body and its sub-bodies; none without one."""
        return load_bodies().descendants(self.body) if self.body else frozenset()


NO_CHOICE = Choice()


def choice_of(settings: Settings, engine: Engine, given: Mapping[str, str], *, access_classes: AccessClasses) -> Choice:
    """Return the selection for texts by field; empty texts and other names are ignored.

    A paper may be named by id, symbol or source. Raises `UsageError` for a value that there is not for this reader.
    """
    asked = {name: text.strip() for name, text in given.items() if name in Choice.model_fields and text.strip()}
    if name := asked.get("dimension"):
        load_model(settings.model).dimension(name)
    if name := asked.get("theme"):
        known_theme(load_vocabulary(settings.vocabulary), name)
    if (name := asked.get("body")) and name not in {body.id for body in load_bodies().bodies}:
        raise UsageError(f"'{showable(name[:40])}' is no body", "take an id that the filter 'body' of the search shows")
    if (name := asked.get("status")) and name not in STATUSES:
        raise UsageError(f"'{showable(name[:40])}': only what waits is judged", f"one of {', '.join(STATUSES)}")
    if name := asked.get("document"):
        found = engine.document(name, access_classes=access_classes)
        if found is None:
            message = f"'{showable(name[:200])}': no document of this id, symbol or source is in the index"
            raise UsageError(message, "leave the paper out, or try a search")
        asked["document"] = found.id
    return Choice.model_validate(asked)
