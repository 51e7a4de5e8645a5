"""Reads a vocabulary from SKOS in Turtle."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, get_args

from pydantic import ValidationError

from configs.skos.names import CONTEXTS, LabelKind, SkosGraph
from configs.system.errors import ConfigError, UnavailableError
from configs.system.files import read_file
from configs.system.yamlfile import config_error
from configs.vocabulary import MatchKind, TermLabel, Vocabulary

if TYPE_CHECKING:
    from rdflib import URIRef
    from rdflib.term import Node

UNASSIGNED = "unassigned"
"""Dimension of the concepts that are in no collection."""
_DEFAULT_LANGUAGE = "en"

Draft: TypeAlias = dict[str, Any]


def from_turtle(path: Path) -> tuple[Vocabulary, tuple[str, ...]]:
    """Return the vocabulary of a Turtle file, with sentences on what had to be left out or added.

    Raises `UnavailableError` where the file cannot be read or rdflib is not installed, and `ConfigError` for a file
    that is not Turtle, holds no concept, or whose concepts do not hold together.
    """
    reader = _Reader(path)
    try:
        return Vocabulary.model_validate(reader.vocabulary()), tuple(reader.notes)
    except ValidationError as error:
        raise config_error(path, {}, error) from error


class _Reader(SkosGraph):
    """Reads the graph of one file into the fields of a vocabulary."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.notes: list[str] = []
        self._path = path
        try:
            content = read_file(path)
        except OSError as error:
            raise UnavailableError(
                f"{path}: cannot be read: {error.strerror}", "check the path and its rights"
            ) from error
        try:
            self.graph.parse(data=content, format="turtle")
        except (SyntaxError, ValueError) as error:  # rdflib's BadSyntax is the first, bytes that are no text the second
            line = getattr(error, "lines", None)
            message = f"is not Turtle: {getattr(error, '_why', error)}"
            raise ConfigError(path, message, line=line + 1 if line is not None else None) from error
        self._ids = self._named_concepts()
        if not self._ids:
            raise ConfigError(path, "holds no skos:Concept", remedy="give a SKOS vocabulary in Turtle")

    def vocabulary(self) -> Draft:
        """Return the fields of the vocabulary, to be validated."""
        scheme = next(iter(_sorted(self.graph.subjects(self.rdf.type, self.skos.ConceptScheme))), None)
        stem = _slug(self._path.stem)
        return {
            "id": self._text(scheme, self.skos.notation) or stem,
            "version": self._text(scheme, self.owl.versionInfo) or "1",
            "title": self._texts(scheme, self.dct.title) or {_DEFAULT_LANGUAGE: self._path.stem},
            "source": self._text(scheme, self.dct.source) or self._path.name,
            "concepts": [self._concept(node) for node in sorted(self._ids, key=self._ids.__getitem__)],
        }

    def _named_concepts(self) -> dict["Node", str]:
        """Return the id of every concept: its notation, else an id derived from its label or its URI."""
        names: dict[Node, str] = {}
        for node in _sorted(self.graph.subjects(self.rdf.type, self.skos.Concept)):
            notation = self._text(node, self.skos.notation) or ""
            labels = self._texts(node, self.skos.prefLabel)
            label = labels.get(_DEFAULT_LANGUAGE) or next(iter(labels.values()), "")
            name = (
                notation
                if notation and notation == _slug(notation)
                else _slug(label) or _slug(re.split(r"[/#:]", str(node))[-1])
            )
            again = sum(re.fullmatch(rf"{re.escape(name)}(-\d+)?", other) is not None for other in names.values())
            names[node] = f"{name}-{again + 1}" if again else name
        return names

    def _concept(self, node: "Node") -> Draft:
        wider = sorted(self._ids[one] for one in self.graph.objects(node, self.skos.broader) if one in self._ids)
        if len(wider) > 1:
            self.notes.append(f"{self._ids[node]}: has {len(wider)} broader concepts; {wider[0]} is kept")
        return {
            "id": self._ids[node],
            "dimensions": self._dimensions(node),
            "broader": wider[0] if wider else None,
            "pref": {language: labels[0] for language, labels in self._labels(node, "pref").items()},
            "alt": self._labels(node, "alt"),
            "negative": sorted(map(str, self.graph.objects(node, self.own.negativeLabel))),
            "definition": self._texts(node, self.skos.definition),
            "matches": dict(self._matches(node)),
            "notes": self._text(node, self.skos.note),
        }

    def _dimensions(self, node: "Node") -> list[str]:
        collections = set(self.graph.subjects(self.skos.member, node))
        main = self.graph.value(node, self.own.mainDimension)
        names = [
            _slug(self._text(one, self.skos.notation) or next(iter(self._texts(one, self.skos.prefLabel).values()), ""))
            for one in (main, *_sorted(collections - {main}))
            if one is not None
        ]
        if not any(names):
            self.notes.append(f"{self._ids[node]}: is in no collection; its dimension is {UNASSIGNED}")
        return [name.replace("-", "_") for name in dict.fromkeys(names) if name] or [UNASSIGNED]

    def _labels(self, node: "Node", kind: LabelKind) -> dict[str, list[Draft]]:
        """Return the labels of a kind by language, with the rules of those that have any."""
        rules = {
            self.graph.value(form, self.xl.literalForm): form
            for form in self.graph.objects(node, self.xl[f"{kind}Label"])
        }
        labels: dict[str, list[Draft]] = {}
        for text in _sorted({*self.graph.objects(node, self.skos[f"{kind}Label"]), *rules}):
            form = rules.get(text)
            label = {"text": str(text)} | (self._rules(form) if form is not None else {})
            labels.setdefault(_language(text), []).append(label)
        return labels

    def _rules(self, form: "Node") -> Draft:
        found: Draft = {}
        for name in TermLabel.model_fields:
            values = _sorted(self.graph.objects(form, self.own[name]))
            if not values:
                continue
            if name in CONTEXTS:
                words = sorted(map(str, self.graph.objects(values[0], self.own.any)))
                window = self._text(values[0], self.own.window)
                found[name] = {"any": words} | ({"window": window} if window else {})
            elif name in ("case", "defined"):
                found[name] = values[0].toPython()  # type: ignore[attr-defined]  # a literal, or rejected later
            else:
                found[name] = list(map(str, values))
        return found

    def _matches(self, node: "Node") -> Iterator[tuple[str, list[str]]]:
        for kind in get_args(MatchKind):
            addresses = sorted(map(str, self.graph.objects(node, self.skos[f"{kind}Match"])))
            if addresses:
                yield kind, addresses

    def _text(self, node: "Node | None", property_: "URIRef") -> str | None:
        value = next(iter(_sorted(self.graph.objects(node, property_))), None) if node is not None else None
        return str(value) if value is not None else None

    def _texts(self, node: "Node | None", property_: "URIRef") -> dict[str, str]:
        values = _sorted(self.graph.objects(node, property_)) if node is not None else []
        return {_language(value): str(value) for value in reversed(values)}


def _sorted(nodes: "Iterable[Node | None]") -> "list[Node]":
    return sorted((node for node in nodes if node is not None), key=lambda node: (str(node), _language(node)))


def _language(value: "Node") -> str:
    """Return the language of a literal, without its region; English where none is given."""
    return (getattr(value, "language", None) or _DEFAULT_LANGUAGE).lower().split("-")[0]


def _slug(text: str) -> str:
    """Return a text as an id: lower case, without accents, words parted by hyphens."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
