"""Decodes glyphs without a Unicode mapping, which a PDF shows by number alone.

PDFium gives the number for such a letter (ISO 32000-2, 9.10.2). In the core fonts of Windows, which papers made with
Word and Acrobat embed, glyphs keep their numbers, and all of these fonts number the letters of Latin, Greek and
Cyrillic alike: there the number determines the letter. The order is that of such fonts in public PDFs with a mapping.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from itertools import islice
from typing import NamedTuple

from extractors.readers.pdf.pdfium.characters import Characters

_FIRST = 3  # glyph of the space; from it to the tilde they are in the order of ASCII
_ORDER = "".join(map(chr, range(0x20, 0x7F))) + (
    "ÄÅÇÉÑÖÜáàâäãåçéèêëíìîïñóòôöõúùûü†°¢£§•¶ß®©™´¨≠ÆØ∞±≤≥¥µ∂∑∏π∫ªºΩæø¿¡¬√ƒ≈∆«»…ÀÃÕŒœ–—“”‘’÷◊ÿŸ⁄€‹›\ufb01\ufb02‡·‚„‰"
    "ÂÊÁËÈÍÎÏÌÓÔÒÚÛÙıˆ˜ˉ˘˙˚¸˝˛ˇŁłŠšŽž¦ÐðÝýÞþ−×¹²³½¼¾₣ĞğİŞşĆćČčđ¯·ĂăĄąĎďĐĘęĚěĹĺĽľĿŀŃńŇňŐőŔŕŘřŚśŢţŤťŮůŰűŹźŻ"
    "żΓΘΦαδεστφ‗‼ⁿ₧←↑→↓↔↕↨∟∩≡⌂⌐⌠⌡─│┌┐└┘├┤┬┴┼═║╒╓╔╕╖╗╘╙╚╛╜╝╞╟╠╡╢╣╤╥╦╧╨╩╪╫╬▀▄█▌▐░▒▓■▬▲►▼◄○◘◙☺☻☼♀♂♠♣♥♦♪♫Ĳĳŉ′"
    "″℅ℓ□▪▫●◦ĀāĈĉĊċĒēĔĕĖėĜĝĠġĢģĤĥĦħĨĩĪīĬĭĮįĴĵĶķĸĻļŅņŊŋŌōŎŏŖŗŜŝŦŧŨũŪūŬŭŲųŴŵŶŷſǺǻǼǽǾǿ·ẀẁẂẃẄẅỲỳ‛‾₤℮⅛⅜⅝⅞\ufffd\ufffd΄΅Ά"
    "ΈΉΊΌΎΏΐΑΒΔΕΖΗΙΚΛΜΝΞΟΠΡΣΤΥΧΨΩΪΫάέήίΰβγζηθικλμνξορςυχψωϊϋόύώЁЂЃЄЅІЇЈЉЊЋЌЎЏАБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫ"
    "ЬЭЮЯабвгдежзийклмнопрстуфхцчшщъыьэюяёђѓєѕіїјљњћќўџҐґ―№"
)
_SPACES = range(3024, 3033)  # thin, narrow and wide ones
_CORE_FONT = re.compile(r"(?:^|\+)(?:TimesNewRoman|Arial|CourierNew)(?:PS)?(?:MT)?(?:[-,]|$)")
_SAMPLE = 16  # characters
_ODD = re.compile(r"[%&*+$=;<¶](?=[^\W\d_])")  # as the glyphs of some capitals look among letters
_FEW = 8
_SENSE = re.compile(r"[^\W_]| ")
_LEAST_SENSE = 0.7  # share of letters, figures and spaces in what a font shows on a page
_MORE_SENSE = 0.1  # by which it must grow where letters are inferred
_OF_NO_SCRIPT = re.compile(  # outside of Latin, Greek, Cyrillic, Hebrew, Arabic, Thai, Chinese, Japanese and Korean
    r"[^\x20-\u017f\u0370-\u052f\u0590-\u06ff\u0e00-\u0e7f\u1e00-\u22ff\u2500-\u25ff\u3000-\u30ff\u4e00-\u9fff"
    r"\uac00-\ud7a3\uff00-\uffef]"
)


class DecodedUnits(NamedTuple):
    """The inferred text of letters without a mapping.

    `units` is the text of the page, one unit for each character, or None where none was inferred; `lost` are the
    characters that stay numbers and look like letters of a script that no paper is written in.
    """

    units: str | None
    lost: int


def decoded_glyphs(characters: Characters, units: str, count: int) -> DecodedUnits:
    """Return the decoded letters of fonts without a mapping; `units` is the page's text, of `count` characters.

    Pages are sampled, and decoded where signs occur before letters: most fonts map every letter.
    """
    if not _may_lack(characters, units, count):
        return DecodedUnits(None, 0)
    unknown = [place for place, lacks in enumerate(characters.lack_meaning(range(count))) if lacks]
    letters = characters.letters(range(count))
    of_font: dict[str, list[int]] = defaultdict(list)
    for place, name in zip(unknown, characters.font_names(unknown), strict=True):
        of_font[name].append(place)
    told, lost = False, 0
    for name, places in of_font.items():
        shown = [letters[place] for place in places]
        meant = _letters_of(name, shown)
        if meant is None:
            lost += len(_OF_NO_SCRIPT.findall("".join(shown)))
            continue
        told = True
        for place, letter in zip(places, meant, strict=True):
            letters[place] = letter
    return DecodedUnits("".join(letters) if told else None, lost)


def _may_lack(characters: Characters, units: str, count: int) -> bool:
    sample = range(0, count, max(1, count // _SAMPLE))
    if any(characters.lack_meaning(sample)):
        return True
    odd = [match.start() for match in islice(_ODD.finditer(units), _FEW)]
    return bool(odd) and len(units) == count and any(characters.lack_meaning(odd))


def _letters_of(font: str, shown: Sequence[str]) -> str | None:
    """Return the letters that glyphs of a font mean, or None where the font has another order.

    What PDFium shows may be right as it is: the codes of some fonts are letters, though they do not say so.
    """
    if not _CORE_FONT.search(font):
        return None
    meant = "".join(map(_letter, map(ord, shown)))
    sense = _plausibility(meant)
    return meant if sense >= _LEAST_SENSE and sense > _plausibility("".join(shown)) + _MORE_SENSE else None


def _plausibility(text: str) -> float:
    """Return the share of a text that letters of the scripts of papers, figures and spaces make."""
    return (len(_SENSE.findall(text)) - len(_OF_NO_SCRIPT.findall(text))) / len(text)


def _letter(glyph: int) -> str:
    place = glyph - _FIRST
    if 0 <= place < len(_ORDER):
        return _ORDER[place]
    return " " if glyph in _SPACES else "\ufffd"
