"""Vocabularies to and from SKOS, written in Turtle, by rdflib (extra `skos`).

A concept is a `skos:Concept` with labels, definitions, one broader concept, its id as notation, and matches; a
dimension is a `skos:Collection` of its concepts. A label with rules is a `skosxl:Label` too, which carries the rules as
properties of a name space of our own. RDF has no order: what is read comes back
sorted, a concept's main dimension first.
"""

from configs.skos.reading import UNASSIGNED, from_turtle
from configs.skos.writing import to_turtle

__all__ = ["UNASSIGNED", "from_turtle", "to_turtle"]
