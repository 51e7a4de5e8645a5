"""A pass over all papers of an index for the report of a run: names, languages and citations."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from extractors.document import Document, Passage
from index.filters import AccessClasses, Filters
from index.protocol import Engine
from index.versions import paper_key

Source: TypeAlias = tuple[Document, Passage]


@dataclass
class Citations:
    """A paper that is cited and not in the index: how its symbol is written, and the keys of papers that cite it."""

    symbol: str
    citing: set[str] = field(default_factory=set)


@dataclass
class Survey:
    """All papers of an index that a reader may see, as far as reports need them.

    `papers` has those of the run by their ids, `with_theme` which of these have a theme that counts, `texts` their
    passages by language without boilerplate, of at most so many papers. `languages` has the languages of each paper by
    its key, `bodies` its body, `shown` the symbol or title that it is shown by, `absent` the papers that are cited and
    not there by their keys, `unread` the number of documents without usable text.
    """

    papers: dict[str, Document] = field(default_factory=dict)
    with_theme: set[str] = field(default_factory=set)
    texts: dict[str | None, list[Source]] = field(default_factory=lambda: defaultdict(list))
    languages: dict[str, set[str | None]] = field(default_factory=lambda: defaultdict(set))
    bodies: dict[str, str | None] = field(default_factory=dict)
    shown: dict[str, str] = field(default_factory=dict)
    symbols: dict[str, str] = field(default_factory=dict)
    absent: dict[str, Citations] = field(default_factory=dict)
    unread: int = 0


def survey(
    engine: Engine,
    wanted: Collection[str],
    *,
    texts_of: Collection[str] = (),
    most_texts: int = 0,
    access_classes: AccessClasses,
) -> Survey:
    """Return the data of all papers for reports, in one pass.

    `wanted` are the ids of the documents of the run, `texts_of` of those of them whose passages are wanted, of at most
    so many.
    """
    found = Survey()
    texts = 0
    for document, passages in engine.passages(Filters(access_classes=access_classes), without_text=True):
        _note(found, document)
        if document.id not in wanted:
            continue
        found.papers[document.id] = document
        if any(theme.kind == "about" for passage in passages for theme in passage.themes):
            found.with_theme.add(document.id)
        if document.id in texts_of and texts < most_texts:
            texts += 1
            for passage in passages:
                if passage.is_read:
                    found.texts[passage.language].append((document, passage))
    for key in found.absent.keys() & found.languages.keys():
        del found.absent[key]  # only the paper itself names it, or another edition of it
    return found


def name_of(document: Document) -> str:
    """Return the display name of a document: its symbol, else its title, else the name of its file."""
    symbol = document.symbol.raw if document.symbol else None
    return symbol or document.title or document.source.rsplit("/", maxsplit=1)[-1]


def _note(found: Survey, document: Document) -> None:
    key = document.key
    found.languages[key].add(document.language)
    found.bodies[key] = found.bodies.get(key) or document.body
    found.unread += document.status == "needs_ocr"
    if key not in found.shown or document.language == "en":
        found.shown[key] = name_of(document)
    if document.symbol:
        found.symbols[key] = document.symbol.raw
    for reference in document.references:
        cited = None if reference.document else paper_key(reference.symbol)
        if cited:
            one = found.absent.setdefault(cited, Citations(reference.symbol))
            one.citing.add(key)
            if document.language == "en":
                one.symbol = reference.symbol


def of_documents(found: Survey, ids: Collection[str]) -> Mapping[str, Document]:
    """Return those of the run's papers that have these ids, by them."""
    return {name: found.papers[name] for name in ids if name in found.papers}
