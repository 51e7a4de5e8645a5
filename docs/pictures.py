"""Make the pictures of the portal in `docs/assets`, over the sample papers alone.

usage: python docs/pictures.py [--home HOME]

HOME is one that holds the samples (`customs-lens demo`); without it they are ingested into a folder that is deleted
after that. It needs Playwright, Pillow, and Chromium on the path.
"""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from configs.settings import load_settings
from pipelines.ingest.runs import ingest

ROOT = Path(__file__).parents[1]
PAGES = {
    "start": "/",
    "results": "/?q=single+window",
    "reader": "/documents/PC9001E1a?q=single+window",
    "matrix": "/matrix",
    "theme": "/themes/single-window",
    "review": "/review",
}
SIZE = {"width": 1280, "height": 860}


def main() -> None:
    """Write a picture for each page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path)
    home = parser.parse_args().home
    with tempfile.TemporaryDirectory() as folder:
        if home is None:
            home = Path(folder) / "home"
            ingest(load_settings(home), [str(ROOT / "samples" / "papers")])
        with serving(home) as address, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            page = browser.new_page(viewport=SIZE, base_url=address, locale="en-GB")  # type: ignore[arg-type]
            for name, path in PAGES.items():
                page.goto(path)
                picture = Image.open(BytesIO(page.screenshot()))
                picture.save(ROOT / "docs" / "assets" / f"{name}.webp", quality=80)
            browser.close()


@contextmanager
def serving(home: Path) -> Iterator[str]:
    """Serve a home on any free port of this machine; give the address."""
    command = [sys.executable, "-m", "portal.cli", "serve", "--port", "0", "--home", str(home)]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as server:  # noqa: S603 - our own
        try:
            found = re.search(r"http://\S+", server.stderr.readline() if server.stderr else "")
            yield found[0] if found else ""
        finally:
            server.terminate()


if __name__ == "__main__":
    main()
