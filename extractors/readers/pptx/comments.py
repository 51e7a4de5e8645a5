"""Comments on slides: the older ones and the threads of newer versions, with the names of their authors."""

from extractors.readers.ooxml.package import OfficeObject
from extractors.readers.package_xml import parse_xml
from extractors.readers.pptx.text import text_of


class Comments:
    """The comments of a deck."""

    def __init__(self, deck: OfficeObject) -> None:
        self._authors = {
            author.get("id"): " ".join((author.get("name") or "").split())
            for kind in ("commentAuthors", "authors")
            for root in _roots(deck.part, kind)
            for author in root.iter("{*}cmAuthor", "{*}author")
        }

    def on(self, slide: OfficeObject) -> list[str]:
        """Return the comments on a slide and the replies to them, in order, each with its author."""
        said = []
        for root in _roots(slide.part, "comments"):
            for comment in root.iter("{*}cm"):
                for one in (comment, *comment.findall("{*}replyLst/{*}reply")):
                    body = one.find("{*}txBody")
                    plain = one.findtext("{*}text") or ""
                    text = " ".join(plain.split()) if body is None else text_of(body)
                    author = self._authors.get(one.get("authorId"))
                    said.append(f"{author}: {text}" if author and text else text)
        return [text for text in said if text]


def _roots(part: OfficeObject, kind: str) -> list[OfficeObject]:
    """Return the root elements of the parts of a kind that a part is related to."""
    related = [rel for rel in part.rels.values() if not rel.is_external and rel.reltype.rpartition("/")[2] == kind]
    return [parse_xml(rel.target_part.blob, str(rel.target_part.partname)) for rel in related]
