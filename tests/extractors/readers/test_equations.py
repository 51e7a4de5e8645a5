"""Equations of Office files, typed in one line."""

import docx
import pytest
from docx.oxml import parse_xml

from extractors.readers.ooxml.equations import equation_text
from tests.extractors.readers.docxparts import put

SPACE = "http://schemas.openxmlformats.org/officeDocument/2006/math"
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def t(text):
    return f"<m:r><m:t>{text}</m:t></m:r>"


def element(kind, properties="", **parts):
    inside = "".join(f"<m:{name}>{part}</m:{name}>" for name, part in parts.items())
    return f"<m:{kind}><m:{kind}Pr>{properties}</m:{kind}Pr>{inside}</m:{kind}>"


def equation(content):
    return parse_xml(f'<m:oMath xmlns:m="{SPACE}" xmlns:w="{W}">{content}</m:oMath>')


SQUARE = element("sSup", e=t("b"), sup=t("2"))
ROW = f"<m:mr><m:e>{t('a')}</m:e><m:e>{t('b')}</m:e></m:mr>"
ROOT = element("rad", '<m:degHide m:val="1"/>', deg="", e=f"{SQUARE}{t('-4ac')}")


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (element("f", num=t("1"), den=t("2")), "1/2"),
        (f"{t('x=')}{element('f', num=t('-b±') + ROOT, den=t('2a'))}", "x=(-b±√(b²-4ac))/2a"),
        (element("f", num=t("a"), den=t("b+c")), "a/(b+c)"),
        (element("rad", deg=t("3"), e=t("x")), "∛x"),
        (element("rad", deg=t("5"), e=t("x")), "⁵√x"),
        (element("sSup", e=t("e"), sup=t("n+1")), "e^(n+1)"),
        (f"{t('2')}{element('f', num=t('1'), den=t('2'))}", "2 1/2"),
        (f"{t('1')}{t('5')}", "15"),
        (f"{element('sSub', e=t('x'), sub=t('1'))}{t('2')}", "x1 2"),
        (element("sSup", e=t("x"), sup=element("f", num=t("1"), den=t("2"))), "x^(1/2)"),
        (element("f", '<m:type m:val="noBar"/>', num=t("n"), den=t("2")), "n; 2"),
        (element("limUpp", e=t("x"), lim=t("n")), "x^n"),
        (element("sPre", sub=t("92"), sup=t("235"), e=t("U")), "²³⁵_92U"),
        ("<m:r><w:t>text</w:t></m:r>", "text"),
        (element("sSubSup", e=t("x"), sub=t("i"), sup=t("n")), "xi^n"),
        (element("sSub", e=t("H"), sub=t("2")), "H2"),
        (element("nary", '<m:chr m:val="∑"/>', sub=t("i=1"), sup=t("n"), e=t("x")), "∑_(i=1)^n x"),
        (element("nary", sub="", sup=t("∞"), e=t("x")), "∫^∞ x"),
        (f"{t('f')}{element('d', e=t('x'))}", "f(x)"),
        (element("d", '<m:begChr m:val="["/><m:endChr m:val=""/>', e=t("x")), "[x"),
        (element("limLow", e=t("lim"), lim=t("x→0")), "lim_(x→0)"),
        (f"<m:m>{ROW}{ROW}</m:m>", "a, b; a, b"),
        (element("eqArr", e=t("a")), "a"),
        (f"{t('a')}<w:del>{t('b')}</w:del><w:ins>{t('c')}</w:ins>", "ac"),
    ],
)  # fmt: skip
def test_an_equation_in_one_line(content, text):
    assert equation_text(equation(content)) == text


def test_what_lies_too_deep_is_read_without_its_form():
    content = t("x")
    for _ in range(60):
        content = element("d", e=content)
    assert equation_text(equation(content)).strip("()") == "x"


def test_an_equation_stands_in_its_sentence(read_docx):
    document = docx.Document()
    paragraph = document.add_paragraph("About ")
    put(paragraph, f'<m:oMath xmlns:m="{SPACE}">{element("f", num=t("1"), den=t("2"))}</m:oMath>')
    put(paragraph, '<w:r><w:t xml:space="preserve"> of it.</w:t></w:r>')
    assert [block.text for block in read_docx(document).blocks] == ["About 1/2 of it."]
