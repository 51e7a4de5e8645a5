"""The charset of text that does not name it."""

import re

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
_DECLARED = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)


def decode(data: bytes, *, declared: bool = False) -> str:
    """Return bytes as text.

    What is tried, in order: the byte order mark, UTF-16 without one, UTF-8, Windows-1252 or Mac Roman where that
    reads like Western text, the guess of charset-normalizer. With `declared`, the charset that markup names in its
    first bytes is tried before UTF-8. Bytes that fit nothing become U+FFFD.
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
    return western if western is not None else _guessed(data)


def _western(data: bytes) -> str | None:
    """Return the better of Windows-1252 and Mac Roman, or None where the text is no Western one."""
    candidates = []
    for charset in ("cp1252", "mac_roman"):
        try:
            candidates.append(data.decode(charset))
        except UnicodeDecodeError:
            continue
    text = min(candidates, key=lambda text: len(_ODD.findall(text)))
    letters = [letter for letter in text if letter.isalpha()]
    foreign = sum(letter > "\x7f" for letter in letters)
    return text if foreign <= _WESTERN_SHARE * len(letters) else None


def _guessed(data: bytes) -> str:
    from charset_normalizer import from_bytes

    best = from_bytes(data[:_SAMPLE]).best()
    return data.decode(best.encoding if best else "utf-8", "replace")
