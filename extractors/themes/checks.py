"""Warnings about valid vocabularies: labels with a common inflected form, and labels without a match."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from typing import Literal, NamedTuple, TypeAlias

from configs.vocabulary import LabelEntry, Vocabulary, can_clash
from extractors.themes.variants import written_forms

FindingKind: TypeAlias = Literal["clash", "duplicate", "not_found"]
Forms: TypeAlias = frozenset[str]
LabelKey: TypeAlias = tuple[str, str]
"""A concept's id and the text of a label of it, as a mention names them."""


class Finding(NamedTuple):
    """A doubt about one label."""

    kind: FindingKind
    entry: LabelEntry
    message: str


def doubtful_forms(vocabulary: Vocabulary) -> Iterator[Finding]:
    """Yield the labels one of whose written forms names another concept too, and those that another label finds.

    Labels with rules may share forms with others: what stands around decides.
    """
    by_form: dict[str, list[tuple[LabelEntry, Forms]]] = defaultdict(list)
    reported: set[tuple[int, int]] = set()
    for entry in vocabulary.labels:
        forms = written_forms(entry.label.text, entry.language)
        for form in sorted(forms):
            for other, others in by_form[form]:
                pair = (id(other.label), id(entry.label))
                finding = _clash(other, entry, form) or _duplicate((other, others), (entry, forms))
                if finding and pair not in reported:
                    reported.add(pair)
                    yield finding
            by_form[form].append((entry, forms))


def _clash(earlier: LabelEntry, later: LabelEntry, form: str) -> Finding | None:
    if earlier.concept.id == later.concept.id or not can_clash(earlier, later):
        return None
    other = f"{earlier.label.text!r} of {earlier.concept.id}"
    return Finding("clash", later, f"{later.label.text!r} meets {other} in the form {form!r}: give both a context")


def _duplicate(*pair: tuple[LabelEntry, Forms]) -> Finding | None:
    """Return a finding where one of two labels, an alternative one, has no form of its own and the same rules."""
    (one, _), (other, _) = pair
    plain = one.label.model_copy(update={"text": other.label.text}) == other.label and one.label.case != "exact"
    if one.concept.id != other.concept.id or one.language != other.language or not plain:
        return None
    for (kept, wide), (spare, narrow) in (pair, pair[::-1]):
        if "alt" in spare.location and narrow <= wide:
            return Finding("duplicate", spare, f"{spare.label.text!r} is a form of {kept.label.text!r}, which finds it")
    return None


def labels_not_found(
    vocabulary: Vocabulary, found: Mapping[LabelKey, int], languages: Collection[str | None]
) -> Iterator[Finding]:
    """Yield the labels that no mention names; `found` counts the mentions of a collection in some languages.

    Labels of other languages are passed over: nothing is known of them.
    """
    for entry in vocabulary.labels:
        if entry.language in languages and not found.get((entry.concept.id, entry.label.text)):
            yield Finding("not_found", entry, f"{entry.label.text!r} ({entry.language}) is in no indexed passage")
