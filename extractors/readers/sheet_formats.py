"""Interprets number formats of an XLSX: codes with leading zeros, percentages, years and months.

Other formats change how a number looks and not what it says (separators, currencies, rounding); values stay as they
are there. Codes of formats: ISO/IEC 29500-1 §18.8.31.
"""

import datetime as dt
import math
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import IO, TypeGuard

from extractors.readers.package_xml import Package
from extractors.readers.sheet_rows import CHUNK, MAX_COUNTED, Value, place_of_column

Form = Callable[[Value], str | None]
"""How a value is shown; None where the format does not change what it says."""

Forms = Mapping[tuple[int, int], Form]
"""How cells are shown, by row and column from 0."""

_BUILT_IN = {9: "0%", 10: "0.00%", 17: "mmm-yy"}  # §18.8.30; the others show values as they are
_CELL = re.compile(rb"<(?:\w+:)?c\s([^>]*)>")
_PLACE, _STYLE = re.compile(rb'\br="([A-Z]{1,3})([0-9]{1,7})"'), re.compile(rb'\bs="([0-9]{1,6})"')
_LITERAL = re.compile(r'"([^"]*)"|\\(.)')
_IGNORED = re.compile(r"\[[^\]]*\]|_.|\*.")  # colours, conditions, languages; room for a character; filling
_PER_CENT = re.compile(r"[#,0?]*0(?:\.(?P<places>[0#?]+))? ?%")
_CODE = re.compile(r"0+(?:[^0#?,.%/E]+0+)*")  # digits and what stands between them
_DECIMAL_CODE = re.compile(r"0{2,}\.(?P<places>0+)")
_YEAR, _MONTH = re.compile(r"y{3,4}", re.IGNORECASE), re.compile(r"m{1,5}\W*y+|y+\W*m{1,5}", re.IGNORECASE)
_EXACT = Context(prec=800)  # figures; a number has 309 before its point, and a code not more than 255 behind it
_LONGEST_CODE = 255  # characters that Excel takes
_FEWEST_DIGITS = 2  # of a code with leading zeros
_KEPT = str.maketrans({"0": "\ue000", "#": "\ue001", "?": "\ue002", ",": "\ue003", ".": "\ue004", "%": "\ue005"})
_GIVEN_BACK = {value: chr(key) for key, value in _KEPT.items()}


def sheet_forms(styles: Sequence[Form | None], stream: IO[bytes]) -> Forms:
    """Return how the cells of a sheet, by row and column from 0, are shown whose style says more than their value."""
    found: dict[tuple[int, int], Form] = {}
    count, rest = 0, b""
    while (chunk := stream.read(CHUNK)) and count < MAX_COUNTED:
        rest += chunk
        end = max(0, rest.rfind(b"<"))
        for attributes in _CELL.findall(rest, 0, end):
            count += 1
            style, place = _STYLE.search(attributes), _PLACE.search(attributes)
            form = styles[int(style[1])] if style and int(style[1]) < len(styles) else None
            if form and place:
                found[int(place[2]) - 1, place_of_column(place[1]) - 1] = form
        rest = rest[end:]
    return found


def styles_of(package: Package, book: str) -> list[Form | None]:
    """Return what each cell style of a workbook, whose main part is `book`, shows of values; empty where none does."""
    part = next((one.target for one in package.relations(book) if one.kind == "styles"), None)
    root = package.xml(part) if part else None
    if root is None:
        return []
    codes: dict[str, str] = {str(number): code for number, code in _BUILT_IN.items()}
    codes |= {one.get("numFmtId", ""): one.get("formatCode", "") for one in root.iterfind("{*}numFmts/{*}numFmt")}
    forms = [form_of(codes.get(one.get("numFmtId", ""), "")) for one in root.iterfind("{*}cellXfs/{*}xf")]
    return forms if any(forms) else []


def form_of(code: str) -> Form | None:
    """Return how a format code shows values, None where it does not change what they say."""
    first = code.split(";", 1)[0] if len(code) <= _LONGEST_CODE else ""
    literal = _LITERAL.sub(lambda match: (match[1] or match[2] or "").translate(_KEPT), first)
    shown = _IGNORED.sub("", literal).strip()
    per_cent, decimal = _PER_CENT.fullmatch(shown), _DECIMAL_CODE.fullmatch(shown)
    if per_cent:
        places = len(per_cent["places"] or "")
        return lambda value: f"{_rounded(value, places, scale=2)}%" if _is_number(value) else None
    if decimal:
        width, places = len(shown), len(decimal["places"])
        return lambda value: _rounded(value, places).zfill(width) if _is_number(value) and value >= 0 else None
    if _CODE.fullmatch(shown) and shown.count("0") >= _FEWEST_DIGITS:
        return lambda value: _coded(value, shown)
    if _YEAR.fullmatch(shown):
        return lambda value: str(value.year) if isinstance(value, dt.date) else None
    if _MONTH.fullmatch(shown):
        return lambda value: f"{value.year}-{value.month:02}" if isinstance(value, dt.date) else None
    return None


def _coded(value: Value, form: str) -> str | None:
    """Return a whole number with the digits of a form, from its end: 10121 as 0101.21."""
    if not _is_number(value) or value < 0 or value % 1:  # of infinity, that is no number
        return None
    digits = list(f"{int(value):0{form.count('0')}}")
    shown = [digits.pop() if sign == "0" else _GIVEN_BACK.get(sign, sign) for sign in reversed(form)]
    return "".join([*digits, *reversed(shown)])


def _rounded(value: float, places: int, scale: int = 0) -> str:
    """Return a number times a power of ten as sheets round it: halves of what is written away from zero."""
    if not math.isfinite(value):
        return str(value)
    written = Decimal(repr(value)).scaleb(scale)
    return f"{written.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP, _EXACT):f}"


def _is_number(value: Value) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
