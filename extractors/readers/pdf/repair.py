"""Repairs PDFs that PDFium cannot open, by qpdf, which recovers lost objects and supports more encryption methods."""

import io
from collections.abc import Iterator, Sequence
from pathlib import Path

_LARGEST = 64 << 20  # bytes; qpdf and the new file take a few times as much memory
_LOCKED = b"/Encrypt"
_KEY = 16  # bytes of a key by which version 4 decrypts, however short it was made


def repaired(path: Path, passwords: Sequence[str]) -> bytes | None:
    """Return a PDF rewritten and unlocked, None where qpdf cannot open it either."""
    import pikepdf

    if path.stat().st_size > _LARGEST:
        return None
    content = path.read_bytes()
    for key, is_hex in _keys(content, passwords):
        try:
            with pikepdf.open(io.BytesIO(content), password=key, hex_password=is_hex) as document:
                if len(document.pages) == 0:
                    continue
                written = io.BytesIO()
                document.save(written)
                return written.getvalue()
        except (pikepdf.PdfError, pikepdf.PasswordError, RuntimeError, ValueError):
            continue
    return None


def _keys(content: bytes, passwords: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """Yield the passwords to try, then a key in hexadecimal digits, and whether it is that."""
    for password in ("", *passwords):
        yield password, False
    for password in ("", *passwords) if _LOCKED in content else ():
        if (key := _short_key(content, password)) is not None:
            yield key.ljust(_KEY, b"\0").hex(), True


def _short_key(content: bytes, password: str) -> bytes | None:
    """Return the key of a PDF of version 4 that was made shorter than this version allows.

    InDesign CS3 wrote such files. Acrobat checks the password with the short key and decrypts with the zero-padded
    key; qpdf does so when it is given the key.
    """
    from pdfminer.pdfdocument import PDFDocument, PDFStandardSecurityHandlerV4
    from pdfminer.pdfparser import PDFParser

    class ShortKey(PDFStandardSecurityHandlerV4):
        def init_params(self) -> None:
            super().init_params()
            self.length = int(self.param["Length"])

    class Locked(PDFDocument):
        key: bytes | None = None

        def _initialize_password(self, password: str = "") -> None:
            if self.encryption is not None:
                self.key = ShortKey(*self.encryption, password).key

    try:
        return Locked(PDFParser(io.BytesIO(content)), password).key
    except Exception:  # noqa: BLE001 - pdfminer raises anything for a broken file
        return None
