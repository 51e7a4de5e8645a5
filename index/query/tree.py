"""The tree of a parsed query: words, phrases, names, and the groups of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias

Occur: TypeAlias = Literal["any", "must", "not"]
"""`any` has to match too, unless an engine falls back to either word."""
_APART = str.maketrans(dict.fromkeys("-\u2010\u2011\u2012\u2013/", " "))
"""What joins the parts of a compound, made into spaces."""


@dataclass(frozen=True)
class Wording:
    """A text in one language: a label of a theme, or the translation of a word of a query."""

    language: str
    text: str


@dataclass(frozen=True)
class Word:
    """A word as typed; it may consist of several indexed words (`G/VAL/W/136`), which then have to be adjacent.

    In a query whose `language` is known, its `counterparts` match as well in texts of theirs.
    """

    text: str
    language: str | None = None
    counterparts: tuple[Wording, ...] = ()

    @property
    def rows(self) -> tuple[str, ...]:
        """The texts whose words have to be adjacent: the word, its parts, and its translations."""
        return (self.text, *self.parts, *(one.text for one in self.counterparts))

    @property
    def parts(self) -> list[str]:
        """The words that hyphens and slashes join."""
        return [part for part in self.text.translate(_APART).split() if part]

    @property
    def typed(self) -> str:
        """It as typed."""
        return self.text


@dataclass(frozen=True)
class Phrase:
    """Words in this order with at most `slop` others among them; next to each other with 0."""

    text: str
    slop: int = 0

    @property
    def rows(self) -> tuple[str, ...]:
        """The texts whose words are looked for in a row."""
        return (self.text,)

    @property
    def typed(self) -> str:
        """It as typed."""
        return f'"{self.text}"' + (f"~{self.slop}" if self.slop else "")


@dataclass(frozen=True)
class Prefix:
    """Words with this prefix."""

    text: str
    rows: ClassVar[tuple[str, ...]] = ()

    @property
    def typed(self) -> str:
        """It as typed."""
        return f"{self.text}*"


@dataclass(frozen=True)
class Fuzzy:
    """Words that differ in at most `distance` letters (a swap of neighbours is one)."""

    text: str
    distance: int
    rows: ClassVar[tuple[str, ...]] = ()

    @property
    def typed(self) -> str:
        """It as typed."""
        return f"{self.text}~{self.distance}"


@dataclass(frozen=True)
class PaperName:
    """The symbol of a paper: the passages of the paper, and those that cite it.

    `form` is its plain spelling as typed, with the edition, and `paper` the one of the paper; `spellings` are the
    ways in which texts write the paper's symbol, whichever edition they mean.
    """

    text: str
    form: str
    paper: str
    spellings: tuple[Phrase | Prefix, ...]

    @property
    def rows(self) -> tuple[str, ...]:
        """The texts whose words are looked for in a row."""
        return tuple(row for spelling in self.spellings for row in spelling.rows)

    @property
    def typed(self) -> str:
        """It as typed."""
        return self.text


@dataclass(frozen=True)
class ThemeName:
    """Words that are a label of a theme: they match as typed, and the theme's other labels match as well, for less.

    `names` are the theme's preferred labels, `labels` all of them in every spelling. Passages with one of the
    `negative` forms, which mean something else, do not match by another label.
    """

    words: tuple[Word, ...]
    theme: str
    names: tuple[Wording, ...]
    labels: tuple[Wording, ...]
    negative: tuple[Wording, ...] = ()

    @property
    def text(self) -> str:
        """The words as typed."""
        return " ".join(word.text for word in self.words)

    @property
    def rows(self) -> tuple[str, ...]:
        """The texts whose words are looked for in a row."""
        own = [row for word in self.words for row in word.rows]
        return (*own, *(label.text for label in (*self.labels, *self.negative)))

    @property
    def typed(self) -> str:
        """It as typed."""
        return self.text


@dataclass(frozen=True)
class Clause:
    """A part of a group and whether it is required, optional or excluded."""

    node: "Node"
    occur: Occur = "any"


@dataclass(frozen=True)
class Conjunction:
    """Clauses that all have to match."""

    clauses: tuple[Clause, ...]


@dataclass(frozen=True)
class Either:
    """Alternative groups, of which one has to match."""

    groups: tuple["Node", ...]


Leaf: TypeAlias = Word | Phrase | Prefix | Fuzzy | PaperName | ThemeName
Node: TypeAlias = Leaf | Conjunction | Either


def leaves_of(node: Node, *, excluded: bool = False) -> Iterator[Leaf]:
    """Yield the words, phrases and names of a part of a query; with `excluded` the excluded ones too."""
    if isinstance(node, Conjunction):
        for clause in node.clauses:
            if excluded or clause.occur != "not":
                yield from leaves_of(clause.node, excluded=excluded)
    elif isinstance(node, Either):
        for group in node.groups:
            yield from leaves_of(group, excluded=excluded)
    else:
        yield node
