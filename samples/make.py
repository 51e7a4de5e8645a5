"""Make the sample papers from their sources: `python samples/make.py [--out FOLDER]`.

Running it again gives the same bytes: dates are fixed, and the noise of the scan comes from a fixed seed.
"""

import argparse
from pathlib import Path

from rendering.pdf import render_pdf
from rendering.scan import render_scan
from rendering.source import read_layout, read_paper
from rendering.styles import register_fonts
from rendering.word import render_word

SAMPLES = Path(__file__).resolve().parent
FOLDERS = {"papers": "sources", "editions": "sources/editions"}
"""Where the papers of which sources lie."""
_RENDERERS = {"pdf": render_pdf, "scan": render_scan, "docx": render_word}


def make(out: Path) -> list[Path]:
    """Write every paper into a folder below `out` and return the files."""
    register_fonts(SAMPLES / "fonts")
    layout = read_layout(SAMPLES / "sources" / "layout.yaml")
    written = []
    for name, sources in FOLDERS.items():
        (out / name).mkdir(parents=True, exist_ok=True)
        for source in sorted((SAMPLES / sources).glob("*.md")):
            paper = read_paper(source)
            file = out / name / paper.cover.file_name
            file.write_bytes(_RENDERERS[paper.cover.format](paper, layout))
            written.append(file)
    return written


def main() -> None:
    """Make the papers and say where they are."""
    parser = argparse.ArgumentParser(description="Make the sample papers from their sources.")
    parser.add_argument("--out", type=Path, default=SAMPLES, help="folder (default: samples)")
    out: Path = parser.parse_args().out
    print(f"{len(make(out))} papers in {out}")


if __name__ == "__main__":
    main()
