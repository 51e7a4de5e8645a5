"""Links between documents of the index: the versions of a paper, and the papers that it refers to."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from index.versions import Version, best_version, paper_key, plain_symbol

Papers = Mapping[str, Sequence[Version]]
"""The documents of papers by the papers' keys."""


def without_links(header: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document's header as it is stored: without the links that are looked up when it is read."""
    return {name: value for name, value in header.items() if name not in ("twins", "revisions")}


def keys_named(headers: Iterable[Mapping[str, Any]]) -> set[str]:
    """Return the keys of the papers of stored headers and of the papers that they refer to."""
    named = set()
    for header in headers:
        named.add(header["key"])
        named.update(filter(None, (paper_key(reference["symbol"]) for reference in header["references"])))
    return named


def with_links(header: Mapping[str, Any], papers: Papers) -> dict[str, Any]:
    """Return a stored header with its twins, its revisions and the ids of the documents that it refers to.

    A correction by a person is left out where it names a document that is not among these.
    """
    language = header["language"]
    own = (version for version in papers.get(header["key"], ()) if version.id != header["id"])
    by_id = sorted(own, key=lambda version: version.id)
    seen = {version.id for version in by_id}
    return {
        **header,
        "corrected": [one for one in header.get("corrected", ()) if not _is_hidden(one, seen)],
        "references": _linked(header["references"], papers, header["id"], language),
        "twins": [version.id for version in by_id if version.language != language],
        "revisions": [version.id for version in by_id if version.language == language],
    }


def _is_hidden(corrected: Mapping[str, Any], seen: Collection[str]) -> bool:
    """Return whether a correction names another document that is none of the versions that a reader sees."""
    return corrected["field"] == "version_of" and corrected["value"] is not None and corrected["value"] not in seen


def _linked(
    references: Collection[Mapping[str, Any]], papers: Papers, citing: str, language: str | None
) -> list[dict[str, Any]]:
    """Return references with the ids of the documents that they name, without the citing document."""
    named: dict[str, str] = {}
    for symbol in {reference["symbol"] for reference in references}:
        others = [version for version in papers.get(paper_key(symbol) or "", ()) if version.id != citing]
        if others:
            named[symbol] = best_version(others, plain_symbol(symbol), language).id
    return [{**reference, "document": named.get(reference["symbol"])} for reference in references]
