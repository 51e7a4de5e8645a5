"""Keys of papers, which their language versions, editions and file formats share, derived from metadata."""

import re
from functools import cache

from configs.bodies import load_bodies
from configs.kinds import Kind, load_kinds
from configs.labels import fold
from extractors.document import DocumentHeader
from extractors.metadata.act_numbers import BEFORE_KIND, act_number_in
from extractors.metadata.printed import Printed, Vocabulary
from extractors.metadata.symbols import comparable, document_key

_TITLE_CHARACTERS = 120


def own_key(document: DocumentHeader) -> str:
    """Return the key of a document by its symbol, else by the official number and type of an act, else its id."""
    return document_key(document.symbol, load_bodies()) or act_key(document) or document.id


def act_key(document: DocumentHeader) -> str | None:
    """Return the key that an act has by its type and number, `regulation 2015/1501 EU`; None for what is no act.

    A number without the mark of the union that counts it is told apart by the body that issued the act,
    else by its day. An annex, a corrigendum and an act that amends another begin with words or numbers of their own.
    """
    kind = load_kinds().get(document.kind or "")
    if kind is None or not (kind.enacted or kind.numbered):
        return None
    words = Vocabulary(load_bodies(), load_kinds())
    texts = [Printed(text, words) for text in (document.symbol.raw if document.symbol else "", document.title or "")]
    return next(filter(None, (_of_union(text, kind) or _of_office(text, kind, document) for text in texts)), None)


def _of_union(printed: Printed, kind: Kind) -> str | None:
    """Return the key by a number with the mark of a union behind the kind: "(EU) No 1024/2012", "2009/69/EC"."""
    first = next(iter(printed.cues), None)
    if first is None or first[0] != kind or not BEFORE_KIND.fullmatch(printed.text, 0, first[1]):
        return None
    match = _union_number().search(printed.folded, first[2], _TITLE_CHARACTERS)
    if match is None or printed.of(printed.text[first[2] : match.start()]).cues:
        return None
    mark = match["before"] or match["behind"]
    return f"{kind.id} {match['number'] or match['marked']} {_unions()[mark]}"


def _of_office(printed: Printed, kind: Kind, document: DocumentHeader) -> str | None:
    """Return the key by the number of a series of an office: "Law No. 2014-10", "Circular 17/2031"."""
    number = act_number_in(printed)
    issuer = document.body or (document.date if document.date_precision == "day" else None)
    if number is None or number.kind != kind or not issuer:
        return None
    return f"{kind.id} {comparable(number.number)} {issuer}"


@cache
def _union_number() -> re.Pattern[str]:
    marks = "|".join(map(re.escape, _unions()))
    number = r"\d{1,4}/\d{1,5}"
    return re.compile(
        rf"\((?P<before>{marks})\) ?(?:n ?[o°º]?\.? ?)?(?P<number>{number})(?!\d)"
        rf"|(?<!\d)(?P<marked>{number})/(?P<behind>{marks})\b"
    )


@cache
def _unions() -> dict[str, str]:
    """Return the first of its marks, as printed, by each folded mark of a union."""
    return {fold(mark): marks[0] for marks in load_kinds().unions for mark in marks}
