"""Scripts that run from right to left, where PDFium gives their letters from left to right."""

import re
import unicodedata

_LEFTWARDS = ("R", "AL")
FIRST_LEFTWARDS = "\u0590"
"""No character before it runs from right to left."""

_KEPT = re.compile(r"[^\W_](?:[^\W_]|[.,:/%-](?=[^\W_]))*")  # words and numbers of the other direction keep their order
_MIRRORED = str.maketrans("()[]{}<>«»", ")(][}{><»«")


def runs_leftwards(character: str) -> bool:
    """Return whether a character is of a script that runs from right to left."""
    return character >= FIRST_LEFTWARDS and unicodedata.bidirectional(character) in _LEFTWARDS


def turned_round(text: str) -> str:
    """Return a text that stands as it looks, from left to right, in the order of reading.

    PDFium takes the letters of a page for drawn from left to right; where a file draws them as they are read, it
    turns them wrongly.
    """
    turned = text[::-1].translate(_MIRRORED)
    return _KEPT.sub(lambda match: match[0] if runs_leftwards(match[0][0]) else match[0][::-1], turned)
