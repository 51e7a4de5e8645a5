"""Papers of which each lies in something that closes it: in mails, archives and PDFs, and in these inside each other.

Every paper has a word of its own, which stands nowhere else, and one that all have. So a search for the word of a paper
finds that paper, or it does not.
"""

import zipfile
from email.message import EmailMessage
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

from fpdf import FPDF

COMMON = "guarantees"
"""Stands in every paper."""


class Paper(NamedTuple):
    """A paper: what its URI ends with (behind the folder) and begins with, its own word, and its access class."""

    place: str
    word: str
    access: str | None


PAPERS = (
    Paper("open.txt", "zopenpaper", None),
    Paper("public.txt", "zpublicpaper", "public"),
    Paper("letter.eml", "zlettermail", "restricted"),
    Paper("mail://annex.txt::letter.eml", "zletterannex", "restricted"),
    Paper("mail://marked.txt::letter.eml", "zlettermarked", "restricted"),
    Paper("zip://first.txt::box.zip", "zboxfirst", "restricted"),
    Paper("zip://second.txt::box.zip", "zboxsecond", "members+restricted"),
    Paper("zip://deep.txt::zip://inner.zip::box.zip", "zboxdeep", "members+restricted"),
    Paper("post.eml", "zpostmail", "members"),
    Paper("zip://inside.txt::mail://parcel.zip::post.eml", "zpostinside", "members"),
    Paper("mail://forwarded.eml::post.eml", "zforwardedmail", "members"),
    Paper("mail://a-leaf.txt::mail://forwarded.eml::post.eml", "zforwardedleaf", "members"),
    Paper("cover.pdf", "zcoverpdf", "restricted"),
    Paper("pdf://attached.txt::cover.pdf", "zcoverattached", "restricted"),
    Paper("plain.eml", "zplainmail", None),
    Paper("mail://open.txt::plain.eml", "zplainopen", None),
    Paper("mail://closed.txt::plain.eml", "zplainclosed", "restricted"),
)
"""What `write_papers` writes: who holds no class may read those of None and `public` alone."""


def uri(folder: Path, place: str) -> str:
    """Return the URI of a paper of a folder by its place."""
    *steps, file = place.split("::")
    return "::".join([*steps, f"file://{folder / file}"])


def text(word: str, mark: str = "") -> str:
    """Return the text of a paper with a word, and a line on who may read it."""
    line = f"Distribution: {mark}\n\n" if mark else ""
    return f"{line}Note on {word}\n\n1. The {COMMON} of {word} are lodged through the Single Window since 2018.\n"


def mail(word: str, *attachments: tuple[str, str | bytes]) -> bytes:
    """Return a mail with a word in its text, and files attached to it by their names."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@example.org", "b@example.org", f"About {word}"
    message.set_content(text(word))
    for name, content in attachments:
        data = content if isinstance(content, bytes) else content.encode()
        subtype = "octet-stream" if isinstance(content, bytes) else "plain"
        maintype = "application" if isinstance(content, bytes) else "text"
        message.add_attachment(data, maintype=maintype, subtype=subtype, filename=name)
    return message.as_bytes()


def archive(**files: str | bytes) -> bytes:
    """Return a ZIP of files by their names, in which `_` before an ending stands for a dot."""
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as box:
        for name, content in files.items():
            box.writestr(name.replace("_", "."), content)
    return packed.getvalue()


def pdf(word: str, mark: str, *attachments: tuple[str, str]) -> bytes:
    """Return a PDF with a word and a distribution mark on its cover, and texts attached to it by their names."""
    document = FPDF()
    document.add_page()
    document.set_font("Helvetica", size=11)
    for line in filter(None, text(word, mark).splitlines()):
        document.multi_cell(0, 8, line, new_x="LMARGIN", new_y="NEXT")
    for name, content in attachments:
        document.embed_file(basename=name, bytes=content.encode())
    return bytes(document.output())


def sidecar(path: Path, access: str | None) -> None:
    """Let a sidecar beside a file give it an access class."""
    path.with_name(f"{path.name}.meta.yaml").write_text(f"access: {access or 'null'}\n", encoding="utf-8")


def write_papers(folder: Path) -> None:
    """Write all papers into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "open.txt").write_text(text("zopenpaper"), encoding="utf-8")
    (folder / "public.txt").write_text(text("zpublicpaper", "General"), encoding="utf-8")
    annexes = (("annex.txt", text("zletterannex")), ("marked.txt", text("zlettermarked", "General")))
    (folder / "letter.eml").write_bytes(mail("zlettermail", *annexes))
    sidecar(folder / "letter.eml", "restricted")
    inner = archive(deep_txt=text("zboxdeep"))
    files = {"first_txt": text("zboxfirst"), "second_txt": text("zboxsecond"), "inner_zip": inner}
    notes = {"first_txt_meta_yaml": "access: public", "second_txt_meta_yaml": "access: members"}
    (folder / "box.zip").write_bytes(archive(**files, **notes, inner_zip_meta_yaml="access: members"))
    sidecar(folder / "box.zip", "restricted")
    parcel = archive(inside_txt=text("zpostinside"))
    forwarded = mail("zforwardedmail", ("a-leaf.txt", text("zforwardedleaf")))
    (folder / "post.eml").write_bytes(mail("zpostmail", ("parcel.zip", parcel), ("forwarded.eml", forwarded)))
    sidecar(folder / "post.eml", "members")
    (folder / "cover.pdf").write_bytes(pdf("zcoverpdf", "Restricted", ("attached.txt", text("zcoverattached"))))
    closed = text("zplainclosed", "Restricted")
    (folder / "plain.eml").write_bytes(mail("zplainmail", ("open.txt", text("zplainopen")), ("closed.txt", closed)))
