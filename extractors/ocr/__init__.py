"""Text recognition: from the picture of a page to lines and words with boxes, by Tesseract.

It is an extra: tesserocr is imported only when a page is recognised. The calling reader interprets the lines.
"""

from extractors.ocr.installed import why_not
from extractors.ocr.recogniser import Picture, Recogniser, Recognition, TextLine, Word, recognise

__all__ = ["Picture", "Recogniser", "Recognition", "TextLine", "Word", "recognise", "why_not"]
