"""Judgements on maturity tags, and their application to the tags of a passage."""

from collections.abc import Collection, Iterator, Sequence
from typing import Literal, NamedTuple, TypeAlias

from extractors.document import MaturityTag, Modality, Passage, TagClaim, claim_of
from extractors.judgements import AnchoredJudgement, Judgement, in_force

_MACHINE = "customs-lens "
"""How `by` begins in the tags of the tagger; no person may be called so."""
_SAME_SHARE = 0.5
"""Two spans are about the same words where they share this much of the shorter one."""


class TagJudgement(Judgement):
    """What a person said of one maturity tag. The newest judgement on the same words and dimension counts.

    `judged` is the dimension that the tag had; `dimension`, `level`, `modality` and `subject` are what holds from now
    on (or, rejected, does not). One without a modality is of a topic, whose level and subject count for nothing.
    """

    kind: Literal["tag"] = "tag"
    model: str
    model_version: str
    provenance: Literal["official", "derived", "provisional"]
    judged: str
    dimension: str
    level: str | None = None
    modality: Modality | None = None
    subject: str | None = None
    statement: str = ""

    @property
    def claim(self) -> TagClaim:
        """Whether it says that the passage states something, or is only about it."""
        return claim_of(self.modality)


Span: TypeAlias = tuple[str, int, int, str]
"""A dimension, the words of a passage that are about it, as offsets, and the subject where the id of the tag has it."""


class EvidenceStatement(NamedTuple):
    """A judgement's statement that words of a passage are, or are not, evidence for a dimension."""

    placed: AnchoredJudgement[TagJudgement]
    span: Span
    holds: bool


def judgements(placed: Collection[AnchoredJudgement[TagJudgement]]) -> Iterator[EvidenceStatement]:
    """Yield the statements in force from the judgements on one passage, the newest first.

    A judgement says that its words are evidence for its dimension (or, rejected, that they are not), and, where the tag
    had another dimension, that they are none for that one. What a newer one says of the same dimension on the same
    words takes the place of it. What was withdrawn was never said.
    """
    settled: list[Span] = []
    for one in reversed(in_force(placed)):
        said = {one.judgement.judged: False, one.judgement.dimension: one.judgement.action != "reject"}
        spans = [(name, one.start, one.end, subject_in(one.judgement.tag)) for name in said]
        new = [span for span in spans if not any(_same(span, other) for other in settled)]
        settled += new
        yield from (EvidenceStatement(one, span, said[span[0]]) for span in new)


def tags_as_judged(passage: Passage, placed: Collection[AnchoredJudgement[TagJudgement]]) -> tuple[MaturityTag, ...]:
    """Return the tags of a passage with judgements applied, the surest first.

    What a person says of a dimension on some words stands in place of every tag of that dimension on them. A tag
    that was moved to another dimension is removed from its own.
    """
    judged = list(judgements(placed))
    tags = [tag for tag in passage.maturity if not any(_same(_span(tag), one.span) for one in judged)]
    for one in judged:
        judgement = one.placed.judgement
        if one.span[0] == judgement.dimension:
            was = (judgement.judged, *one.span[1:])
            replaced = [tag.id for tag in passage.maturity if _same(_span(tag), was)]
            tags.append(_tag(passage.id, one.placed, replaced, {tag.id for tag in tags}))
    return tuple(sorted(tags, key=lambda tag: -tag.confidence))


def tag_id(passage: str, dimension: str, start: int, subject: str = "") -> str:
    """Return the id of a tag: its passage, the dimension that it was found for, where its evidence begins.

    Of several on one sentence those behind the first have their `subject` too.
    """
    return f"{passage}:{dimension}:{start}" + (f":{subject}" if subject else "")


def subject_in(name: str) -> str:
    """Return the subject in the id of a tag; empty where it has none, or the number of a judgement there."""
    _, _, _, subject = (*name.split(":", 3), "", "", "")[:4]
    return "" if subject.isdigit() else subject


def is_by_person(by: str) -> bool:
    """Tell the name of a person from that of the tagger, in `MaturityTag.by`."""
    return not by.startswith(_MACHINE)


def tag_of(judgement: TagJudgement, name: str, start: int, end: int) -> MaturityTag:
    """Return the tag that a judgement gives the words from one offset to another, under an id."""
    accepted = judgement.action != "reject"
    return MaturityTag(
        id=name,
        model=judgement.model,
        model_version=judgement.model_version,
        provenance=judgement.provenance,
        dimension=judgement.dimension,
        level=judgement.level if judgement.modality else None,
        subject=judgement.subject if judgement.modality else None,
        modality=judgement.modality,
        confidence=1.0 if accepted else 0.0,
        confidence_about=1.0 if accepted else 0.0,
        status="accepted" if accepted else "rejected",
        start=start,
        end=end,
        statement=judgement.statement,
        by=judgement.author,
    )


def _tag(
    passage: str, placed: AnchoredJudgement[TagJudgement], replaced: Sequence[str], taken: Collection[str]
) -> MaturityTag:
    judgement = placed.judgement
    dimensions, subject = (judgement.judged, judgement.dimension), subject_in(judgement.tag)
    new = [tag_id(passage, dimension, placed.start, subject) for dimension in dimensions]
    names = [*replaced, *new]
    name = next((name for name in names if name not in taken), f"{names[-1]}:{judgement.id}")
    return tag_of(judgement, name, placed.start, placed.end)


def _span(tag: MaturityTag) -> Span:
    return tag.dimension, tag.start, tag.end, subject_in(tag.id)


def _same(one: Span, other: Span) -> bool:
    """Tell whether two spans are about the same dimension, the same words and the same subject."""
    shared = min(one[2], other[2]) - max(one[1], other[1])
    is_alike = (one[0], one[3]) == (other[0], other[3])
    return is_alike and shared > 0 and shared >= _SAME_SHARE * min(one[2] - one[1], other[2] - other[1])
