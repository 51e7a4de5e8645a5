"""Builders of small files for the readers' tests."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from configs.settings import OcrSettings, ReadingLimits
from extractors.document import Reading
from extractors.readers import read
from tests.conftest import missing

Writer = Callable[..., Path]


@pytest.fixture
def limits() -> ReadingLimits:
    """The usual limits; text recognition, which a machine may have or not, is tested by itself."""
    return ReadingLimits(ocr=OcrSettings(enabled="off"))


@pytest.fixture
def read_bytes(tmp_path: Path, limits: ReadingLimits) -> Callable[..., Reading]:
    """Write bytes under a name and read the file."""

    def go(data: bytes, name: str, **options) -> Reading:
        path = tmp_path / name
        path.write_bytes(data)
        return read(path, limits=options.pop("limits", limits), **options)

    return go


@pytest.fixture
def read_docx(tmp_path: Path, limits: ReadingLimits) -> Callable[[Any], Reading]:
    """Save a document of python-docx and read it."""

    def go(document) -> Reading:
        path = tmp_path / "paper.docx"
        document.save(str(path))
        return read(path, limits=limits)

    return go


@pytest.fixture
def pdf_file(tmp_path: Path) -> Writer:
    """Write a PDF: a list of pages, each a list of `(x, y from the top, size, text)`, `bold:` before a font."""
    from reportlab.pdfgen.canvas import Canvas

    def go(pages, name: str = "paper.pdf", size=(595, 842), draw=None, **canvas_options) -> Path:
        path = tmp_path / name
        canvas = Canvas(str(path), pagesize=size, **canvas_options)
        for page in pages:
            for x, top, points, text in page:
                bold = text.startswith("bold:")
                canvas.setFont("Helvetica-Bold" if bold else "Helvetica", points)
                canvas.drawString(x, size[1] - top, text.removeprefix("bold:"))
            if draw:
                draw(canvas)
            canvas.showPage()
        canvas.save()
        return path

    return go


@pytest.fixture(scope="session")
def saved_by_office(tmp_path_factory) -> Callable[[Path, str], None]:
    """Save the files of a folder in an old format of Office, by LibreOffice, beside themselves."""

    def go(folder: Path, suffix: str) -> None:
        office = shutil.which("soffice")
        if office is None:
            missing("LibreOffice is not installed")
        profile = tmp_path_factory.mktemp("office").as_uri()
        files = sorted(path for path in folder.iterdir() if path.suffix.startswith(f".{suffix}"))
        command = [office, "--headless", f"-env:UserInstallation={profile}", "--convert-to", suffix]
        done = subprocess.run([*command, "--outdir", folder, *files], check=True, capture_output=True, timeout=600)
        if not all(path.with_suffix(f".{suffix}").is_file() for path in files):
            # it ends with 0, too, where the component is not there that reads or writes such files
            missing(f"LibreOffice saves no {suffix} (libreoffice-writer, -calc or -impress): {done.stderr.decode()}")

    return go
