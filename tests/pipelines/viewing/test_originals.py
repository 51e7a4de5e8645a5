import hashlib
from pathlib import PurePosixPath, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configs.system.errors import UsageError
from extractors.document import Document, Symbol
from pipelines.viewing.originals import file_name, original
from tests.pipelines.viewing.conftest import NOBODY, RESTRICTED, SECRET


def document(source, media_type="application/pdf", **more):
    return Document(id="0" * 16, key="k", sha256="", source=source, media_type=media_type, **more)


def test_the_file_comes_back_as_it_was(viewed, service, viewed_papers):
    found = original(viewed, service, "PC9002E1a", access_classes=NOBODY)
    content = (viewed_papers / "PC9002E1a.docx").read_bytes()
    assert b"".join(found.pieces()) == content
    assert (found.size, found.file_name) == (len(content), "PC9002E1a.docx")
    assert found.sha256 == hashlib.sha256(content).hexdigest()
    assert found.media_type.endswith("wordprocessingml.document")


def test_a_restricted_file_is_unknown_to_who_lacks_the_class(viewed, service):
    name = SECRET.removesuffix(".pdf")
    with pytest.raises(UsageError, match="no document"):
        original(viewed, service, name, access_classes=NOBODY)
    assert original(viewed, service, name, access_classes=RESTRICTED).file_name == SECRET


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("file:///papers/PC0345E1a.pdf", "PC0345E1a.pdf"),
        ("zip://deep/Rapport final.pdf::file:///papers/all.zip", "Rapport final.pdf"),
        ("https://example.org/papers/a.pdf?token=1#page=3", "a.pdf"),
        ("file:///papers/invoice\u202efdp.exe", "invoice_fdp.exe"),
        ('file:///papers/a"; filename="b.pdf', "a__ filename=_b.pdf"),
        ("file:///papers/line\r\nfeed.pdf", "line__feed.pdf"),
        ("file:///papers/CON.pdf", "_CON.pdf"),
        ("file:///papers/paper", "paper.pdf"),
        ("file:///papers/.pdf", "pdf.pdf"),
        ("file:///papers/" + "x" * 250 + ".pdf", "x" * 100 + ".pdf"),
    ],
)
def test_a_file_name_is_safe_and_stays_recognisable(source, name):
    assert file_name(document(source)) == name


def test_a_file_without_a_name_has_that_of_its_symbol():
    assert file_name(document("https://example.org/", symbol=Symbol(raw="A/RES/70/1"))) == "A_RES_70_1.pdf"


@given(st.text(min_size=1, max_size=300))
def test_no_name_leaves_its_folder_on_any_system(name):
    safe = file_name(document(f"file:///papers/{name}"))
    assert PurePosixPath(safe).name == PureWindowsPath(safe).name == safe
    assert safe.isprintable()
    assert safe not in (".", "..")
    assert len(safe.encode()) < 500
