"""Counts in papers: facets, the matrix and the themes. Versions of one paper count once."""

from collections import Counter
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from index.embedded.columns import Columns, Rows
from index.embedded.selection import Selection, named_by, rows_of_theme_status, tag_mask
from index.fields import NAMED_FIELDS, NUMBER_FIELDS, PASSAGE_FIELDS, UNDATED, FieldName
from index.filters import Filters
from index.results import (
    FacetValue,
    Matrix,
    MatrixModel,
    ThemeCount,
    ThemeCounts,
    Total,
    TrendField,
    TrendMatrix,
    matrix_of,
)

Value = str | int | None
Numbers = NDArray[np.integer]
Combination = tuple[int, ...]
"""Terms of one passage or paper; 0 stands for no value."""


def facet(selection: Selection, filters: Filters, field: FieldName, rows: Rows) -> tuple[FacetValue, ...]:
    """Count the papers with each value of a field among the passages of a hit set (ascending rows).

    The most frequent come first. A facet of a tag's field counts the tags that the filters leave, that of a theme's
    status the themes; the language counts every version.
    """
    columns = selection.columns
    if field == "theme.status":
        found = _theme_statuses(columns, filters, rows)
    else:
        places, terms = _occurrences(selection, filters, field, rows)
        owners = places if field == "language" else columns.papers[places]
        counts = _distinct(terms, per=owners)
        found = [FacetValue(value=_value(columns, field, term), count=count) for (term,), count in counts.items()]
    return tuple(sorted(found, key=lambda one: (-one.count, str(one.value))))


def matrix(selection: Selection, filters: Filters, model: MatrixModel, by: TrendField | None) -> Matrix | TrendMatrix:
    """Count papers and passages for each dimension, level (and none) and modality of a model."""
    columns = selection.columns
    mask = tag_mask(columns, filters) & selection.keeps(columns.tag_rows)
    mask &= columns.tag_terms("model") == _term(columns, "model", model.id)
    rows = columns.tag_rows[mask]
    places, _ = columns.places(rows)
    fields: tuple[FieldName, ...] = ("dimension", "level", "modality")
    combined = [_split(columns, by, mask, places), *(columns.tag_terms(field)[mask] for field in fields)]
    documents = _distinct(*combined, per=columns.papers[places])
    passages = _distinct(*combined, per=columns.tag_positions[mask])

    def counts(value: int, *names: str | None) -> tuple[int, int]:
        known = (_term(columns, field, name) for field, name in zip(fields, names, strict=True))
        combination = (value, *known)
        return documents[combination], passages[combination]

    terms = {value for value, *_ in passages}
    return matrix_of(model, by, {None: 0} if by is None else {_value(columns, by, one): one for one in terms}, counts)


def themes(selection: Selection, filters: Filters, labels: Mapping[str, str]) -> ThemeCounts:
    """Count the themes of the selected passages, the most frequent first; themes with a label may count 0."""
    columns = selection.columns
    kept = selection.rows()
    positions, terms = named_by(columns, filters, "theme")
    mask = columns.mask(kept)[positions]
    positions, terms = positions[mask], terms[mask]
    places = columns.owners[positions]
    papers = columns.papers[places]
    documents = _distinct(terms, per=papers)
    passages = _distinct(terms, per=positions)
    years = _distinct(terms, _single(columns, "year")[places], per=papers)
    bodies = _distinct(terms, _single(columns, "body")[places], per=papers)
    known = {name: term for term, name in columns.terms.get("theme", {}).items() if documents[term,]}
    found = [
        ThemeCount(
            id=name,
            label=labels.get(name, name),
            documents=documents[term,],
            passages=passages[term,],
            by_year=_named(columns, "year", term, years),
            by_body=_named(columns, "body", term, bodies),
        )
        for name, term in {**dict.fromkeys(labels, -1), **known}.items()
    ]
    holders, _ = columns.places(kept)
    total = Total(documents=len(np.unique(columns.papers[holders])), passages=len(kept))
    return ThemeCounts(
        total=total, themes=tuple(sorted(found, key=lambda one: (-one.documents, -one.passages, one.id)))
    )


def _theme_statuses(columns: Columns, filters: Filters, rows: Rows) -> list[FacetValue]:
    """Count the papers of the passages of a hit set whose themes, the requested ones if any, have each status."""
    found = []
    for status in filters.theme_statuses:
        places, _ = columns.places(np.intersect1d(rows, rows_of_theme_status(columns, filters, status)))
        if count := len(np.unique(columns.papers[places])):
            found.append(FacetValue(value=status, count=count))
    return found


def _occurrences(selection: Selection, filters: Filters, field: FieldName, rows: Rows) -> tuple[Numbers, Numbers]:
    """Return the places of documents and the terms of a field in the passages of a hit set, as pairs."""
    columns = selection.columns
    if field not in PASSAGE_FIELDS:
        hit = np.zeros(len(columns.docs), bool)
        hit[columns.places(rows)[0]] = True
        places, terms = columns.facts(field)
        return places[hit[places]], terms[hit[places]]
    found = columns.mask(rows)
    if field in NAMED_FIELDS:
        positions, named = named_by(columns, filters, field)
        mask = found[positions]
    else:
        positions, named = columns.tag_positions, columns.tag_terms(field)
        mask = found[positions] & tag_mask(columns, filters)
        if field != "level":
            mask &= named != 0
    return columns.owners[positions[mask]], named[mask]


def _split(
    columns: Columns, by: TrendField | None, mask: np.ndarray[tuple[int], np.dtype[np.bool_]], places: Rows
) -> Numbers:
    """Return the term of each tag in the field that the trend is split by; 0 for none."""
    if by is None:
        return np.zeros(len(places), np.int64)
    return columns.tag_terms(by)[mask] if by == "subject" else _single(columns, by)[places]


def _single(columns: Columns, field: FieldName) -> Rows:
    """Return each document's term in a field that has one value at most; 0 for none."""
    terms = np.zeros(len(columns.docs), np.int64)
    places, found = columns.facts(field)
    terms[places] = found
    return terms


def _distinct(*combined: Numbers, per: Numbers) -> Counter[Combination]:
    """Count the distinct owners of each combination of terms."""
    if not len(per):
        return Counter()
    values, codes = zip(*(np.unique(column, return_inverse=True) for column in combined), strict=True)
    sizes = tuple(map(len, values))
    owners = int(per.max()) + 1
    pairs = np.sort(np.ravel_multi_index(codes, sizes) * owners + per)  # np.unique takes twenty times as long
    found, counts = np.unique(pairs[np.diff(pairs, prepend=-1) != 0] // owners, return_counts=True)
    terms = (column[code].tolist() for column, code in zip(values, np.unravel_index(found, sizes), strict=True))
    return Counter(dict(zip(zip(*terms, strict=True), counts.tolist(), strict=True)))


def _named(columns: Columns, field: FieldName, theme: int, counts: Counter[Combination]) -> dict[str, int]:
    found = ((columns.terms[field][term], n) for (owner, term), n in counts.items() if owner == theme and term)
    return dict(sorted(found))


def _term(columns: Columns, field: FieldName, name: str | None) -> int:
    """Return the number of a value: 0 for no value, -1 for one that no document has."""
    if name is None:
        return 0
    return next((term for term, value in columns.terms.get(field, {}).items() if value == name), -1)


def _value(columns: Columns, field: FieldName, term: int) -> Value:
    text = columns.terms[field][term] if term else None
    return int(text) if text not in (None, UNDATED) and field in NUMBER_FIELDS else text
