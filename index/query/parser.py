"""The parser of the query language; no query is passed to an engine unparsed.

    customs declaration      both words (either of them, where too few documents have both)
    "single window"          has to be there, the words next to each other; a quote that is not closed runs to the end
    "data exchange"~3        the words in this order, with at most three others among them
    +must -not               has to be there, may not be there (NOT is the same as -)
    a b OR c                 (a and b) or c; brackets group
    digit*  windwo~          words that begin so; words spelt nearly so (~1: at most one letter differs)
    PC 0345  pc0345e1a       the paper of that symbol, and the passages that cite it, in any spelling
    year:2010..2015          a filter; the fields are those of `index.filters`

Words that are a label of a theme match its other labels in every language too, where a vocabulary is given. In a
query without operators the other words match their translations, too.
Everything else is text: punctuation and apostrophes are never errors. A colon is one only between a word of three or
more lower-case letters that is no field and a value (`boddy:ptc`).
"""

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from configs.asking import load_asking
from configs.system.errors import UsageError
from index.analysis import Analysis
from index.filters import Condition, Descendants, condition, field_name, merged
from index.query.expansion import CounterpartsOf, ThemesIn, with_counterparts, with_themes
from index.query.lexer import Lexeme, lexemes
from index.query.translation import open_counterparts
from index.query.tree import Clause, Conjunction, Either, Leaf, Node, PaperName, Phrase, ThemeName, Word, leaves_of

MOST_CHARACTERS = 10_000
"""Characters that a query may have: nobody types more, but a file pasted by mistake has more."""
MOST_WORDS = 1000
"""Words that a query may have: a cluster of the smallest size refuses to search for more in every language at once."""
MOST_WAYS = 256
"""Combinations of positions that other words may have in a phrase: an engine may have to try each."""
_DEEPEST = 10
"""Depth of nested brackets; deeper ones are ignored and their text is kept, as a cluster limits the depth."""
_SINGLE_WORD = re.compile(r"[^\W_]+")
_SHOWN_AROUND = 60
"""Characters of a query that are shown before an error, and behind it."""


WithoutStopWords = Callable[[Sequence[str], str], list[str]]
"""Returns words of a query without the stop words of its language; the second argument is the whole query."""


class QueryError(UsageError):
    """A query that cannot be parsed; `place` is the query and the position of the error in it."""

    def __init__(self, message: str, query: str, position: int, remedy: str | None = None) -> None:
        super().__init__(f"query, character {position + 1}: {message}", remedy)
        self.query, self.position, self.place = query, position, (query, position)

    @property
    def around(self) -> tuple[str, str, str]:
        """The query near the error: what stands before it, the character itself (a space at the end), what follows."""
        query, position = self.query, self.position
        start, end = max(0, position - _SHOWN_AROUND), position + _SHOWN_AROUND
        before = ("…" if start else "") + query[start:position]
        after = query[position + 1 : end] + ("…" if end < len(query) else "")
        return before, query[position : position + 1] or " ", after


@dataclass(frozen=True)
class Query:
    """A parsed query: the tree that a text has to match (None: every passage) and the filters named in it.

    `plain` is the text to encode: the query without operators, symbols and excluded words.
    """

    text: str
    root: Node | None = None
    conditions: tuple[Condition, ...] = ()
    plain: str = ""
    leaves: tuple[Leaf, ...] = field(default=(), compare=False)
    """The words, phrases and names that are not excluded, for highlights."""
    pieces: tuple[Lexeme, ...] = field(default=(), compare=False, repr=False)
    """The lexemes of the query, for `analysed_query`."""

    @property
    def has_or_fallback(self) -> bool:
        """Whether OR fallback applies where too few papers have all words; a single word has no fallback."""
        words = (len(leaf.words) if isinstance(leaf, ThemeName) else 1 for leaf in self.leaves)
        return sum(words) > 1

    @property
    def themes(self) -> tuple[ThemeName, ...]:
        """The themes that the query names, which match by their other labels too."""
        return tuple(leaf for leaf in self.leaves if isinstance(leaf, ThemeName))

    def constraints(self) -> Node | None:
        """Return the part that applies in every mode: phrases, and words that are required or excluded.

        A vector does not represent symbols, so one of the papers that the query names is required too.
        """
        return _constraints(self.root)

    def by_word(self) -> list[tuple[str, Conjunction]]:
        """Return each word and phrase that is not excluded, as typed, with a query for it alone.

        Where any of the words suffices, a required one still has to match whole, with all its parts.
        """
        found = {leaf: Clause(leaf, "must" if needed else "any") for leaf, needed in _positive_leaves(self.root)}
        return [(leaf.typed, Conjunction((clause,))) for leaf, clause in found.items()]


def parse_query(text: str) -> Query:
    """Return a query as typed; an empty one and `*` match every passage.

    Raises `QueryError`, and nothing else, for an unknown field, a filter with an impossible value or in a place where
    it cannot hold (behind OR, in brackets), for a phrase that is too loose, for too many words, for too long a query.
    """
    if text.strip() in ("", "*"):
        return Query(text)
    if len(text) > MOST_CHARACTERS:
        message = f"a query has {MOST_CHARACTERS:,} characters at most, this one has {len(text):,}"
        raise QueryError(message, text, MOST_CHARACTERS, "ask with fewer words")
    return _query(text, list(lexemes(text)), None)


def analysed_query(
    query: Query,
    descendants: Descendants | None = None,
    themes_in: ThemesIn | None = None,
    without_stop_words: WithoutStopWords | None = None,
    counterparts_of: CounterpartsOf | None = None,
) -> Query:
    """Return a query of `parse_query`, expanded by the themes, bodies and translations of an index.

    Words at its beginning that only introduce a question are left out (`configs/asking.yaml`). `descendants` gives the
    sub-bodies of a body. With `themes_in`, words that are a label of a theme become a `ThemeName`. `without_stop_words`
    removes the stop words that stand alone, for texts in every language, and `counterparts_of` adds the translations of
    the other words. Raises `QueryError` as `parse_query` does.
    """
    if not query.pieces:
        return query
    found = _without_lead_in(query.pieces, load_asking().end_in(query.text))
    text = " ".join(one.leaf.text for one in found if one.leaf)
    if themes_in:
        found = with_themes(found, query.text, themes_in)
    if without_stop_words:
        found = _without_stop_words(found, query.text, without_stop_words)
    if counterparts_of:
        found = with_counterparts(found, text, counterparts_of)
    return _query(query.text, found, descendants)


def _query(text: str, pieces: list[Lexeme], descendants: Descendants | None) -> Query:
    parser = _Parser(text, pieces, descendants)
    root = parser.parse()
    leaves = tuple(dict.fromkeys(leaves_of(root))) if root else ()
    texts = [leaf.text.strip() for leaf in leaves if not isinstance(leaf, PaperName)]
    plain = " ".join(texts) if parser.operators or len(texts) < len(leaves) else text.strip()
    return Query(text, root, tuple(merged(parser.conditions)), plain, leaves, tuple(pieces))


def _without_lead_in(found: Sequence[Lexeme], end: int) -> list[Lexeme]:
    """Return the lexemes of a query without its plain words before `end`; all of them where none would remain."""
    plain = (one.end <= end and one.occur == "any" and isinstance(one.leaf, Word) for one in found)
    kept = [one for one, is_plain in zip(found, plain, strict=True) if not is_plain]
    return kept if any(one.leaf for one in kept) else list(found)


def _without_stop_words(found: list[Lexeme], text: str, without_stop_words: WithoutStopWords) -> list[Lexeme]:
    """Return the lexemes of a query, the words that stand alone without stop words."""
    alone = [one.leaf.text if one.occur == "any" and isinstance(one.leaf, Word) else "" for one in found]
    if not any(alone):
        return found
    reduced = without_stop_words(alone, text)
    kept = ((one, word, new) for one, word, new in zip(found, alone, reduced, strict=True) if new or not word)
    return [replace(one, leaf=Word(new)) if new != word else one for one, word, new in kept]


class _Parser:
    def __init__(self, text: str, found: list[Lexeme], descendants: Descendants | None) -> None:
        self._text, self._lexemes, self._descendants = text, found, descendants
        self._next = 0
        self._has_or = any(lexeme.kind == "or" for lexeme in found)
        self._leaves: set[Leaf] = set()
        self._words = 0
        self.conditions: list[Condition] = []
        self.operators = self._has_or or any(
            lexeme.kind in ("open", "field")
            or lexeme.occur != "any"
            or not (lexeme.leaf is None or isinstance(lexeme.leaf, Word | ThemeName))
            for lexeme in found
        )

    def parse(self) -> Node | None:
        return self._either(0)

    def _either(self, depth: int) -> Node | None:
        groups = [self._group(depth)]
        while self._peek() == "or":
            self._next += 1
            groups.append(self._group(depth))
        kept = [group for group in groups if group]
        return Either(tuple(kept)) if len(kept) > 1 else kept[0] if kept else None

    def _group(self, depth: int) -> Node | None:
        clauses: dict[Clause, None] = {}
        while self._next < len(self._lexemes):
            lexeme = self._lexemes[self._next]
            if lexeme.kind == "or" or (lexeme.kind == "close" and depth > 0):
                break
            self._next += 1
            if lexeme.kind == "field":
                self._condition(lexeme, depth)
            elif lexeme.leaf:
                self._check(lexeme.leaf, lexeme.position)
                is_required = isinstance(lexeme.leaf, Phrase) and lexeme.occur == "any"
                clauses[Clause(lexeme.leaf, "must" if is_required else lexeme.occur)] = None
            elif lexeme.kind == "open" and depth < _DEEPEST:
                inner = self._either(depth + 1)
                self._next += self._peek() == "close"
                if inner:
                    clauses[Clause(inner, lexeme.occur)] = None
        return Conjunction(tuple(clauses)) if clauses else None

    def _peek(self) -> str | None:
        return self._lexemes[self._next].kind if self._next < len(self._lexemes) else None

    def _check(self, leaf: Leaf, place: int) -> None:
        """Raise `QueryError` for a phrase that is too loose, and where the query has too many words."""
        if isinstance(leaf, Phrase) and _is_too_loose(leaf):
            remedy = "allow fewer words among them, or ask for fewer words"
            raise QueryError(f"the phrase is too loose with ~{leaf.slop}", self._text, place, remedy)
        if leaf not in self._leaves:
            self._leaves.add(leaf)
            self._words += len(_SINGLE_WORD.findall(leaf.text))
        if self._words > MOST_WORDS:
            raise QueryError(f"a query holds {MOST_WORDS:,} words at most", self._text, place, "ask with fewer words")

    def _condition(self, lexeme: Lexeme, depth: int) -> None:
        place = lexeme.position
        try:
            field_name(lexeme.name)
        except UsageError as error:
            remedy = f"in quotes it is searched as words; {error.remedy}"
            raise QueryError(error.message, self._text, place, remedy) from error
        if depth or self._has_or:
            remedy = f"put it before or after the words, or use --filter {lexeme.name}={lexeme.value}"
            message = f"{lexeme.name}:{lexeme.value} holds for the whole query only"
            raise QueryError(message, self._text, place, remedy)
        try:
            found = condition(lexeme.name, [lexeme.value], self._descendants, negated=lexeme.occur == "not")
        except UsageError as error:
            raise QueryError(error.message, self._text, place + len(lexeme.name) + 1, error.remedy) from error
        self.conditions.append(found)


def _constraints(node: Node | None) -> Node | None:
    """Return the required and excluded clauses of a part of a query; None without any."""
    if isinstance(node, Either):
        sides = tuple(side for group in node.groups if (side := _constraints(group)) is not None)
        return Either(sides) if len(sides) == len(node.groups) else None
    if not isinstance(node, Conjunction):
        return None
    required = [clause for clause in node.clauses if clause.occur != "any"]
    optional = [clause.node for clause in node.clauses if clause.occur == "any"]
    required += [Clause(inner, "must") for one in optional if (inner := _constraints(one)) is not None]
    named = tuple(one for one in optional if isinstance(one, PaperName))
    if named:
        required.append(Clause(Either(named), "must"))
    return Conjunction(tuple(required)) if required else None


def _positive_leaves(node: Node | None, *, needed: bool = False) -> Iterator[tuple[Leaf, bool]]:
    """Yield the leaves that are not excluded, and whether each is required."""
    if isinstance(node, Conjunction):
        for clause in node.clauses:
            if clause.occur != "not":
                yield from _positive_leaves(clause.node, needed=needed or clause.occur == "must")
    elif isinstance(node, Either):
        for group in node.groups:
            yield from _positive_leaves(group, needed=needed)
    elif node:
        yield node, needed


def _is_too_loose(phrase: Phrase) -> bool:
    """Return whether there are too many positions for other words among those of a phrase.

    For n words and s others there are (s + n - 1) over (n - 1). Stop words may not count, so n may be less.
    """
    gaps = len(_SINGLE_WORD.findall(phrase.text)) - 1
    if not phrase.slop or gaps < 1:
        return False
    if max(phrase.slop, gaps) >= MOST_WAYS:  # the number of arrangements is larger, and too expensive to compute
        return True
    return math.comb(phrase.slop + gaps, min(gaps, (phrase.slop + gaps) // 2)) > MOST_WAYS


class QueryParsing:
    """Analyses queries; `descendants` resolves sub-bodies in them, `themes_in` finds the labels of themes."""

    def __init__(self, analysis: Analysis, descendants: Descendants | None, themes_in: ThemesIn | None) -> None:
        self._analysis, self._descendants, self._themes_in = analysis, descendants, themes_in
        self._counterparts = open_counterparts(analysis)

    def analysed(self, query: Query, *, expand: bool) -> Query:
        """Return the analysed query; with `expand` words match other labels and translations. Raises `QueryError`."""
        themes_in, counterparts_of = (self._themes_in, self._counterparts.of) if expand else (None, None)
        return analysed_query(query, self._descendants, themes_in, self._analysis.without_stop_words, counterparts_of)

    def parsed(self, text: str, *, expand: bool) -> Query:
        """Parse and analyse a query as typed; as `analysed`."""
        return self.analysed(parse_query(text), expand=expand)
