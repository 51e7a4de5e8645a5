import pytest
from hypothesis import given
from hypothesis import strategies as st

from configs.bodies import Bodies, load_bodies
from extractors.metadata.symbols import comparable, document_key, find_symbols, parse_symbol

BODIES = load_bodies()
CONFIRMED = sorted({p.prefix for body in BODIES.bodies for p in body.prefixes if p.confirmed})


@pytest.fixture
def bodies() -> Bodies:
    return BODIES


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("PC0345E1a", ("PC", "0345", "E", "1", "a")),
        ("PC0345E1", ("PC", "0345", "E", "1", None)),
        ("PB0046F1a", ("PB", "0046", "F", "1", "a")),
        ("SP0250", ("SP", "0250", None, None, None)),
        ("PC0345F1a", ("PC", "0345", "F", "1", "a")),
        ("PC0345", ("PC", "0345", None, None, None)),
        ("Doc. PC0345E1a, Annex II", ("PC", "0345", "E", "1", "a")),
        ("PC 0345E1a", ("PC", "0345", "E", "1", "a")),
        ("PC 0345 E 1 a", ("PC", "0345", "E", "1", "a")),
        ("PC0345E1a/Rev.", ("PC", "0345", "E", "1", "a")),
        ("Annex H/8 to Doc. NC1918E1b", ("NC", "1918", "E", "1", "b")),
        ("PERMANENT TECHNICAL COMMITTEE - PC0602E1a", ("PC", "0602", "E", "1", "a")),
        ("PTC - PC0602E1a", ("PC", "0602", "E", "1", "a")),
        ("the report (SP0250, paragraph 68)", ("SP", "0250", None, None, None)),
        ("XQ0012E1a", ("XQ", "0012", "E", "1", "a")),
        ("EG0012E1", ("EG", "0012", "E", "1", None)),
    ],
)
def test_modern_symbols_are_found_in_text(bodies, text, parts):
    (found,) = find_symbols(text, bodies)
    symbol = found.symbol
    assert (symbol.prefix, symbol.serial, symbol.language, symbol.version, symbol.variant) == parts


def test_a_letter_that_begins_a_word_is_no_variant(bodies):
    (found,) = find_symbols("PC 0345 E 1 a report on the sessions", bodies)
    assert found.symbol.variant is None


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Doc. 37.020", "37.020"),
        ("see Document No. 31.808 and its supplement", "31.808"),
        ("CCC document 31.247", "31.247"),
        ("42.020 E", "42.020"),
        ("37.020", "37.020"),
    ],
)
def test_numbers_of_the_older_era(bodies, text, number):
    (found,) = find_symbols(text, bodies)
    assert (found.symbol.serial, found.symbol.prefix) == (number, None)


@pytest.mark.parametrize(
    "text",
    [
        "ECE/TRADE/C/CEFACT/2021/INF.9",
        "G/VAL/W/136",
        "VAL/M/28",
        "COM(2020) 427 final",
        "SWD(2019) 153 final",
        "TAXUD.B.1(2019) 4239640",
        "HQ H277116",
        "HS2022",
        "UN2030",
        "EU 2015",
        "XX2013",
        "D/2007/0448/48",
        "GE.1 No.7 (2012)",
        "32020D1410",
        "10.000 tonnes",
        "a share of 37.020 per cent",
        "EG0012",
    ],
)
def test_what_only_looks_like_a_symbol_is_none(bodies, text):
    assert [found for found in find_symbols(text, bodies) if found.symbol.serial] == []


@pytest.mark.parametrize("text", ["COM(2020) 427 final", "HS2022", "UN2030", "D/2007/0448/48", "10.000 tonnes", ""])
def test_what_is_no_symbol_cannot_be_looked_up(bodies, text):
    assert parse_symbol(text, bodies) is None


def test_a_serial_that_may_be_a_year_needs_a_running_head_or_doc(bodies):
    assert find_symbols("the PC 2013 sessions", bodies) == []
    assert len(find_symbols("PC2013", bodies, running_head=True)) == 1
    assert len(find_symbols("as set out in Doc. PC2013", bodies)) == 1
    assert len(find_symbols("PC2013E1a", bodies)) == 1


@pytest.mark.parametrize(
    ("text", "raw"),
    [
        ("Distr.: General A/RES/73/3", "A/RES/73/3"),
        ("United Nations ECE/TRADE/C/CEFACT/2019/22/Rev.1.", "ECE/TRADE/C/CEFACT/2019/22/Rev.1"),
        ("WT/COMTD/M/43", "WT/COMTD/M/43"),
        ("Assembly/AU/Dec.911(XXXVIII)", "Assembly/AU/Dec.911(XXXVIII)"),
        ("AfCFTA/COM/2/MD/FINAL", "AfCFTA/COM/2/MD/FINAL"),
        ("CSC/Notif/012/2019", "CSC/Notif/012/2019"),
        ("S-101PT3-5.1", "S-101PT3-5.1"),
        ("HSSC15-05.2A Rev1 submitted by the Chair", "HSSC15-05.2A Rev1"),
        ("document ECE/TRANS/WP.30/2023/1/Rev. 2, paragraph 4", "ECE/TRANS/WP.30/2023/1/Rev. 2"),
        ("ECE/TRANS/WP.30/2023/1/Add.2/Corr.1", "ECE/TRANS/WP.30/2023/1/Add.2/Corr.1"),
        ("(A/73/12/Add. 1)", "A/73/12/Add. 1"),
        ("in G/TFA/W/5/Rev.2.", "G/TFA/W/5/Rev.2"),
        ("EX.CL/1234 (XLI) Rev. 1", "EX.CL/1234 (XLI) Rev. 1"),
        ("EX.CL/Dec.1147(XL)", "EX.CL/Dec.1147(XL)"),
        ("Assembly/AU/Draft/Dec.1(XL)Rev.1", "Assembly/AU/Draft/Dec.1(XL)Rev.1"),
        ("informal document GRVA-14-05/Rev.1", "GRVA-14-05/Rev.1"),
        ("JOB(07)/123/Rev.1", "JOB(07)/123/Rev.1"),
        ("A/CONF.62/122 and Corr.1", "A/CONF.62/122"),
        ("WT/COMTD/W/26 adds 5 to it", "WT/COMTD/W/26"),
    ],
)
def test_symbols_of_other_organisations(bodies, text, raw):
    (found,) = find_symbols(text, bodies)
    assert found.symbol.raw == raw
    assert found.symbol.prefix is None


@pytest.mark.parametrize("symbol", ["PC0345E1a", "A/RES/73/6", "42.020"])
def test_the_raised_number_of_a_note_is_no_part_of_a_symbol(bodies, symbol):
    assert [one.symbol.raw for one in find_symbols(f"see Doc. {symbol}¹², and", bodies)] == [symbol]


def test_some_symbols_tell_session_and_item(bodies):
    (paper,) = find_symbols("S-101PT3-5.1", bodies)
    assert (paper.session, paper.item) == ("3", "5.1")
    (decision,) = find_symbols("Assembly/AU/Dec.911(XXXVIII)", bodies)
    assert decision.session == "XXXVIII"


@pytest.mark.parametrize(
    ("text", "raw"),
    [
        ("PC 0345", "PC0345"),
        ("pc0345e1a", "PC0345E1a"),
        ("PC0345E1a.doc", "PC0345E1a"),
        ("Doc. PC-0345", "PC0345"),
        ("pm 0123", "PM0123"),
        ("42020", "42.020"),
        ("37.020", "37.020"),
        ("Doc. 37.020", "37.020"),
        ("wt/comtd/m/43", "wt/comtd/m/43"),
    ],
)
def test_a_symbol_is_looked_up_in_any_spelling(bodies, text, raw):
    assert parse_symbol(text, bodies).raw == raw


PAPERS = (
    "ECE/TRANS/WP.30/2023/1", "ECE/TRADE/C/CEFACT/2019/22", "A/RES/73/3", "A/73/12", "TD/B/66/4", "GRVA-14-05",
    "G/TFA/W/5", "G/TFA/N/CHL/1", "WT/COMTD/M/43", "WT/MIN(13)/36", "TN/TF/W/165", "JOB(07)/123",
    "Assembly/AU/Dec.911(XXXVIII)", "EX.CL/1234(XLI)", "EX.CL/Dec.1147(XL)", "STC/Trade/MIN/4", "AfCFTA/COM/2/MD/FINAL",
    "S-101PT3-5.1", "HSSC15-05.2A", "CSC/Notif/012/2019", "INFCOM-2/Doc.6.1(1)",
)  # fmt: skip


def test_papers_of_other_organisations_have_a_key_each():
    keys = [document_key(parse_symbol(paper, BODIES), BODIES) for paper in PAPERS]
    assert keys == [paper.upper() for paper in PAPERS]


@given(
    paper=st.sampled_from(PAPERS),
    marks=st.lists(st.tuples(st.sampled_from(["Rev", "Add", "Corr"]), st.integers(1, 29)), max_size=2),
    spelling=st.sampled_from(["/{}.{}", "/{}. {}", " {}.{}", " {}. {}", "{}.{}", "/{}{}"]),
    surroundings=st.sampled_from(["{}", "see {}.", "({}, paragraph 4)", "Doc. {}"]),
)
def test_an_edition_in_any_spelling_has_the_key_of_its_paper(paper, marks, spelling, surroundings):
    if spelling == "{}.{}":
        marks = marks[: paper.endswith(")")]
    printed = paper + "".join(spelling.format(*mark) for mark in marks)
    (found,) = find_symbols(surroundings.format(printed), BODIES)
    assert found.symbol.raw == printed
    key = paper.upper() + "".join(f"/{mark.upper()}.{number}" for mark, number in marks if mark != "Rev")
    assert document_key(found.symbol, BODIES) == key
    parsed = parse_symbol(printed, BODIES)
    assert parse_symbol(parsed.raw, BODIES) == parsed
    assert document_key(parse_symbol(printed.lower(), BODIES), BODIES) == key


@given(
    prefix=st.sampled_from(CONFIRMED),
    serial=st.integers(0, 9999).filter(lambda number: not 1900 <= number < 2100),
    edition=st.sampled_from(["", "E1", "F2a", " E 1 a", "E1a/Rev.1"]),
    before=st.sampled_from(["", "see ", "Annex II to Doc. ", "PTC - "]),
)
def test_a_symbol_found_in_any_spelling_has_the_key_of_its_paper(prefix, serial, edition, before):
    (found,) = find_symbols(f"{before}{prefix} {serial:04}{edition}", BODIES)
    assert document_key(found.symbol, BODIES) == f"{prefix}{serial:04}"


def test_spellings_of_one_symbol_compare_equal():
    assert comparable("Assembly/AU/Dec.911 (XXXVIII)") == comparable("assembly/au/dec.911(xxxviii)")


@given(
    prefix=st.sampled_from(CONFIRMED),
    serial=st.integers(0, 9999),
    edition=st.none() | st.tuples(st.sampled_from("EF"), st.integers(1, 99), st.sampled_from(["", "a", "b", "z"])),
    marks=st.sampled_from(["", "/Rev.1", "/Add.2/Corr.1"]),
    spelling=st.sampled_from(["{p}{s}{e}", "{p} {s}{e}", "{p}-{s}{e}", "{p}{s}{e}.pdf", "Doc. {p}{s}{e}"]),
    lower=st.booleans(),
)
def test_every_spelling_of_a_symbol_gives_it_back(prefix, serial, edition, marks, spelling, lower):
    ending = "".join(map(str, edition)) + marks if edition else ""
    text = spelling.format(p=prefix, s=f"{serial:04}", e=ending)
    symbol = parse_symbol(text.lower() if lower else text, BODIES)
    assert comparable(symbol.raw) == comparable(f"{prefix}{serial:04}{ending}")
    assert parse_symbol(symbol.raw, BODIES) == symbol


@pytest.mark.parametrize(
    ("raw", "key"),
    [("NC2699E1a/Corr.1", "NC2699/CORR.1"), ("PC0700E1a/Rev. 1", "PC0700"), ("SP0250 Add.2", "SP0250/ADD.2")],
)
def test_the_marks_of_an_edition_belong_to_a_symbol(bodies, raw, key):
    (found,) = find_symbols(f"Doc. {raw}, paragraph 7", bodies)
    assert found.symbol.raw == raw
    assert document_key(found.symbol, bodies) == key


@given(
    prefix=st.sampled_from(CONFIRMED),
    serial=st.integers(0, 9999),
    before=st.sampled_from(["", "see ", "(", "PTC - ", "Annex II to Doc. "]),
    after=st.sampled_from(["", ",", ")", ".", " \u00a768"]),
)
def test_a_whole_symbol_is_found_in_any_surroundings(prefix, serial, before, after):
    raw = f"{prefix}{serial:04}E1a"
    assert [found.symbol.raw for found in find_symbols(before + raw + after, BODIES)] == [raw]


@given(st.text(max_size=300))
def test_any_text_is_searched_without_an_error(text):
    for found in find_symbols(text, BODIES):
        assert 0 <= found.start < found.end <= len(text)
    document_key(parse_symbol(text, BODIES), BODIES)


@given(st.text(alphabet="PC0345E1a /-.()Rev.ECGTFAWdX\u0130\u00df\u2013\u0660\u00b2\ud7ff", max_size=60))
def test_text_that_is_nearly_a_symbol_is_searched_without_an_error(text):
    for found in find_symbols(text, BODIES):
        document_key(found.symbol, BODIES)
    document_key(parse_symbol(text, BODIES), BODIES)


@pytest.mark.parametrize(
    "text",
    [
        "EX.CL/DEC.515 – 553 (XXIII)", "EX.CL/ Dec.586-607(XXII)", "EX.CL/Dec. 815 (XXIII)",
        "Assembly/AU/Decl.2(XXXIX)",
        "MYCM/AU/Dec.1(VI)", "FAL 55/8/1", "MSC.1/Circ.1999", "A47-WP/88", "2031/SCCP1/012", "S-100WG9-VTC1-4.5",
        "HSSC23_2031_05.1A", "NIPWG14-12.3", "TAD/TC(2031)12", "ESCAP/CTI/2031/1",
    ],
)  # fmt: skip
def test_symbols_of_further_organisations(bodies, text):
    assert [found.symbol.raw for found in find_symbols(text, bodies)] == [text]


@pytest.mark.parametrize("text", ["F. No. S/22-Gen-34/2031/JNCH", "Our ref: E/CN.3/2031/4", "Ref. WT/COMTD/W/22"])
def test_a_symbol_behind_the_label_of_a_file_is_cited(bodies, text):
    assert all(found.cited for found in find_symbols(text, bodies))
