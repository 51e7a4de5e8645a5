"""The template environment for HTML pages with automatic escaping: reports, mails, and the pages of the portal."""

import datetime as dt
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from babel.dates import format_date, format_skeleton
from babel.numbers import format_decimal, format_percent
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from configs.system.controls import page_text
from extractors.paper_date import days_of, precision_of
from pipelines.access.actors import shown_name

_NEXT_SOURCE = re.compile(r", (?=[a-z0-9+.-]+://)")
TEMPLATES = Path(__file__).with_name("templates")
_DATES = {"en": "en_GB", "fr": "fr"}
"""Committee papers write the day first: 21 November 2025."""


def page_environment(language: str, *folders: Path) -> Environment:
    """Return the template environment of a language, for some folders and the common templates.

    Templates have the filters `number`, `percent`, `day` (of a paper's date or a day), `measure` (a fraction, or a
    dash), `actor` (who judged) and `zip`, and the functions `marked`, `sources_named` and `name_of` (which gives the id
    of a body or a language unless the caller knows names). Messages are in English unless the caller installs others.
    """
    environment = Environment(
        loader=FileSystemLoader([*folders, TEMPLATES]),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.do", "jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.policies["ext.i18n.trimmed"] = True
    environment.install_null_translations(newstyle=True)  # type: ignore[attr-defined]
    environment.globals |= {"marked": marked, "sources_named": sources_named, "name_of": lambda _, value: value}
    environment.filters |= {
        "number": lambda value: format_decimal(value, locale=language),
        "percent": lambda value: format_percent(value, locale=language),
        "day": lambda date: written_date(date, language),
        "measure": lambda value: "–" if value is None else f"{value:.3f}",
        "actor": shown_name,
        "zip": zip,
    }
    return environment


def single_page(template: str, **values: Any) -> str:  # noqa: ANN401 - whatever a template shows
    """Return a self-contained page in English: no script, no other file, no network.

    It can be saved or sent by mail. Whatever came from papers, names and queries is text in it, without control
    characters.
    """
    return page_text(_single_pages().get_template(template).render(**values))


def sources_named(text: str) -> tuple[str, int]:
    """Return the last part of the first of the SOURCEs of a run, as its record names them, and how many others follow.

    `file:///papers/a.pdf, file:///papers/b.pdf, and 7 more` gives `a.pdf` and 8.
    """
    names = _NEXT_SOURCE.split(text)
    names[-1], _, left_out = names[-1].partition(", and ")
    others = len(names) - 1 + int(left_out.removesuffix(" more") if left_out.removesuffix(" more").isdecimal() else 0)
    return names[0].rstrip("/").rpartition("/")[2] or names[0], others


def marked(text: str, spans: Iterable[tuple[int, int]], name: str = "mark") -> Markup:
    """Return a text with spans marked by an HTML element; spans may overlap, and are clipped to the text."""
    parts: list[Markup] = []
    at = 0
    for start, end in sorted(spans):
        start, end = max(start, at), min(end, len(text))  # noqa: PLW2901 - the part that is not marked yet
        if start < end:
            parts += [escape(text[at:start]), Markup("<{0}>{1}</{0}>").format(Markup(name), escape(text[start:end]))]  # noqa: S704
            at = end
    return Markup().join([*parts, escape(text[at:])])


@cache
def _single_pages() -> Environment:
    return page_environment("en")


def written_date(date: str | dt.date, language: str) -> str:
    """Return a day, or the date of a paper, in words, with its precision."""
    locale = _DATES[language]
    if isinstance(date, dt.date):
        return str(format_date(date, "long", locale=locale))
    precision, (first, _) = precision_of(date), days_of(date)
    if precision == "day":
        return str(format_date(first, "long", locale=locale))
    return str(format_skeleton("yMMMM" if precision == "month" else "y", first, locale=locale))
