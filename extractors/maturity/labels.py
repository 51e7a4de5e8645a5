"""What people say of maturity tags, and the tags of a passage as they leave them.

A label is known by its document, the words that it quotes and where they stand there. So it outlives another cut
into passages, another tagger, another encoder: it is attached anew to whatever passages there are.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Literal, NamedTuple, TypeAlias

from extractors.document import MaturityTag, Modality, Passage, Value

Action: TypeAlias = Literal["accept", "reject", "set"]

_MACHINE = "customs-lens "
"""How `by` begins in the tags of the tagger; no person may be called so."""
_SAME_SHARE = 0.5
"""Two spans are about the same words where they share this much of the shorter one."""


class Label(Value):
    """What a person said of one tag. The newest label on the same words and dimension counts.

    `id` numbers the labels of a home in their order (0 before it is stored), `at` is a time in UTC (ISO 8601),
    `tag` the tag's id at that time. `offset` counts the characters of the document before the quote, white space
    left out: no cut into passages changes that. `judged` is the dimension that the tag had; `dimension`, `level`,
    `modality` and `subject` are what holds from now on (or, rejected, does not).
    """

    id: int = 0
    at: str
    author: str
    action: Action
    tag: str
    document: str
    quote: str
    offset: int
    model: str
    model_version: str
    provenance: Literal["official", "derived", "provisional"]
    judged: str
    dimension: str
    level: str | None = None
    modality: Modality | None = None
    subject: str | None = None
    statement: str = ""


class Placed(NamedTuple):
    """A label and where its words stand now: the number of the passage, and offsets into its text."""

    label: Label
    passage: int
    start: int
    end: int


Span: TypeAlias = tuple[str, int, int]
"""A dimension, and the words of a passage that are about it, as offsets."""


class Judged(NamedTuple):
    """Whether words of a passage are evidence for a dimension, by the label that says so."""

    placed: Placed
    span: Span
    holds: bool


class Texts:
    """The texts of a document's passages in order, as one text without white space."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = texts
        self._starts = [0, *accumulate(len(_compact(text)) for text in texts)]
        self._whole = "".join(map(_compact, texts))

    def offset(self, passage: int, start: int) -> int:
        """Return how many characters stand before a place in a passage, white space left out."""
        return self._starts[passage] + len(_compact(self._texts[passage][:start]))

    def find(self, quote: str, offset: int) -> tuple[int, int, int] | None:
        """Return the passage and the span in it of the occurrence of words that is nearest to an offset, if any.

        Words that a cut between passages runs through belong to the passage that has the most of them.
        """
        words = _compact(quote)
        before = self._whole.rfind(words, 0, max(0, offset) + len(words))
        after = self._whole.find(words, max(0, offset))
        found = [one for one in (before, after) if one >= 0]
        if not words or not found:
            return None
        first = min(found, key=lambda one: abs(one - offset))
        passage, start, end = max(self._parts(first, first + len(words)), key=lambda part: part[2] - part[1])
        places = [at for at, character in enumerate(self._texts[passage]) if not character.isspace()]
        return passage, places[start], places[end - 1] + 1

    def place(self, label: Label) -> Placed | None:
        """Return where a label's words stand: the occurrence nearest to where they stood; None without one."""
        found = self.find(label.quote, label.offset)
        return Placed(label, *found) if found else None

    def _parts(self, first: int, last: int) -> Iterator[tuple[int, int, int]]:
        """Yield the passages that a span runs through, with the span's part of each."""
        for passage, start in enumerate(self._starts[:-1]):
            end = self._starts[passage + 1]
            if start < last and end > first:
                yield passage, max(first, start) - start, min(last, end) - start


def judgements(placed: Collection[Placed]) -> Iterator[Judged]:
    """Yield what holds by the labels on one passage, the newest first.

    A label says that its words are evidence for its dimension (or, rejected, that they are not), and, where the tag
    had another dimension, that they are none for that one. What a newer label says of the same dimension on the same
    words takes the place of it.
    """
    settled: list[Span] = []
    for one in sorted(placed, key=lambda one: -one.label.id):
        said = {one.label.judged: False, one.label.dimension: one.label.action != "reject"}
        spans = [(name, one.start, one.end) for name in said]
        new = [span for span in spans if not any(_same(span, other) for other in settled)]
        settled += new
        yield from (Judged(one, span, said[span[0]]) for span in new)


def tags_as_labelled(passage: Passage, placed: Collection[Placed]) -> tuple[MaturityTag, ...]:
    """Return the tags of a passage as the labels on it leave them, the surest first.

    What a person says of a dimension on some words stands in place of every tag of that dimension on them. A tag
    that was given another dimension is gone from its own.
    """
    judged = list(judgements(placed))
    tags = [tag for tag in passage.maturity if not any(_same(_span(tag), one.span) for one in judged)]
    for one in judged:
        label = one.placed.label
        if one.span[0] == label.dimension:
            was = (label.judged, one.placed.start, one.placed.end)
            replaced = [tag.id for tag in passage.maturity if _same(_span(tag), was)]
            tags.append(_tag(passage.id, one.placed, replaced, {tag.id for tag in tags}))
    return tuple(sorted(tags, key=lambda tag: -tag.confidence))


def renamed(label: Label, documents: Mapping[str, str]) -> Label:
    """Return a label as it is where documents have other ids, by the old ones."""
    if (new := documents.get(label.document)) is None:
        return label
    tag = new + label.tag.removeprefix(label.document) if label.tag.startswith(label.document) else label.tag
    return label.model_copy(update={"document": new, "tag": tag})


def tag_id(passage: str, dimension: str, start: int) -> str:
    """Return the id of a tag: its passage, the dimension that it was found for, where its evidence begins."""
    return f"{passage}:{dimension}:{start}"


def passage_of(tag: str) -> str:
    """Return the passage's part of a tag's id."""
    return tag.partition(":")[0]


def is_by_person(by: str) -> bool:
    """Tell the name of a person from that of the tagger, in `MaturityTag.by`."""
    return not by.startswith(_MACHINE)


def _tag(passage: str, placed: Placed, replaced: Sequence[str], taken: Collection[str]) -> MaturityTag:
    label = placed.label
    accepted = label.action != "reject"
    new = [tag_id(passage, dimension, placed.start) for dimension in (label.judged, label.dimension)]
    names = [*replaced, *new]
    return MaturityTag(
        id=next((name for name in names if name not in taken), f"{names[-1]}:{label.id}"),
        model=label.model,
        model_version=label.model_version,
        provenance=label.provenance,
        dimension=label.dimension,
        level=label.level,
        subject=label.subject,
        modality=label.modality,
        confidence=1.0 if accepted else 0.0,
        status="accepted" if accepted else "rejected",
        start=placed.start,
        end=placed.end,
        statement=label.statement,
        by=label.author,
    )


def _span(tag: MaturityTag) -> Span:
    return tag.dimension, tag.start, tag.end


def _same(one: Span, other: Span) -> bool:
    """Tell whether two spans are about the same dimension and the same words."""
    shared = min(one[2], other[2]) - max(one[1], other[1])
    return one[0] == other[0] and shared > 0 and shared >= _SAME_SHARE * min(one[2] - one[1], other[2] - other[1])


def _compact(text: str) -> str:
    return "".join(text.split())
