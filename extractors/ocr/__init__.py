"""Text recognition: from the picture of a page to lines and words with boxes, by Tesseract.

It is an extra: nothing here imports tesserocr before a page is recognised. What a line means on its page is
said by the reader that asked.
"""

from extractors.ocr.installed import why_not
from extractors.ocr.recogniser import Picture, Recogniser, Recognition, TextLine, Word, recognise

__all__ = ["Picture", "Recogniser", "Recognition", "TextLine", "Word", "recognise", "why_not"]
