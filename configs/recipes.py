"""Recipes for listing pages: selectors for the links to papers and for metadata in tables and headings.

    version: 1
    description: Meeting pages of UNECE
    hosts: ["*.unece.org"]
    tables:
      columns:
        - {header: '(?i)title', field: title}
        - {header: '^ENG', language: en}

Names of fields are those of the Document; selectors are XPath 1.0 on the HTML of a page.
"""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from configs.patterns import Pattern
from configs.system.errors import UsageError
from configs.system.yamlfile import ConfigValue, load_yaml

PAPERS = r"(?i)\.(pdf|docx?|pptx?|xlsx?|rtf|od[tsp]|zip|eml|msg)$"
"""How paths end of files of the kinds that papers are published in."""
RECIPES = Path(__file__).with_name("recipes")


def _selects(expression: str) -> str:
    from lxml import etree

    try:
        etree.XPath(expression)
    except etree.XPathError as error:
        raise ValueError(f"is no XPath: {error}") from error
    return expression


XPath = Annotated[str, AfterValidator(_selects)]
"""A selector that compiles."""
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")]
HostPattern = Annotated[str, StringConstraints(pattern=r"^(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)*$")]
"""The name of a server, or of all below a domain: `*.unece.org`."""


class Column(ConfigValue):
    """A column of a table of papers, known by what is found in its heading; several may name one column.

    `field` takes the text of a cell; a `symbol` is looked for in it, and is no part of a `title` there. Links in a
    column with a `language` are versions of the paper in it; those in another one count where `links` says so. A table
    without a column that is `required` is none of papers.
    """

    header: Pattern
    field: Literal["title", "symbol", "date", "agenda_item", "submitted_by"] | None = None
    language: Language | None = None
    links: bool = False
    required: bool = True


class PaperTables(ConfigValue):
    """The tables of a page in which each row is a paper. `formats` are endings of files, the preferred one first.

    Where a cell links to several formats of a version, only the preferred one is taken.
    """

    select: XPath = "//table"
    columns: tuple[Column, ...] = Field(min_length=1)
    formats: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _has_links(self) -> Self:
        if not any(column.language or column.links for column in self.columns):
            raise ValueError("no column has a language or links: no paper can be found in such a table")
        return self


class Headings(ConfigValue):
    """The headings above tables and links; `agenda_item` finds the group `item` in those that are of one."""

    select: XPath = "//h1 | //h2 | //h3 | //h4 | //h5 | //h6"
    agenda_item: Pattern

    @model_validator(mode="after")
    def _names_item(self) -> Self:
        if "(?P<item>" not in self.agenda_item:
            raise ValueError("agenda_item has no group (?P<item>…)")
        return self


class Recipe(ConfigValue):
    r"""How the pages of a site are read.

    Papers lie on the server of the page and on `hosts`. `links` selects links that are papers outside of tables; of
    those, the path has to match `files`. `meeting` selects the elements that name session and days of the meeting,
    `next` the links to pages on which the list goes on, up to `most_pages`.
    """

    version: int = Field(ge=1, le=1)
    description: str
    hosts: tuple[HostPattern, ...] = ()
    tables: PaperTables | None = None
    links: XPath | None = None
    files: Pattern = PAPERS
    link_titles: bool = False
    headings: Headings | None = None
    meeting: XPath | None = None
    next: XPath | None = None
    most_pages: int = Field(default=50, ge=1, le=1000)

    @model_validator(mode="after")
    def _finds_something(self) -> Self:
        if self.tables is None and self.links is None:
            raise ValueError("needs tables, links or both")
        return self


def load_recipe(name: str, home: Path) -> Recipe:
    """Return a recipe that ships with the product by its name, or that in a file, whose path may begin at the home.

    Raises `UsageError` for a name that there is not, `UnavailableError` for a file that cannot be read, and
    `ConfigError`, naming line and field, for one that does not fit.
    """
    if "/" in name or name.endswith((".yaml", ".yml")):
        return load_yaml(home / name, Recipe)
    known = sorted(path.stem for path in RECIPES.glob("*.yaml"))
    if name not in known:
        remedy = f"write one of {', '.join(known)}, or the path of a file of your own that ends in .yaml"
        raise UsageError(f"there is no recipe {name}", remedy)
    return load_yaml(RECIPES / f"{name}.yaml", Recipe)
