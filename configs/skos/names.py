"""The namespaces of SKOS vocabularies, and a graph with these prefixes."""

from typing import Literal, TypeAlias

from configs.system.errors import UnavailableError
from configs.system.packages import install_command

OWN = "urn:customs-lens:terms#"
"""Name space of the rules of labels, which no standard has words for."""
CONTEXTS = ("context", "not_context")
"""Rules that are nodes with properties of their own."""

LabelKind: TypeAlias = Literal["pref", "alt"]


class SkosGraph:
    """The name spaces of a graph."""

    def __init__(self) -> None:
        try:
            from rdflib import Graph, Namespace
            from rdflib.namespace import DCTERMS, OWL, RDF, SKOS
        except ImportError as error:
            raise UnavailableError("SKOS needs the package rdflib", install_command("skos")) from error
        self.graph = Graph()
        self.rdf, self.skos, self.dct, self.owl = RDF, SKOS, DCTERMS, OWL
        self.xl = Namespace("http://www.w3.org/2008/05/skos-xl#")
        self.own = Namespace(OWN)
        for prefix, space in (("skos", SKOS), ("skosxl", self.xl), ("dct", DCTERMS), ("owl", OWL), ("lens", self.own)):
            self.graph.bind(prefix, space)
