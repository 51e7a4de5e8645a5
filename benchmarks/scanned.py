"""Generates scanned pages with known text in four languages."""

import io
from pathlib import Path

import numpy as np
import pypdfium2
from numpy.typing import NDArray
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

TEXTS = {
    "eng": "The Committee took note of the report on the exchange of data between customs administrations and postal"
    " operators. Several delegates said that advance electronic information had made risk management faster, and that"
    " the descriptions of goods remained the main difficulty. One single window, in operation since 2019, covered 34"
    " agencies, 92 % of permits and every port of entry.",
    "fra": "Le Comité a pris note du rapport sur l'échange de données entre les administrations douanières et les"
    " opérateurs postaux. Plusieurs délégués ont déclaré que les renseignements préalables avaient accéléré la gestion"
    " des risques, même si la désignation des marchandises demeurait la principale difficulté. Un guichet unique, créé"
    " dès 2019, réunissait déjà 34 organismes, 92 % des permis et chaque bureau.",
    "spa": "El Comité tomó nota del informe sobre el intercambio de datos entre las administraciones aduaneras y los"
    " operadores postales. Varios delegados señalaron que la información electrónica anticipada había agilizado la"
    " gestión de riesgos, aunque la descripción de las mercancías seguía siendo la principal dificultad. Una ventanilla"
    " única, que funciona desde el año 2019, abarcaba 34 organismos y el 92 % de los permisos.",
    "rus": "Комитет принял к сведению доклад об обмене данными между таможенными администрациями и почтовыми"
    " операторами. Ряд делегатов отметили, что предварительная электронная информация ускорила управление рисками, хотя"
    " описание товаров остаётся главной трудностью. Одно из «единых окон» действует с 2019 года и охватывает 34"
    " ведомства, 92 % разрешений и все пункты пропуска.",
}
"""A paragraph by Tesseract's name of its language."""

WIDTH, HEIGHT = 595.0, 842.0
"""Points of the page."""

_FONT, _SIZE, _LEADING, _MARGIN = "LensSerif", 11, 15, 72
_FONTS = Path(__file__).parents[1] / "samples" / "fonts"


def scanned_page(
    language: str, *, paragraphs: int = 7, dpi: int = 300, noise: float = 20.0, turn: int = 0
) -> tuple[NDArray[np.uint8], str]:
    """Return the grey picture of a page of numbered paragraphs, and its text.

    `noise` is the standard deviation of the grey values, of 255; `turn` turns the sheet clockwise, in degrees.
    """
    pdfmetrics.registerFont(TTFont(_FONT, str(_FONTS / "LensSerif-Regular.ttf")))
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=(WIDTH, HEIGHT), invariant=1)
    canvas.setFont(_FONT, _SIZE)
    texts = [f"{number}. {TEXTS[language]}" for number in range(1, paragraphs + 1)]
    y = HEIGHT - _MARGIN
    for text in texts:
        for line in _lines(text):
            canvas.drawString(_MARGIN, y, line)
            y -= _LEADING
        y -= _LEADING / 2
    canvas.save()
    clean = pypdfium2.PdfDocument(buffer.getvalue())[0].render(scale=dpi / 72, grayscale=True).to_numpy()
    grey = clean.reshape(clean.shape[:2]).astype(np.float32) * 0.96
    grey += np.random.default_rng(1).normal(0, noise, grey.shape)
    picture = np.clip(grey, 0, 255).astype(np.uint8)
    return np.ascontiguousarray(np.rot90(picture, -turn // 90)), " ".join(texts)


def _lines(text: str) -> list[str]:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if pdfmetrics.stringWidth(longer, _FONT, _SIZE) > WIDTH - 2 * _MARGIN:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def character_error(text: str, truth: str) -> float:
    """Return the Levenshtein distance of two texts as a share of the second, white space folded."""
    text, truth = " ".join(text.split()), " ".join(truth.split())
    row = np.arange(len(truth) + 1)
    letters = np.array([ord(letter) for letter in truth])
    offsets = np.arange(len(truth) + 1)
    for letter in text:
        change = np.minimum(row[1:] + 1, row[:-1] + (letters != ord(letter)))
        row = np.minimum.accumulate(np.concatenate(([row[0] + 1], change)) - offsets) + offsets
    return float(row[-1]) / len(truth)
