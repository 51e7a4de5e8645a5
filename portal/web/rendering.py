"""Pages from templates, in the reader's language."""

from collections.abc import Callable, Sequence
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any

from babel.messages.pofile import read_po
from jinja2 import Environment
from starlette.requests import Request
from starlette.responses import HTMLResponse

from configs.system.controls import page_text
from extractors.corrections import corrected_from
from pipelines.desk.briefings import CurrentBriefing
from pipelines.pages.environment import page_environment
from pipelines.viewing.citations import cite, cite_place
from portal.web.names import Names, label_of
from portal.web.question import unknown_parameters

LANGUAGES = ("en", "fr")
LANGUAGE_COOKIE = "customs_lens_language"
LOCALE = Path(__file__).with_name("locale")
_TEMPLATES = Path(__file__).with_name("templates")
_YEAR = 365 * 24 * 3600


class Catalogue:
    """The messages of one language, read from its `.po` file; English is the language of the messages themselves."""

    def __init__(self, language: str) -> None:
        self._messages: dict[str, str | Sequence[str]] = {}
        file = LOCALE / language / "messages.po"
        if file.exists():
            with file.open("rb") as source:
                found = read_po(source, locale=language)
            for message in found:
                if message.id and message.string:
                    key = message.id[0] if isinstance(message.id, list | tuple) else message.id
                    self._messages[str(key)] = message.string

    def gettext(self, message: str) -> str:
        """Return a message in the language."""
        found = self._messages.get(message, message)
        return found if isinstance(found, str) else found[0]

    def ngettext(self, singular: str, plural: str, num: int) -> str:
        """Return a message for a number of things; in French 0 is singular."""
        found = self._messages.get(singular)
        if found and not isinstance(found, str):
            return found[0] if num <= 1 else found[1]
        return singular if num == 1 else plural


class Pages:
    """Makes pages of templates."""

    def __init__(self, names: Names, briefing_of: Callable[[Request], CurrentBriefing | None]) -> None:
        """`briefing_of` returns the briefing that stands beside a page from which something can be pinned."""
        self._names, self._briefing_of = names, briefing_of
        self._environments = {language: environment_of(language, names) for language in LANGUAGES}

    def page(
        self,
        request: Request,
        template: str,
        status: int = HTTPStatus.OK,
        **values: Any,  # noqa: ANN401 - whatever a template shows
    ) -> HTMLResponse:
        """Return a page; `?lang=fr` in its address is remembered."""
        language = language_of(request)
        text = (
            self._environments[language]
            .get_template(template)
            .render(
                request=request,
                path=request.url.path,
                reader=getattr(request.state, "reader", None),
                language=language,
                other_language=other_language_address(request, language),
                banner=self._names.model.banner(language),
                briefing_of=self._briefing_of,
                **values,
            )
        )
        answer = HTMLResponse(page_text(text), status_code=status)  # here, so that no template has to think of it
        if request.query_params.get("lang") in LANGUAGES:
            answer.set_cookie(LANGUAGE_COOKIE, language, max_age=_YEAR, samesite="lax", httponly=True)
        return answer


def language_of(request: Request) -> str:
    """Return the language of the interface: as the address says, as chosen before, as the browser prefers, English."""
    for chosen in (request.query_params.get("lang"), request.cookies.get(LANGUAGE_COOKIE)):
        if chosen in LANGUAGES:
            return str(chosen)
    for part in request.headers.get("accept-language", "").split(","):
        code = part.split(";")[0].strip().casefold().split("-")[0]
        if code in LANGUAGES:
            return code
    return "en"


def other_language_address(request: Request, language: str) -> str:
    """Return the address of the same page in the other language."""
    other = next(code for code in LANGUAGES if code != language)
    url = request.url.include_query_params(lang=other)
    return f"{url.path}?{url.query}"


@cache
def catalogue(language: str) -> Catalogue:
    """Return the messages of a language."""
    return Catalogue(language)


def environment_of(language: str, names: Names) -> Environment:
    """Return what makes pages in a language of the templates."""
    environment = page_environment(language, _TEMPLATES)
    messages = catalogue(language)
    environment.install_gettext_callables(messages.gettext, messages.ngettext, newstyle=True)  # type: ignore[attr-defined]
    environment.globals["name_of"] = lambda field, value: names.of(field, value, language)
    environment.globals |= {"cite": cite, "place": cite_place, "was_read": corrected_from, "label_of": label_of}
    environment.globals["unknown_parameters"] = unknown_parameters
    environment.globals["colon"] = "\u00a0:" if language == "fr" else ":"
    environment.filters["zip"] = zip
    return environment
