"""Words in the headings of divisions of papers, read from `structure.yaml`."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field

from configs.system.yamlfile import ConfigValue, load_yaml


class Division(ConfigValue):
    """Words in any language that head divisions of one depth; `level` 1 is the highest.

    `place` is the part of a citation that such a division is, if any; one that is `named` keeps its word there
    ("Appendix 2"). Where it `holds`, only another division ends it, whatever the levels of the headings inside.
    """

    level: int = Field(ge=1, le=9)
    place: Literal["annex", "article"] | None = None
    named: bool = False
    holds: bool = False
    words: tuple[str, ...] = Field(min_length=1)


class Structure(ConfigValue):
    """The divisions of papers, words that may stand for or behind their numbers, and those that tie them to a paper.

    `instruments` of law have annexes, which `of_instrument` says by language. No title ends with an `unfinished` word.
    `item_words` head the text on an item of the agenda.
    """

    version: int
    divisions: tuple[Division, ...]
    number_words: tuple[str, ...] = ()
    number_suffixes: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    instruments: tuple[str, ...] = ()
    of_instrument: Mapping[str, str] = Field(default_factory=dict)
    unfinished: tuple[str, ...] = ()
    item_words: tuple[str, ...] = ()


@cache
def load_structure() -> Structure:
    """Return the shipped structure; raises `ConfigError` where the file does not validate."""
    return load_yaml(Path(__file__).with_name("structure.yaml"), Structure)
