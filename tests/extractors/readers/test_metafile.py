import gzip
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractors.readers.metafile import text_of_metafile

BASELINE, AT_POSITION, CENTRED, RIGHT = 24, 1, 6, 2
GLYPHS, PAIRS, NO_RECTANGLE, SMALL = 0x10, 0x2000, 0x100, 0x200
EM = 20


def record(kind, data=b""):
    data += b"\0" * (-len(data) % 4)
    return struct.pack("<II", kind, 8 + len(data)) + data


def numbers(kind, *values):
    return record(kind, struct.pack(f"<{len(values)}i", *values))


def emf(*records):
    header = record(1, b"\0" * 32 + b" EMF" + b"\0" * 64)
    return header + font(1) + numbers(37, 1) + numbers(22, BASELINE) + b"".join(records) + record(14, b"\0" * 12)


def font(number, height=-EM, charset=0, escapement=0):
    look = struct.pack("<iiiii4B", height, 0, escapement, 0, 400, 0, 0, 0, charset)
    return record(82, struct.pack("<I", number) + look.ljust(320, b"\0"))


def text_at(x, y, text, advances=None, options=0, kind=84, encoding="utf-16-le"):
    raw = text.encode(encoding)
    padded = raw + b"\0" * (-len(raw) % 4)
    advances = [EM // 2] * len(text) if advances is None else advances
    count = len(raw) // (2 if kind == 84 else 1)
    places = struct.pack(f"<{len(advances)}i", *advances)
    where = 76 + len(padded) if advances else 0
    fields = struct.pack("<iiIII4iI", x, y, count, 76, options, 0, 0, -1, -1, where)
    return record(kind, b"\0" * 16 + struct.pack("<Iff", 1, 1, 1) + fields + padded + places)


def plus(*records):
    data = b"EMF+" + b"".join(records)
    return record(70, struct.pack("<I", len(data)) + data)


def plus_record(kind, flags, data=b""):
    data += b"\0" * (-len(data) % 4)
    return struct.pack("<HHII", kind, flags, 12 + len(data), len(data)) + data


def plus_header(*, dual):
    return plus_record(0x4001, int(dual), b"\0" * 16)


def plus_string(x, y, text):
    return plus_record(0x401C, 0, struct.pack("<III4f", 0, 0, len(text), x, y, 0, 0) + text.encode("utf-16-le"))


def driver_string(text, places, options=1):
    points = struct.pack(f"<{2 * len(places)}f", *(number for place in places for number in place))
    head = struct.pack("<IIII", 0, options, 0, len(text))
    return plus_record(0x4036, 0, head + text.encode("utf-16-le") + points)


def words(kind, data=b""):
    data += b"\0" * (len(data) % 2)
    return struct.pack("<IH", 3 + len(data) // 2, kind) + data


def wmf(*records, placeable=False):
    head = b"\xd7\xcd\xc6\x9a" + b"\0" * 18 if placeable else b""
    return head + struct.pack("<HHHIHIH", 1, 9, 0x300, 0, 0, 0, 0) + b"".join(records) + words(0)


def wmf_text_at(x, y, raw, advances=(), options=0):
    box = b"\0" * 8 if options & 6 else b""
    padded = raw + b"\0" * (len(raw) % 2)
    places = struct.pack(f"<{len(advances)}h", *advances)
    return words(0x0A32, struct.pack("<hhHH", y, x, len(raw), options) + box + padded + places)


def wmf_font(charset=0, height=-EM):
    return words(0x02FB, struct.pack("<5h8B", height, 0, 0, 0, 400, 0, 0, 0, charset, 0, 0, 0, 0) + b"Arial\0")


def wmf_select(number):
    return words(0x012D, struct.pack("<H", number))


def wmf_delete(number):
    return words(0x01F0, struct.pack("<H", number))


PEN, BRUSH = words(0x02FA, b"\0" * 10), words(0x02FC, b"\0" * 8)


def moved_by(*transform):
    return record(35, struct.pack("<6f", *transform))


CARG, SECOND_FONT = text_at(0, 20, "Carg"), numbers(37, 2)
TO_POSITION = numbers(22, BASELINE | AT_POSITION) + numbers(27, 100, 50)
BACK, LIFTED = record(36, struct.pack("<6fI", 1, 0, 0, 1, 0, -150, 2)), numbers(33) + moved_by(1, 0, 0, 1, 0, -100)
TURNED, UPRIGHT = font(2, escapement=900) + SECOND_FONT, numbers(37, 1) + text_at(0, 300, "Year")
LETTERS = ((0, "t", 6), (6, "o", 10), (16, " ", 5), (21, "a", 9), (30, "l", 4), (34, "l", 4))
SAME = plus(plus_header(dual=True), plus_string(0, 50, "the same"))
DRIVEN = [(10 * place, 50) for place in range(5)]
OF_EMF = {
    "strings are lines": ([text_at(0, 20, "Declaration"), text_at(0, 50, "Лодка")], ["Declaration", "Лодка"]),
    "from top to bottom": ([text_at(0, 80, "second"), text_at(0, 20, "first")], ["first", "second"]),
    "strings that abut are a word": ([text_at(30, 20, "go"), text_at(0, 21, "Car")], ["Cargo"]),
    "a gap parts two words": ([CARG, text_at(46, 20, "form")], ["Carg form"]),
    "letters make words": (
        [text_at(x, 9, letter, [width]) for x, letter, width in LETTERS],
        ["to all"],
    ),
    "blanks make no line": (
        [text_at(0, 20, "BOLD"), text_at(40, 20, " "), text_at(50, 20, "and "), text_at(0, 60, " ")],
        ["BOLD and"],
    ),
    "a superscript is in its line": (
        [text_at(0, 40, "5 m"), font(2, height=-12), SECOND_FONT, text_at(30, 33, "2", [6])],
        ["5 m2"],
    ),
    "a shadow is no string": ([text_at(3, 23, "Chart title"), text_at(0, 20, "Chart title")], ["Chart title"]),
    "no advances, usual width": ([text_at(0, 20, "Tariff", []), text_at(75, 20, "code", [])], ["Tariff code"]),
    "advances in pairs": ([text_at(0, 20, "Carg", [10, 99] * 4, PAIRS), text_at(40, 20, "o")], ["Cargo"]),
    "glyph numbers are no text": ([text_at(0, 20, "abc", options=GLYPHS)], []),
    "bytes have the code page of the font": (
        [font(2, charset=204), SECOND_FONT, text_at(0, 20, "Товар", kind=83, encoding="cp1251")],
        ["Товар"],
    ),
    "text at the current position moves it": (
        [text_at(90, 20, "above"), TO_POSITION, text_at(0, 0, "Cargo"), text_at(0, 0, "list")],
        ["above", "Cargolist"],
    ),
    "aligned to the right": ([CARG, numbers(22, BASELINE | RIGHT), text_at(80, 20, "list")], ["Carglist"]),
    "centred": ([CARG, numbers(22, BASELINE | CENTRED), text_at(60, 20, "list")], ["Carglist"]),
    "top and baseline": ([text_at(0, 38, "base"), numbers(22, 0), text_at(50, 20, "top")], ["base top"]),
    "the world transform": (
        [moved_by(1, 0, 0, 1, 0, 100), text_at(0, 20, "second"), BACK, text_at(0, 20, "first")],
        ["first", "second"],
    ),
    "a restored context has its old transform": (
        [text_at(0, 20, "second"), LIFTED, text_at(0, 60, "first"), numbers(34, -1), text_at(0, 60, "third")],
        ["first", "second", "third"],
    ),
    "y goes up": ([numbers(17, 2), text_at(0, 20, "below"), text_at(0, 80, "above")], ["above", "below"]),
    "y goes up in a mode of its own": (
        [numbers(17, 8), numbers(9, 100, -100), text_at(0, 20, "below"), text_at(0, 80, "above")],
        ["above", "below"],
    ),
    "turned text comes last": (
        [TURNED, text_at(10, 200, "Share"), text_at(10, 145, "of"), text_at(40, 200, "trade"), UPRIGHT],
        ["Year", "Share of", "trade"],
    ),
    "symbol fonts": ([text_at(0, 20, "\uf041\uf0b7")], ["A·"]),
    "controls are left out": ([text_at(0, 20, "a\0b\x07c\td")], ["abc d"]),
    "EMF+ alone": (
        [plus(plus_header(dual=False), plus_string(0, 50, "below"), plus_string(0, 10, "above\nmiddle"))],
        ["above", "middle", "below"],
    ),
    "of both the EMF records": ([SAME, text_at(0, 20, "once")], ["once"]),
    "of both without EMF text the EMF+ records": ([SAME], ["the same"]),
    "driver strings that are characters": (
        [plus(driver_string("cargo", DRIVEN), driver_string("glyph", DRIVEN, options=0))],
        ["cargo"],
    ),
    "a transform of no numbers": ([moved_by(*[float("nan")] * 3, *[float("inf")] * 3), CARG], ["Carg"]),
}


@pytest.mark.parametrize("case", OF_EMF)
def test_the_lines_of_an_emf(case):
    drawn, lines = OF_EMF[case]
    assert text_of_metafile(emf(*drawn)) == lines


@pytest.mark.parametrize(("kind", "encoding"), [(96, "cp1252"), (97, "utf-16-le")])
def test_many_strings_in_one_record(kind, encoding):
    first, second = "one ".encode(encoding), "two ".encode(encoding)
    start = 40 + 80
    objects = struct.pack("<iiIII4iI", 0, 20, 4, start, 0, 0, 0, 0, 0, 0)
    objects += struct.pack("<iiIII4iI", 0, 50, 4, start + len(first), 0, 0, 0, 0, 0, 0)
    head = b"\0" * 16 + struct.pack("<IffI", 1, 1, 1, 2)
    assert text_of_metafile(emf(record(kind, head + objects + first + second))) == ["one", "two"]


@pytest.mark.parametrize(
    ("options", "encoding"), [(SMALL | NO_RECTANGLE, "latin-1"), (NO_RECTANGLE, "utf-16-le"), (SMALL, "latin-1")]
)
def test_small_text(options, encoding):
    head = struct.pack("<iiIIIff", 0, 20, 4, options, 1, 1, 1) + (b"" if options & NO_RECTANGLE else b"\0" * 16)
    assert text_of_metafile(emf(record(108, head + "Café".encode(encoding)))) == ["Café"]


def test_the_transform_of_emf_plus_places_strings():
    moved = plus_record(0x402D, 0, struct.pack("<ff", 0, 100))
    turned = plus_record(0x402F, 0, struct.pack("<f", -90))
    reset = plus_record(0x402B, 0)
    drawn = [moved, plus_string(0, 0, "second"), turned, plus_string(0, 0, "turned"), reset]
    assert text_of_metafile(emf(plus(*drawn, plus_string(0, 50, "first")))) == ["first", "second", "turned"]


CYRILLIC, GREEK = "Груз".encode("cp1251"), "Φορτίο".encode("cp1253")
ARIAL = wmf_font() + wmf_select(0) + words(0x012E, struct.pack("<H", BASELINE))
FREED = PEN + BRUSH + PEN + wmf_delete(1) + wmf_delete(0) + wmf_font(204) + wmf_font(161)
OF_WMF = {
    "strings are lines": (
        [wmf_text_at(0, 50, b"below"), wmf_text_at(0, 20, "Café".encode("cp1252"), [10] * 4, 4)],
        ["Café", "below"],
    ),
    "the older record of text": ([words(0x0521, struct.pack("<H", 3) + b"old\0" + struct.pack("<hh", 20, 0))], ["old"]),
    "strings join by their advances": (
        [ARIAL, wmf_text_at(0, 20, b"BO", [12, 12]), wmf_text_at(24, 20, b"LD", [12, 12]), wmf_text_at(54, 20, b"and")],
        ["BOLD and"],
    ),
    **{
        codec: ([PEN, wmf_font(charset), wmf_select(1), wmf_text_at(0, 20, text.encode(codec))], [text])
        for charset, codec, text in (
            *((204, "cp1251", "Груз"), (161, "cp1253", "Φορτίο"), (128, "cp932", "貨物"), (2, "cp1252", "·é")),
        )
    },
    "a new object takes the lowest free number": (
        [FREED, wmf_select(0), wmf_text_at(0, 20, CYRILLIC), wmf_select(1), wmf_text_at(0, 60, GREEK)],
        ["Груз", "Φορτίο"],
    ),
    "a pen is no font": ([wmf_font(204), PEN, wmf_select(0), wmf_select(1), wmf_text_at(0, 20, CYRILLIC)], ["Груз"]),
}


@pytest.mark.parametrize("case", OF_WMF)
@pytest.mark.parametrize("placeable", [False, True])
def test_the_lines_of_a_wmf(case, placeable):
    drawn, lines = OF_WMF[case]
    assert text_of_metafile(wmf(*drawn, placeable=placeable)) == lines


def test_gzipped_metafiles_are_read():
    assert text_of_metafile(gzip.compress(emf(text_at(0, 20, "packed")))) == ["packed"]
    assert text_of_metafile(gzip.compress(wmf(wmf_text_at(0, 20, b"packed")))) == ["packed"]


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n", b"\x1f\x8bnot gzip", b"\xd7\xcd\xc6\x9a", emf(), wmf()])
def test_what_has_no_text_gives_no_lines(content):
    assert text_of_metafile(content) == []


def test_a_truncated_metafile_gives_what_stands_before():
    content = emf(text_at(0, 20, "kept"), text_at(0, 60, "cut off"))
    assert text_of_metafile(content[:-40]) == ["kept"]


def test_a_record_without_a_length_ends_the_picture():
    assert text_of_metafile(emf(text_at(0, 20, "kept"), struct.pack("<II", 84, 0), text_at(0, 60, "lost"))) == ["kept"]
    assert text_of_metafile(wmf(wmf_text_at(0, 20, b"kept"), b"\0" * 6, wmf_text_at(0, 60, b"lost"))) == ["kept"]


def test_a_string_longer_than_its_record_is_passed_over():
    claimed = bytearray(text_at(0, 20, "claimed"))
    claimed[44:48] = struct.pack("<I", 0x7FFFFFFF)
    assert text_of_metafile(emf(bytes(claimed), text_at(0, 60, "kept"))) == ["kept"]


def test_strings_that_share_their_characters_do_not_outgrow_the_file():
    shared = ("x" * 5000).encode("utf-16-le")
    fields = [struct.pack("<iiIII4iI", 0, 40 * place, 5000, 40 + 40 * 5000, 0, 0, 0, 0, 0, 0) for place in range(5000)]
    head = b"\0" * 16 + struct.pack("<IffI", 1, 1, 1, 5000)
    content = emf(record(97, head + b"".join(fields) + shared))
    assert 0 < sum(map(len, text_of_metafile(content))) <= len(content)


SAMPLES = [
    emf(
        *(font(2, charset=128, escapement=300), numbers(37, 2), numbers(17, 8), numbers(9, 10, 20), numbers(11, 5, 5)),
        *(numbers(33), record(36, struct.pack("<6fI", 1, 2, 3, 4, 5, 6, 2)), text_at(0, 20, "one"), numbers(34, -1)),
        *(numbers(22, 1), text_at(0, 20, "two", kind=83, encoding="cp1252"), numbers(40, 2)),
        record(
            97, b"\0" * 28 + struct.pack("<I", 1) + struct.pack("<iiIII4iI", 0, 0, 2, 80, 0, 0, 0, 0, 0, 0) + b"a\0b\0"
        ),
        record(108, struct.pack("<iiIIIff", 0, 20, 4, SMALL | NO_RECTANGLE, 1, 1, 1) + b"four"),
        plus(
            *(
                plus_header(dual=False),
                plus_record(0x4008, 0x600, struct.pack("<IfI", 0, 12, 3)),
                plus_string(0, 1, "x"),
            ),
            *(plus_record(kind, 0, struct.pack("<6f", 1, 0, 0, 1, 0, 0)) for kind in range(0x4025, 0x4030)),
            driver_string("cd", [(0, 0), (9, 0)]),
        ),
    ),
    wmf(
        *(PEN, wmf_font(204), wmf_select(1), wmf_text_at(0, 20, b"five", [5] * 4, 4), wmf_delete(0), wmf_delete(1)),
        *(words(0x001E), words(0x0103, b"\x08\0"), words(0x020C, b"\x08\0\x09\0"), words(0x0127, b"\xff\xff")),
        words(0x0521, struct.pack("<H", 3) + b"old\0" + struct.pack("<hh", 20, 0)),
    ),
]
CHANGES = st.lists(
    st.tuples(st.integers(0, 4000), st.sampled_from([b"\0", b"\xff", b"\x7f", b"\x80"]) | st.binary(max_size=4))
)


@given(st.binary(max_size=300), st.sampled_from([b"", emf()[:108], wmf()[:18], b"\x1f\x8b\x08"]))
def test_no_bytes_raise(content, head):
    assert isinstance(text_of_metafile(head + content), list)


@given(st.sampled_from(SAMPLES), CHANGES, st.integers(0, 4000))
def test_no_damage_raises(sample, changes, end):
    content = bytearray(sample)
    for place, change in changes:
        start = place % len(content)
        content[start : start + len(change)] = change
    assert isinstance(text_of_metafile(bytes(content[:end])), list)
    assert isinstance(text_of_metafile(bytes(content)), list)
