"""Office files locked with a password: made by msoffcrypto (XLS by hand), opened with the right one only."""

import io

import docx
import msoffcrypto
import openpyxl
import pptx
import pytest

from tests.extractors.readers import oledata
from tests.extractors.readers.biff import workbook

pytestmark = pytest.mark.slow

PASSWORD = "söcret"


def plain_docx():
    document = docx.Document()
    document.add_paragraph("Arvenia went digital.")
    return document


def plain_pptx():
    deck = pptx.Presentation()
    deck.slides.add_slide(deck.slide_layouts[5]).shapes.title.text = "Arvenia went digital."
    return deck


def plain_xlsx():
    book = openpyxl.Workbook()
    book.active["A1"] = "Arvenia went digital."
    return book


def locked(document, password=PASSWORD):
    plain, sealed = io.BytesIO(), io.BytesIO()
    document.save(plain)
    msoffcrypto.OfficeFile(plain).encrypt(password, sealed)
    return sealed.getvalue()


@pytest.mark.parametrize("make", [plain_docx, plain_pptx, plain_xlsx])
def test_a_password_opens_a_locked_file(read_bytes, make):
    reading = read_bytes(locked(make()), "a.bin", passwords=("wrong", PASSWORD))
    assert reading.status == "read"
    assert reading.blocks[-1].text == "Arvenia went digital."
    assert reading.media_type.startswith("application/vnd.openxmlformats-officedocument.")


@pytest.mark.parametrize("data", [locked(plain_docx()), workbook("Fees", [["a", "b"], ["c", 1.0]], PASSWORD)])
def test_without_the_password_the_status_says_what_to_do(read_bytes, data):
    missing, wrong = read_bytes(data, "a.bin"), read_bytes(data, "a.bin", passwords=("wrong", ""))
    assert (missing.status, wrong.status) == ("encrypted", "encrypted")
    assert "is locked" in missing.warnings[0]
    assert "none of the given passwords" in wrong.warnings[0]
    assert all("--password" in reading.warnings[0] for reading in (missing, wrong))


def test_a_locked_workbook_of_before_2007_is_opened(read_bytes):
    rows = [["Member", "Fee"], ["Arvenia", 7.5]]
    plain, opened = (
        read_bytes(workbook("Fees", rows, password), "a.xls", passwords=(PASSWORD,)) for password in (None, PASSWORD)
    )
    assert [block.text for block in plain.blocks] == ["Fees", "Member\tFee\nArvenia\t7.5"]
    assert opened == plain


@pytest.mark.parametrize("data", [locked(plain_xlsx(), "VelvetSweatshop"), workbook("S", [["a"]], "VelvetSweatshop")])
def test_what_office_opens_without_asking_is_opened(read_bytes, data):
    assert read_bytes(data, "a.bin").status == "read"


@pytest.mark.parametrize(
    ("info", "status"),
    [
        (b"\x04\x00\x04\x00\x40\x00\x00\x00<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "malformed"),
        ("\x04\x00<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>".encode("utf-16-le"), "malformed"),
        (b"\x04\x00\x04\x00\x40\x00\x00\x00<encryption/>", "malformed"),
        (b"\x03\x00\x03\x00", "encrypted"),  # extensible, which nothing but Office opens
    ],
)
def test_what_tells_how_a_file_is_locked_may_be_hostile(read_bytes, info, status):
    data = oledata.compound({"EncryptionInfo": info, "EncryptedPackage": bytes(64)})
    assert read_bytes(data, "a.docx", passwords=("x",)).status == status


def test_rights_management_is_a_status(read_bytes):
    data = oledata.compound({"EncryptedPackage": bytes(64)})
    reading = read_bytes(data, "a.docx", passwords=("x",))
    assert reading.status == "encrypted"
    assert "not known" in reading.warnings[0]


def test_a_bomb_inside_a_locked_file_is_refused_as_outside(read_bytes):
    import zipfile

    plain = io.BytesIO()
    plain_docx().save(plain)
    with zipfile.ZipFile(plain, "a") as package:
        package.writestr("word/bomb.xml", '<!DOCTYPE x [<!ENTITY a "ha">]><x>&a;</x>')
    sealed = io.BytesIO()
    msoffcrypto.OfficeFile(plain).encrypt(PASSWORD, sealed)
    assert read_bytes(sealed.getvalue(), "a.docx", passwords=(PASSWORD,)).status == "malformed"
