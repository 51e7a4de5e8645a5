"""What mkdocs needs to know of this repository: pages outside of `docs/`, links to code, bars in cells of tables."""

import posixpath
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

CHECKOUT = Path(__file__).resolve().parents[1]
OUTSIDE = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "SECURITY.md": "security.md",
    "samples/README.md": "samples.md",
}
"""Pages of the site that lie elsewhere in the repository, by their paths there."""
ICON = "portal/web/static/icon.svg"
_LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s]+)\)")
_CODE = re.compile(r"`[^`\n]+`")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages and the icon that lie outside of `docs/`."""
    for name, page in OUTSIDE.items():
        files.append(File.generated(config, page, content=(CHECKOUT / name).read_text(encoding="utf-8")))
    files.append(File.generated(config, "assets/icon.svg", content=(CHECKOUT / ICON).read_text(encoding="utf-8")))
    return files


def on_page_markdown(markdown: str, page: Page, **_: object) -> str:
    """Return a page whose links lead to pages of the site; a link to other files of the repository becomes its text."""
    own = page.file.src_uri
    source = next((name for name, inside in OUTSIDE.items() if inside == own), f"docs/{own}")

    def link(match: re.Match[str]) -> str:
        mark, text, target = match.groups()
        path, _, anchor = target.partition("#")
        if not path or "://" in target or target.startswith("mailto:"):
            return match[0]
        wanted = posixpath.normpath(posixpath.join(posixpath.dirname(source), path))
        inside = OUTSIDE.get(wanted, wanted.removeprefix("docs/") if wanted.startswith("docs/") else None)
        if inside is None:
            return str(text)
        relative = posixpath.relpath(inside, posixpath.dirname(own) or ".")
        return f"{mark}[{text}]({relative}{'#' + anchor if anchor else ''})"

    # A bar within code parts no cells here, so the sign before it would be shown.
    return _LINK.sub(link, _CODE.sub(lambda code: code[0].replace("\\|", "|"), markdown))
