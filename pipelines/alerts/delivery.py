"""Delivery of one message to one target (mail, chat, webhook) by apprise, with error messages free of secrets."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from configs.alerts import AlertTarget
from configs.system.controls import showable
from configs.system.errors import CustomsLensError
from pipelines.sources.credentials import Location

if TYPE_CHECKING:
    from apprise import NotifyBase

_LONGEST_TITLE = 150
"""Length limit of a subject."""
_LIBRARIES = ("urllib3", "requests", "requests_oauthlib", "oauthlib")
"""Loggers of the libraries of apprise: with `--debug` they would write whole URLs."""


class DeliveryError(CustomsLensError):
    """A target that did not receive a message; its text contains no secret."""

    exit_code = 1


def deliver(
    target: AlertTarget, title: str, text: Callable[[int | None], str], page: Callable[[], str] | None = None
) -> None:
    """Send a message to a target: its text, a function of the service's length limit, or its HTML page.

    A target for HTML receives the text if there is no page.

    Raises `DeliveryError` if it was not delivered, and `UsageError` if the environment lacks a variable in the URL.
    """
    url, secrets = target.revealed()
    place = Location(url, secrets)
    with _captured() as said:
        try:
            is_sent = _send(url, target, title, text, page)
        except Exception as error:  # noqa: BLE001 - a plugin's, of any type; it may quote the URL, so nothing is chained
            message = f"{target.name}: {type(error).__name__}: {place.hide(str(error))}"
            raise DeliveryError(message, "check the URL of the target in alerts.yaml") from None
    if not is_sent:
        why = place.hide(" ".join(dict.fromkeys(said))) or "it was not taken"
        raise DeliveryError(f"{target.name}: {why}", "it is tried again by the next alerts --send")


def _send(
    url: str, target: AlertTarget, title: str, text: Callable[[int | None], str], page: Callable[[], str] | None
) -> bool:
    from apprise import Apprise, AppriseAsset

    asset = AppriseAsset(
        app_id="Customs Lens",
        app_desc="Customs Lens",
        app_url="",
        image_url_mask="",
        image_url_logo="",
        async_mode=False,
        storage_mode="memory",
    )
    way = "&" if "?" in url else "?"
    service = Apprise.instantiate(f"{url}{way}format={target.format}", asset=asset)
    if service is None:
        return False
    title = _on_one_line(title)
    sender = Apprise(asset=asset)
    sender.add(service)
    if page and target.format == "html":
        return bool(sender.notify(body=page(), title=title, body_format="html"))
    return bool(sender.notify(body=text(_text_limit(service, title)), title=title, body_format="text"))


def _on_one_line(title: str) -> str:
    """Return a subject on one line; names of searches may contain line breaks."""
    title = " ".join(showable(title).split())
    return title if len(title) <= _LONGEST_TITLE else f"{title[: _LONGEST_TITLE - 2]} …"


def _text_limit(service: "NotifyBase", title: str) -> int:
    """Return the number of characters of a service besides the title: it would cut or split a longer text."""
    return max(int(service.body_maxlen) - len(title) - 2, 0)


@contextmanager
def _captured() -> Iterator[list[str]]:
    """Yield the messages of apprise; neither it nor its libraries may log them, as they may contain the URL."""
    said: list[str] = []

    class _Keeping(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.append(record.getMessage())

    logger, handler = logging.getLogger("apprise"), _Keeping(logging.WARNING)
    before, was_passed_on = logger.level, logger.propagate
    levels = {name: logging.getLogger(name).level for name in _LIBRARIES}
    logger.addHandler(handler)
    logger.setLevel(logging.WARNING)
    logger.propagate = False
    for name in levels:
        logging.getLogger(name).setLevel(logging.WARNING)
    try:
        yield said
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)
        logger.propagate = was_passed_on
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)
