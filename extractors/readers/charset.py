"""Detects the charset of text that does not declare one."""

import re
from collections.abc import Sequence

from extractors.media import byte_order_mark, wide_charset

FONT_CHARSETS = {
    77: "mac_roman",
    128: "cp932",
    129: "cp949",
    130: "johab",
    134: "gbk",
    136: "big5",
    161: "cp1253",
    162: "cp1254",
    163: "cp1258",
    177: "cp1255",
    178: "cp1256",
    186: "cp1257",
    204: "cp1251",
    222: "cp874",
    238: "cp1250",
    254: "cp437",
    255: "cp850",
}
"""Code pages by the number of a font's character set, Western ones aside (MS-WMF 2.1.1.5, `fcharset` of RTF)."""

_SAMPLE = 1 << 17  # bytes looked at by the guesser
_WESTERN_SHARE = 0.2  # of the letters; French has about .04 beyond ASCII, Cyrillic text read as Western all
# A capital inside a word, a lone accented capital, signs of mathematics: the charset is the wrong one.
_ODD = re.compile(r"(?<=[a-zß-ÿ])[À-ÖØ-Þ]|(?<=\s)[Ð-Õ](?=\s)|[\x80-\x9fƒ∂∑∏π∫Ω√≈∆◊ıˆ˜˘˙˚¸˝˛ˇ]")
# Letters beyond ASCII by language, for the charsets of Latin script.
_CENTRAL = (
    "ąćęłńóśźż",  # pl
    "áčďéěíňóřšťúůýž",  # cs
    "áäčďéíĺľňóôŕšťúýž",  # sk
    "áéíóöőúüű",  # hu
    "ăâîşţ",  # ro
    "čćđšž",  # hr, sl
)
_WESTERN = (
    "àâæçèéêëîïôœùûüÿ",  # fr
    "äöüß",  # de
    "áéíñóúü",  # es
    "ãáàâçéêíóôõú",  # pt
    "àèéìòù",  # it
    "åäöæøé",  # da, no, sv, fi
    "áðéíóúýþæö",  # is
    "éëïöüè",  # nl
    "äõöüšž",  # et
)
_ALPHABETS = {
    "cp1250": _CENTRAL,
    "iso8859_2": _CENTRAL,
    "cp1254": ("âçğıîöşüû" + "İ".lower(),),  # tr
    "cp1257": ("ąčęėįšųūž", "āčēģīķļņšūž"),  # lt, lv
    "cp850": _WESTERN,
}
_SURE, _UNSURE = 0.97, 0.8  # shares of the letters beyond ASCII that are of one language
_FEW_LETTERS = 8  # beyond ASCII; fewer are no evidence of a charset
_PLAIN_SIGNS = "’‘“”«»–—…\xa0°®©™·•§€£"
_IN_WORD = re.compile(rf"(?<=[a-zA-Z])[^\x00-\x7f{_PLAIN_SIGNS}]|[^\x00-\x7f{_PLAIN_SIGNS}](?=[a-zA-Z])")
_DECLARED = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)


def decode(data: bytes, *, declared: bool = False) -> str:
    """Return bytes as text.

    What is tried, in order: the byte order mark, UTF-16 without one, UTF-8, Windows-1252 or Mac Roman where that
    reads like Western text, the guess of charset-normalizer. What reads like Western text may be of another language in
    Latin script: the charset that makes all of its letters those of one language is taken then. With `declared`, the
    charset that markup names in its first bytes is tried before UTF-8. Bytes that fit nothing become U+FFFD.
    """
    mark = byte_order_mark(data)
    if mark:
        return data[mark[1] :].decode(mark[0], "replace")
    wide = wide_charset(data)
    if wide:
        return data.decode(wide, "replace")
    named = _DECLARED.search(data[:2048]) if declared else None
    for charset in ([named[1].decode("ascii")] if named else []) + ["utf-8"]:
        try:
            return data.decode(charset)
        except (UnicodeDecodeError, LookupError):
            continue
    western = _western(data)
    other = _other_latin(data, western)
    if other:
        return data.decode(other, "replace")
    return western if _is_western(western) else _guessed(data)


def _western(data: bytes) -> str:
    """Return the text in the better of Windows-1252 and Mac Roman."""
    candidates = []
    for charset in ("cp1252", "mac_roman"):
        try:
            candidates.append(data.decode(charset))
        except UnicodeDecodeError:
            continue
    return min(candidates, key=lambda text: len(_ODD.findall(text)))


def _is_western(text: str) -> bool:
    """Return whether a text has so few letters beyond ASCII as Western languages have."""
    letters = [letter for letter in text if letter.isalpha()]
    foreign = sum(letter > "\x7f" for letter in letters)
    return foreign <= _WESTERN_SHARE * len(letters)


def _other_latin(data: bytes, western: str) -> str | None:
    """Return the charset in which the letters are of one language, None where they are of a Western one as they are."""
    sample = data[:_SAMPLE]
    letters = _IN_WORD.findall(western[:_SAMPLE])
    if len(letters) < _FEW_LETTERS or _share(letters, _WESTERN) >= _UNSURE:
        return None
    shares = {
        charset: _share(_IN_WORD.findall(sample.decode(charset, "replace")), alphabets)
        for charset, alphabets in _ALPHABETS.items()
    }
    best = max(shares, key=lambda charset: shares[charset])
    return best if shares[best] >= _SURE else None


def _share(letters: Sequence[str], alphabets: Sequence[str]) -> float:
    """Return the greatest share of letters that an alphabet holds."""
    return max(sum(letter.lower() in alphabet for letter in letters) for alphabet in alphabets) / max(1, len(letters))


def _guessed(data: bytes) -> str:
    from charset_normalizer import from_bytes

    best = from_bytes(data[:_SAMPLE]).best()
    return data.decode(best.encoding if best else "utf-8", "replace")
