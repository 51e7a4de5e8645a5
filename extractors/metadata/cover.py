"""The labelled parts of a cover: agenda item, distribution, original language, submitter."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from configs.kinds import Kinds
from configs.labels import fold
from extractors.document import Reading
from extractors.metadata.days import date_in
from extractors.metadata.front import Front
from extractors.metadata.items import plain_item
from extractors.metadata.summary_box import summary_box

_NUMBER = (
    r"(?P<item>(?:[ivxl]{1,6}(?:\.\d{1,2}){0,2}(?: ?[a-z](?![\w.]))?|[a-z]\.? ?\d{1,2}|\d{1,3}(?:\.\d{1,2}){0,3})"
    r"(?: ?\(?[a-z]{1,4}\)){0,2})"
)
_MORE = r"(?:(?:,| and|, and) ?(?:\([a-z]{1,4}\)|\d{1,3}(?: ?\([a-z]{1,4}\))?)){0,8}"
"""What follows the first of several items: "Items 3 (a), (c) and 6 of the provisional agenda"."""
_ITEMS = (
    re.compile(
        rf"\bitems? {_NUMBER}{_MORE} (?:on|of) the (?:(?:draft|provisional|preliminary|annotated) ){{0,2}}"
        r"(?:agenda|list)\b"
    ),
    re.compile(rf"\b(?:provisional )?agenda items?:? {_NUMBER}(?![\w.])"),
    re.compile(rf"\bpoints? {_NUMBER} (?:de|a) l'ordre du jour(?: provisoire)?\b"),
    re.compile(rf"\b(?:puntos?|temas?) {_NUMBER} del (?:orden del dia|programa)(?: provisional)?\b"),
    re.compile(rf"\bпункт {_NUMBER} (?:предварительнои )?повестки дня\b"),
    re.compile(rf"\bitems?:? {_NUMBER}\)?$"),
)
_PROVISIONAL = re.compile(
    r"\b(?:(?:provisional|preliminary|draft) (?:annotated )?(?:agenda|list)|ordre du jour provisoire"
    r"|liste preliminaire)\b"
)
_HEADS_AN_ITEM = re.compile(r"(?<=[^\W\d]) ?[:\u2013-] ?\w")
"""What follows the number of an item above what was said under it: "Item I of the Agenda: Opening"."""
_DISTRIBUTION = re.compile(
    r"\b(?:(?:distr(?:ibution)?\.?|diffusion) ?:? ?|(?:classification|confidentiality|security|confidentialite) ?: ?)"
)
_ORIGINAL = re.compile(
    r"(?:\boriginal(?: language)?|\blangue originale|\bязык оригинала) ?: ?"
    r"(?P<names>[^\W\d_]{3,12}(?: ?(?:/|,|and|et|y|и) ?[^\W\d_]{3,12}){0,5})"
    r"|\b(?P<only>english|french|spanish|russian|anglais|francais|espagnol|russe) (?:only|seulement)\b"
    r"|(?<!\w)o\. ?(?P<short>(?:eng|fr|ing|esp|sp|rus)\.?(?: ?/ ?(?:eng|fr|ing|esp|sp|rus)\.?)?)(?!\w)"
)
_LANGUAGES = {
    "English": ("english", "anglais", "eng", "ingles", "ing", "англиискии"),
    "French": ("french", "francais", "fr", "frances", "французскии"),
    "Spanish": ("spanish", "espagnol", "esp", "sp", "espanol", "испанскии"),
    "Russian": ("russian", "russe", "rus", "ruso", "русскии"),
    "Arabic": ("arabic", "arabe"),
    "Chinese": ("chinese", "chinois"),
    "Portuguese": ("portuguese", "portugais"),
}
_SUBMITTERS = (
    re.compile(
        r"^(?:submitted|presented|proposed|prepared|transmitted|tabled) by ?:? (?:the )?(?P<who>.{3,150})$"
        r"|^(?:soumis|presente|propose|etabli|transmis)e?s? par ?:? (?:l[ea] |l')?(?P<qui>.{3,150})$"
    ),
    re.compile(r"^(?:from|de|source) ?: ?(?P<who>.{3,150})$"),
    re.compile(
        r"^(?:(?:room|conference room|working|informal|discussion|information|progress|concept|background|draft) )?"
        r"(?:note|report|communication|proposal|document|paper|statement|submission|resolution|decision)s? "
        r"(?:(?:submitted|prepared|presented|proposed|transmitted) )?"
        r"(?:by|from) (?:the )?(?P<who>.{3,150})$"
        r"|^(?:note|rapport|communication|proposition|document)s? (?:de (?:travail|seance) )?"
        r"(?:(?:etabli|presente|soumis|transmis)e?s? par|du|de la) (?:l[ea] |l')?(?P<qui>secr.{3,150})$"
    ),
    re.compile(
        r"^projets? de (?:resolution|decision)s? (?:presente|soumis|propose)e?s? par (?:l[ea] |l')?(?P<who>.{3,150})$"
    ),
    # The letterhead at the foot of a cover, an address after it or not.
    re.compile(
        r"^(?P<who>[\w/&.-]{2,24} secretariat)(?:$| .{0,200}\b(?:tel|telephone|fax|e-?mail)\b)"
        r"|^(?P<qui>secretariat (?:de|du) .{2,60})$"
    ),
)
_ASIDE = re.compile(r" ?<[^>]*>| ?\[\d{1,2}\]$| ?\((?:[A-Z]{1,5}/)[^()]*(?:\([^()]*\)[^()]*)*\)")
"""Behind a submitter: an address, or the symbol of a paper."""
_SENDER = _SUBMITTERS[1]
_DRAFT = re.compile(
    r"^(?P<who>.{3,380}?) ?\*{0,3} ?:[*, ]{0,8}(?:(?:revised|amended) )?"
    r"(?P<draft>draft (?:resolution|decision)s?)[\d *]*$"
    r"|^(?P<qui>.{3,380}?) ?\*{0,3} ?:[*, ]{0,8}"
    r"(?P<projet>projets? de (?:resolution|decision)s?(?: (?:revise|modifie)e?s?)?)[\d *]*$"
)
"""Who submits a draft, above its title: "Australia and Belize: draft resolution"."""
_LETTERHEAD = re.compile(r"^(?:to|a|cc|copie|copy|objet|subject|title|titre|date|re|asunto|fecha) ?: ?")
_MAIL_HEAD = re.compile(
    r"(?:from|to|cc|sent|date|subject|de|a|envoye|objet|para|enviado|asunto|fecha|от|кому|копия|тема|дата) ?: ?"
)
_MAIL_LINES, _FEWEST_LABELS = 14, 3
_FORM_CHARACTERS = 40
"""What may follow "Resolution adopted by" or "Annex" in a line that is no title, a date aside."""
_FURNITURE = (
    *_ITEMS[:5],
    re.compile(r"\bdistr(?:ibution\.? ?: ?|\. ?:? ?|: ?)\w+"),
    re.compile(r"\boriginal(?: language)? ?: ?\w+|(?<!\w)o\. ?(?:eng|fr)\.?(?: ?/ ?(?:eng|fr)\.?)?(?!\w)"),
    re.compile(r"^(?:note ?: ?)?for reasons of economy.*|^par souci d'economie.*|^pour des raisons d'economie.*"),
    re.compile(r"(?:copyright|©).*"),
    re.compile(r"\bpage ?:? \d{1,4}(?: ?(?:of|de|sur|/) ?\d{1,4})?\b|\b\d{1,3}/\d{1,3} \d\d-\d{5}\b"),
    re.compile(r"^(?:\(\d\d-\d{4,5}\)|ge\.\d\d-\d{4,6} ?(?:\([a-z]\))?|\d\d-\d{5} \([a-z]\)(?: \d{6})?|\*\d{6,9}\*)"),
    re.compile(r"[►▼] ?[a-z]\d{0,3}(?!\w)|◄"),  # of consolidated acts: which act a part is of
    re.compile(r"https?://\S+|www\.\S+|\S+@\S+"),
)


@dataclass(frozen=True)
class Cover:
    """What the labelled parts of a cover say; `distribution` as printed, languages by their English names.

    `before_session` says that the paper was made for a meeting to come: it names an item of an agenda that is not
    adopted yet.
    """

    agenda_item: str | None = None
    distribution: str | None = None
    original_language: str | None = None
    submitted_by: str | None = None
    purpose: str | None = None
    action_required: str | None = None
    before_session: bool = False


def cover_of(front: Front, reading: Reading, kinds: Kinds) -> Cover:
    """Return the labelled parts that the cover has."""
    texts = [line.text for line in front.header]
    purpose, action = summary_box(reading.blocks)
    return Cover(
        agenda_item=_agenda_item(texts),
        distribution=_distribution(texts, kinds),
        original_language=_original_language(texts),
        submitted_by=_submitted_by(texts),
        purpose=purpose,
        action_required=action,
        before_session=any(_PROVISIONAL.search(fold(text)) for text in texts),
    )


def is_mail(front: Front) -> bool:
    """Tell whether the cover begins with the head of a mail: sender, receivers and subject, with an address."""
    lines = [fold(line.text) for line in front.header[:_MAIL_LINES]]
    labels = {match[0] for line in lines if (match := _MAIL_HEAD.match(line))}
    return len(labels) >= _FEWEST_LABELS and any("@" in line for line in lines if _MAIL_HEAD.match(line))


def without_furniture(text: str) -> str:
    """Return a cover line without agenda item, distribution, job numbers, addresses and copyright notes."""
    for pattern in _FURNITURE:
        while match := pattern.search(fold(text)):
            text = f"{text[: match.start()]} {text[match.end() :]}"
    return " ".join(text.replace("( )", " ").replace("()", " ").split())


def without_submitter(text: str) -> str:
    """Return what a line is a draft of, without who submits it: "draft resolution"; any other line as it is."""
    match = _DRAFT.match(fold(text))
    return text[slice(*match.span("draft" if match["draft"] else "projet"))] if match else text


def is_form_line(text: str, kinds: Kinds) -> bool:
    """Tell whether a line says what form the paper has and nothing of its subject: "Annex II", "Note by ..."."""
    if _DRAFT.match(fold(text)):
        return True
    match = kinds.forms.match(fold(text))
    if match is None:
        return False
    dated = date_in(text)
    return len(text) - match.end() - (dated[2] - dated[1] if dated else 0) <= _FORM_CHARACTERS


def _agenda_item(texts: Sequence[str]) -> str | None:
    for pattern in _ITEMS:
        for text in texts:
            match = pattern.search(fold(text))
            if match and not _HEADS_AN_ITEM.match(fold(text), match.end()):
                return plain_item(text[slice(*match.span("item"))])
    return None


def _distribution(texts: Sequence[str], kinds: Kinds) -> str | None:
    for text in texts:
        folded = fold(text)
        label = _DISTRIBUTION.search(folded)
        mark = kinds.marks.match(folded, label.end()) if label else None
        if mark:
            return text[mark.start() : mark.end()]
    for text in texts:
        # Without a label a mark counts in capitals, alone or at either end of a masthead's line.
        for mark in kinds.marks.finditer(fold(text)):
            alone = mark.end() - mark.start() == len(text)
            printed = text[mark.start() : mark.end()]
            # "GENERAL COUNCIL" is a body: at the end of a line only a mark that restricts counts.
            at_end = printed.isupper() and text.isupper() and mark.start() in (0, len(text) - len(printed))
            if alone or (at_end and kinds.access(printed) == "restricted"):
                return printed
    return None


def _original_language(texts: Sequence[str]) -> str | None:
    for text in texts:
        match = _ORIGINAL.search(fold(text))
        if match:
            words = re.findall(r"[^\W\d_]+", match["names"] or match["only"] or match["short"])
            names = [name for word in words for name, forms in _LANGUAGES.items() if word in forms]
            if names:
                return "/".join(dict.fromkeys(names))
    return None


def _submitted_by(texts: Sequence[str]) -> str | None:
    # "DE: ..." by itself is a country in a list, below "Objet: ..." it is a sender.
    letter = any(_LETTERHEAD.match(fold(text)) for text in texts)
    texts = [text[1:-1] if text.startswith("(") and text.endswith(")") else text for text in texts]
    for pattern in (*_SUBMITTERS, _DRAFT):
        for text in texts if letter or pattern is not _SENDER else ():
            match = pattern.search(fold(text))
            if match:
                group = "who" if match["who"] else "qui"
                start, end = match.span(group)
                return _ASIDE.sub("", text[start:end]).strip(" .;,*")
    return None
