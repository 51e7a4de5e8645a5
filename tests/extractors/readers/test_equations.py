"""Equations of Office files and in MathML, typed in one line."""

import docx
import pytest
from docx.oxml import parse_xml

from extractors.readers.equations import equation_text, mathml_text
from tests.extractors.readers.docxparts import put
from tests.extractors.readers.test_odt import odt  # noqa: F401 - a fixture

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
        (element("sSup", e=t("h"), sup=t("'")), "h'"),
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


MATHML = "<mfrac><mrow><mi>a</mi><mo>+</mo><mi>b</mi></mrow><msup><mi>c</mi><mn>2</mn></msup></mfrac>"


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (MATHML, "(a+b)/c²"),
        ("<mn>2</mn><mfrac><mn>1</mn><mn>2</mn></mfrac><mn>1</mn><mn>5</mn>", "2 1/2 15"),
        ("<msqrt><mi>a</mi><mo>+</mo><mi>b</mi></msqrt>", "√(a+b)"),
        ("<mroot><mi>x</mi><mn>3</mn></mroot>", "∛x"),
        ("<msub><mi>x</mi><mi>i</mi></msub><mo>=</mo><msubsup><mi>y</mi><mn>1</mn><mi>n</mi></msubsup>", "xi=y1^n"),
        ("<munderover><mo>∑</mo><mrow><mi>i</mi><mo>=</mo></mrow><mi>n</mi></munderover><mi>i</mi>", "∑_(i=)^n i"),
        ("<mfenced open='['><mi>a</mi><mi>b</mi></mfenced>", "[a,b)"),
        ("<mtable><mtr><mtd>a</mtd><mtd><mi>b</mi></mtd></mtr><mtr><mtd>c</mtd></mtr></mtable>", "a, b; c"),
        ("<semantics><mi>a</mi><annotation>twice</annotation></semantics>", "a"),
        ("<mfrac/><msup/><mroot/>", "()/()√()"),
        (60 * "<mrow>" + "<mn>1</mn> " + 60 * "</mrow>", "1"),
    ],
)  # fmt: skip
def test_mathml_in_one_line(content, text):
    assert mathml_text(parse_xml(f'<math xmlns="http://www.w3.org/1998/Math/MathML">{content}</math>')) == text


def test_a_formula_of_html_stands_in_its_sentence(read_bytes):
    sentence = f"At a rate of <math>{MATHML}</math> a year."
    data = (
        f"<p>{sentence}</p><table><tr><td>{sentence}</td><td>a</td></tr><tr><td>b</td><td>c</td></tr></table>".encode()
    )
    reading = read_bytes(data, "a.html")
    assert [reading.blocks[0].text, reading.tables[0].rows[0][0]] == 2 * ["At a rate of (a+b)/c² a year."]


@pytest.mark.parametrize(
    ("formula", "text"),
    [
        (f"<math xmlns='http://www.w3.org/1998/Math/MathML'>{MATHML}</math>", "At (a+b)/c² a year."),
        ("<math", "At a year."),
    ],
)
def test_a_formula_of_odt_stands_in_its_sentence(odt, formula, text):  # noqa: F811 - the fixture
    frame = '<drawing:frame><drawing:object xlink:href="./Object 1"/></drawing:frame>'
    reading = odt(f"<text:p>At {frame} a year.</text:p>", **{"Object 1__content_xml": formula})
    assert [block.text for block in reading.blocks] == [text]
