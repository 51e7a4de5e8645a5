"""Recognises images of pages by Tesseract: orientation, language, then words.

Loading all languages at once takes up to half as much time again and reads no better. So a small sample is read first.
Where it is legible in the first language, the page lies upright, and the sample tells its language. Tesseract is asked
for orientation and script only where it is not: it turns upright pages round when it is sure of nothing.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from statistics import fmean
from typing import Any

import numpy as np
from numpy.typing import NDArray

from configs.settings import OcrSettings
from extractors.document import Box
from extractors.ocr.installed import ORIENTATION, data_folder, has_orientation, languages, why_not
from extractors.text.language import language_of

_SAMPLE_INCHES = 1.0  # about five lines
_HALVE_FROM = 250  # dots per inch; a coarser picture is not halved for sample and orientation
_LEGIBLE = 50.0  # mean confidence of the words of a page; scans have 80 and more, pages in other scripts 35 to 40
_SURE_SAMPLE = 60.0  # mean confidence of a legible sample; upright scans have 67 and more, upside down at most 41
_SURE_WORDS = 5  # that it needs
_SURE_TURN = 1.0  # Tesseract's orientation confidence; below it pages have been turned the wrong way
_SCRIPTS = {
    "Latin": {"eng": "en", "fra": "fr", "spa": "es", "por": "pt", "deu": "de", "ita": "it", "nld": "nl", "pol": "pl"},
    "Cyrillic": {"rus": "ru", "ukr": "uk", "bul": "bg", "srp": "sr"},
    "Arabic": {"ara": "ar"},
}
"""Tesseract's names of scripts and languages, with the languages' ISO 639-1 codes."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A page as a picture: `grey` is `(height, width) uint8`, 0 is black; `dpi` are dots per inch."""

    grey: NDArray[np.uint8]
    dpi: float

    @property
    def width(self) -> int:
        """Width in dots."""
        return int(self.grey.shape[1])

    @property
    def height(self) -> int:
        """Height in dots."""
        return int(self.grey.shape[0])

    def turned(self, degrees: int) -> "Picture":
        """Return the picture turned clockwise by a multiple of 90 degrees."""
        if degrees % 360 == 0:
            return self
        return Picture(np.ascontiguousarray(np.rot90(self.grey, -degrees // 90)), self.dpi)

    def halved(self) -> "Picture":
        """Return the picture at half its resolution: each dot is the mean of four, which takes noise away."""
        even = self.grey[: self.height // 2 * 2, : self.width // 2 * 2].astype(np.uint16)
        mean = (even[::2, ::2] + even[1::2, ::2] + even[::2, 1::2] + even[1::2, 1::2]) // 4
        return Picture(mean.astype(np.uint8), self.dpi / 2)

    def densest_band(self, height: int) -> "Picture":
        """Return the band of that many dots over the whole width which holds the most ink."""
        if self.height <= height:
            return self
        ink = np.concatenate(([0], np.cumsum(255 - self.grey.mean(axis=1))))
        top = int(np.argmax(ink[height:] - ink[:-height]))
        return Picture(np.ascontiguousarray(self.grey[top : top + height]), self.dpi)


@dataclass(frozen=True, slots=True)
class Word:
    """A word; `box` in points from the top left of the picture as it was given, `confidence` 0 to 100."""

    text: str
    box: Box
    confidence: float


@dataclass(frozen=True, slots=True)
class TextLine:
    """A line of words in reading order.

    `start`, `end` (along the line), `baseline` (across, growing from line to line) and `size` of the type are in
    points of the page as it is read, that is, turned upright.
    """

    words: tuple[Word, ...]
    start: float
    end: float
    baseline: float
    size: float
    spans: tuple[tuple[float, float], ...]
    """Where each word begins and ends along the line."""

    @property
    def text(self) -> str:
        """The words parted by spaces."""
        return " ".join(word.text for word in self.words)


@dataclass(frozen=True, slots=True)
class Recognition:
    """What stands on a picture; `turn` is the direction of its text in degrees clockwise.

    `languages` are Tesseract's names of those that were used, `script` is its name of the script, if it is sure of one;
    `dropped` counts words below the least confidence: all of them where hardly one is legible.
    """

    lines: tuple[TextLine, ...]
    turn: int
    languages: tuple[str, ...]
    dropped: int = 0
    script: str | None = None

    @property
    def confidence(self) -> float:
        """Mean confidence of the words, 0 to 100; 0 without words."""
        found = [word.confidence for line in self.lines for word in line.words]
        return fmean(found) if found else 0.0


class Recogniser:
    """Recognises the pages of one document; what Tesseract has loaded serves the next page too."""

    def __init__(self, settings: OcrSettings) -> None:
        reason = why_not(settings)
        if reason:
            raise RuntimeError(reason)
        os.environ.setdefault("OMP_THREAD_LIMIT", "1")  # several threads cost more time than they save
        import tesserocr

        self._tesserocr = tesserocr
        self._settings = settings
        self._installed = languages(settings)
        self._folder = f"{data_folder(settings)}{os.sep}"
        self._engines: dict[tuple[str, int], Any] = {}

    def recognise(self, picture: Picture) -> Recognition:
        """Return the lines on a picture with the boxes and confidences of their words."""
        small = picture.halved() if picture.dpi >= _HALVE_FROM else picture
        sample = self._legible_sample(small)
        turn, script = (0, _script_of(self._installed[0])) if sample else self._orientation(small)
        chosen = self._languages(small.turned(-turn), script, sample)
        upright = picture.turned(-turn)
        engine = self._engine("+".join(chosen), self._tesserocr.PSM.AUTO, upright)
        engine.Recognize()
        back = partial(_turned_back, turn=turn, width=picture.width, height=picture.height, scale=72 / picture.dpi)
        lines: list[TextLine] = []
        dropped = 0
        rows = list(self._rows(engine))
        engine.Clear()
        found = [word.confidence for row in rows for word in row.words]
        if found and fmean(found) < _LEGIBLE:
            return Recognition((), turn, chosen, len(found), script)
        for row in rows:
            words = [word for word in row.words if word.confidence >= self._settings.least_confidence]
            dropped += len(row.words) - len(words)
            if words:
                lines.append(row.line(words, 72 / picture.dpi, back))
        return Recognition(tuple(lines), turn, chosen, dropped, script)

    def _legible_sample(self, picture: Picture) -> str:
        """Return a sample in the first language, "" where it is not legible as the picture lies.

        Tesseract reads lines that run down the page too; those of an upright page do not.
        """
        engine = self._sampled(picture, self._installed[0])
        confidences = engine.AllWordConfidences()
        if len(confidences) < _SURE_WORDS or fmean(confidences) < _SURE_SAMPLE:
            return ""
        results = engine.GetIterator()
        if results is None or results.Orientation()[1] == self._tesserocr.WritingDirection.TOP_TO_BOTTOM:
            return ""
        return str(engine.GetUTF8Text())

    def _sampled(self, picture: Picture, language: str) -> Any:  # noqa: ANN401 - the bindings' class
        """Return Tesseract with the densest part of a picture read in a language."""
        band = picture.densest_band(round(_SAMPLE_INCHES * picture.dpi))
        engine = self._engine(language, self._tesserocr.PSM.AUTO, band)
        engine.Recognize()
        return engine

    def _orientation(self, picture: Picture) -> tuple[int, str | None]:
        """Return the direction of the text in degrees clockwise and its script, 0 and None where neither is sure."""
        if not has_orientation(self._settings):
            return 0, None
        found = self._engine(ORIENTATION, self._tesserocr.PSM.OSD_ONLY, picture).DetectOrientationScript()
        if not found:
            return 0, None
        turn = int(found["orient_deg"]) % 360 if found["orient_conf"] >= _SURE_TURN else 0
        return turn, str(found["script_name"])

    def _languages(self, picture: Picture, script: str | None, legible: str) -> tuple[str, ...]:
        """Return the language of an upright picture; with it, where it is not in Latin letters, one that is.

        Latin words stand in papers of every script. The script found is only tried first: the sample has to make
        sense in one of its languages. All languages are returned where it makes sense in none. `legible` is a sample
        in the first language where there is one.
        """
        for name in sorted(_SCRIPTS, key=lambda name: name != script):
            codes = _SCRIPTS[name]
            fitting = [language for language in self._installed if language in codes]
            if not fitting:
                continue
            is_read = legible and fitting[0] == self._installed[0]
            sample = legible if is_read else self._sampled(picture, fitting[0]).GetUTF8Text()
            code = language_of(" ".join(sample.split()))
            best = [language for language in fitting if codes[language] == code]
            if best:
                latin = [language for language in self._installed if language in _SCRIPTS["Latin"]]
                return (best[0],) if name == "Latin" else (best[0], *latin[:1])
        return self._installed

    def _engine(self, names: str, mode: int, picture: Picture) -> Any:  # noqa: ANN401 - the bindings' class
        """Return Tesseract with these languages loaded and the picture set."""
        engine = self._engines.get((names, mode))
        if engine is None:
            engine = self._tesserocr.PyTessBaseAPI(path=self._folder, lang=names, psm=mode)
            self._engines[names, mode] = engine
        engine.SetImageBytes(picture.grey.tobytes(), picture.width, picture.height, 1, picture.width)
        engine.SetSourceResolution(round(picture.dpi))
        return engine

    def _rows(self, engine: Any) -> Iterator["_Row"]:  # noqa: ANN401 - the bindings' class
        level = self._tesserocr.RIL
        row: _Row | None = None
        results = engine.GetIterator()
        if results is None:
            return
        for found in self._tesserocr.iterate_level(results, level.WORD):
            box = found.BoundingBox(level.WORD)
            if box is None:
                continue
            if row is None or found.IsAtBeginningOf(level.TEXTLINE):
                if row is not None:
                    yield row
                baseline = found.Baseline(level.TEXTLINE)
                height = found.RowAttributes()["row_height"]
                row = _Row([], (baseline[0][1] + baseline[1][1]) / 2 if baseline else box[3], height or box[3] - box[1])
            text = found.GetUTF8Text(level.WORD).strip()
            if text:
                x0, top, x1, bottom = map(float, box)
                row.words.append(Word(text, (x0, top, x1, bottom), found.Confidence(level.WORD)))
        if row is not None:
            yield row


def recognise(picture: Picture, settings: OcrSettings) -> Recognition:
    """Return what stands on one picture; raises `RuntimeError` where recognition is off or not installed."""
    return Recogniser(settings).recognise(picture)


@dataclass(frozen=True, slots=True)
class _Row:
    """A line in dots of the upright picture."""

    words: list[Word]
    baseline: float
    height: float

    def line(self, words: list[Word], scale: float, back: "partial[Box]") -> TextLine:
        spans = tuple((word.box[0] * scale, word.box[2] * scale) for word in words)
        placed = tuple(Word(word.text, back(word.box), word.confidence) for word in words)
        start, end = min(span[0] for span in spans), max(span[1] for span in spans)
        return TextLine(placed, start, end, self.baseline * scale, self.height * scale, spans)


def _script_of(language: str) -> str | None:
    return next((name for name, languages in _SCRIPTS.items() if language in languages), None)


def _turned_back(box: Box, *, turn: int, width: int, height: int, scale: float) -> Box:
    """Return a box of the upright picture on the picture as it was given, in points; that has these dots."""
    x0, top, x1, bottom = box
    if turn == 90:  # noqa: PLR2004 - quarter turns
        x0, top, x1, bottom = width - bottom, x0, width - top, x1
    elif turn == 180:  # noqa: PLR2004
        x0, top, x1, bottom = width - x1, height - bottom, width - x0, height - top
    elif turn == 270:  # noqa: PLR2004
        x0, top, x1, bottom = top, height - x1, bottom, height - x0
    return x0 * scale, top * scale, x1 * scale, bottom * scale
