"""A paper as a scanner leaves it: grey page images, a little askew and noisy, without a text layer."""

import io

import numpy as np
import pypdfium2
from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from rendering.pdf import AUTHOR, render_pdf
from rendering.source import Layout, Paper

DOTS_PER_INCH = 150
_POINTS_PER_INCH = 72
_SEED = 2012
_LARGEST_SKEW = 0.7  # degrees; sheets in a feeder seldom lie worse
_NOISE = 7.0  # standard deviation of the grey values, of 255
_PAPER_GREY = 246
_JPEG_QUALITY = 45


def render_scan(paper: Paper, layout: Layout) -> bytes:
    """Return a PDF of page images; the same paper always gives the same images."""
    words = layout.languages[paper.cover.language]
    random = np.random.default_rng(_SEED)
    buffer = io.BytesIO()
    canvas = Canvas(buffer, invariant=1, lang=paper.cover.language)
    canvas.setTitle(f"{paper.cover.symbol}: {paper.cover.title}")
    canvas.setAuthor(AUTHOR)
    canvas.setCreator(AUTHOR)
    canvas.setSubject(words.subject)
    for page in pypdfium2.PdfDocument(render_pdf(paper, layout)):
        width, height = page.get_size()
        image = page.render(scale=DOTS_PER_INCH / _POINTS_PER_INCH, grayscale=True).to_pil()
        canvas.setPageSize((width, height))
        canvas.drawImage(ImageReader(_scanned(image, random)), 0, 0, width, height)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def _scanned(image: Image.Image, random: np.random.Generator) -> io.BytesIO:
    skew = float(random.uniform(-_LARGEST_SKEW, _LARGEST_SKEW))
    turned = image.rotate(skew, Image.Resampling.BICUBIC, fillcolor=255)
    grey = np.asarray(turned, dtype=np.float32) * (_PAPER_GREY / 255)
    noisy = np.clip(grey + random.normal(0, _NOISE, grey.shape), 0, 255).astype(np.uint8)
    jpeg = io.BytesIO()
    Image.fromarray(noisy).save(jpeg, "JPEG", quality=_JPEG_QUALITY)
    jpeg.seek(0)
    return jpeg
