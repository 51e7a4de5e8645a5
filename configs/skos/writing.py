"""Writes a vocabulary as SKOS in Turtle."""

from typing import TYPE_CHECKING, Any

from configs.skos.names import CONTEXTS, LabelKind, SkosGraph
from configs.system.controls import escaped
from configs.vocabulary import Concept, TermLabel, Vocabulary

if TYPE_CHECKING:
    from rdflib import URIRef
    from rdflib.term import Node

_BASE = "urn:customs-lens:vocabulary:"


def to_turtle(vocabulary: Vocabulary) -> str:
    """Return a vocabulary as Turtle; raises `UnavailableError` where rdflib is not installed."""
    return escaped(_Writer(vocabulary).graph.serialize(format="turtle"))


class _Writer(SkosGraph):
    """Writes one vocabulary into a graph."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        super().__init__()
        from rdflib import Literal, URIRef

        self._literal, self._iri, self._blanks = Literal, URIRef, 0
        self._base = f"{_BASE}{vocabulary.id}"
        self.graph.bind("", f"{self._base}:")
        scheme = URIRef(self._base)
        self._add(scheme, self.rdf.type, self.skos.ConceptScheme)
        self._add(scheme, self.skos.notation, Literal(vocabulary.id))
        self._add(scheme, self.owl.versionInfo, Literal(vocabulary.version))
        self._add(scheme, self.dct.source, Literal(vocabulary.source))
        self._texts(scheme, self.dct.title, vocabulary.title)
        for concept in vocabulary.concepts:
            self._concept(scheme, concept)

    def _concept(self, scheme: "URIRef", concept: Concept) -> None:
        node = self._named(concept.id)
        self._add(node, self.rdf.type, self.skos.Concept)
        self._add(node, self.skos.inScheme, scheme)
        self._add(node, self.skos.notation, self._literal(concept.id))
        if concept.broader:
            self._add(node, self.skos.broader, self._named(concept.broader))
        else:
            self._add(node, self.skos.topConceptOf, scheme)
        for language, label in concept.pref.items():
            self._label(node, "pref", language, label)
        for language, labels in concept.alt.items():
            for label in labels:
                self._label(node, "alt", language, label)
        self._texts(node, self.skos.definition, concept.definition)
        if concept.notes:
            self._add(node, self.skos.note, self._literal(concept.notes))
        for text in concept.negative:
            self._add(node, self.own.negativeLabel, self._literal(text))
        for kind, addresses in concept.matches.items():
            for address in addresses:
                self._add(node, self.skos[f"{kind}Match"], self._iri(address))
        self._add(node, self.own.mainDimension, self._collection(scheme, concept.dimensions[0]))
        for dimension in concept.dimensions:
            self._add(self._collection(scheme, dimension), self.skos.member, node)

    def _collection(self, scheme: "URIRef", dimension: str) -> "URIRef":
        node = self._named(f"dimension:{dimension}")
        self._add(node, self.rdf.type, self.skos.Collection)
        self._add(node, self.skos.inScheme, scheme)
        self._add(node, self.skos.notation, self._literal(dimension))
        return node

    def _label(self, node: "URIRef", kind: LabelKind, language: str, label: TermLabel) -> None:
        text = self._literal(label.text, lang=language)
        self._add(node, self.skos[f"{kind}Label"], text)
        rules = label.model_dump(exclude={"text"}, exclude_defaults=True)
        if not rules:
            return
        form = self._blank()
        self._add(node, self.xl[f"{kind}Label"], form)
        self._add(form, self.rdf.type, self.xl.Label)
        self._add(form, self.xl.literalForm, text)
        for name, value in rules.items():
            self._rule(form, name, value)

    def _rule(self, form: "Node", name: str, value: Any) -> None:  # noqa: ANN401 - of any field of a label
        if name in CONTEXTS:
            around = self._blank()
            self._add(form, self.own[name], around)
            for field, given in value.items():
                self._rule(around, field, given)
        elif isinstance(value, tuple):
            for one in value:
                self._add(form, self.own[name], self._literal(one))
        else:
            self._add(form, self.own[name], self._literal(value))

    def _texts(self, node: "Node", property_: "URIRef", texts: dict[str, str]) -> None:
        for language, text in texts.items():
            self._add(node, property_, self._literal(text, lang=language))

    def _named(self, name: str) -> "URIRef":
        return self._iri(f"{self._base}:{name}")

    def _blank(self) -> "Node":
        """Return a numbered blank node, so that the output for a vocabulary is reproducible."""
        from rdflib import BNode

        self._blanks += 1
        return BNode(f"rules{self._blanks:06}")

    def _add(self, subject: "Node", predicate: "Node", value: "Node") -> None:
        self.graph.add((subject, predicate, value))
