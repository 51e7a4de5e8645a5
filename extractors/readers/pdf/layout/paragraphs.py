"""Groups the lines of a PDF page into paragraphs, and joins their text."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import pairwise

from extractors.readers.pdf.layout.footer import plain_mark
from extractors.readers.pdf.layout.reading_order import are_short
from extractors.readers.pdf.layout.style import NOTE_MARK, Style, wide_leading
from extractors.readers.pdf.text.dehyphenation import WholeWords
from extractors.readers.pdf.text.lines import Line, appended, has_leaders, leads_to_page
from extractors.text.numbering import (
    follows,
    is_lone_number,
    is_unmarked,
    split_bullet,
    split_division,
    split_number,
)

BIG = 1.12
"""Type that is so many times the size of the body text makes a heading."""

_NEW_PARAGRAPH = 1.35  # times the usual distance of baselines
_USUAL_LEADING = 1.2  # em, where a document has too few lines to measure it
_SAME_SIZE = 0.095  # share of the larger size; a word in another face may open a line
_SAME_ROW = 0.6  # em between pieces of one line
_SPREAD, _ALIKE = 8.0, 0.1  # em of each of several spaces in such a line, and by which they differ, at most
_STRETCHED = 2.0  # em of a space in a line filled up to its margin, at most
_LEVEL = 0.1  # em between the baselines of one row
_NUMBER_LEVEL = 0.3  # em between those of a printed number and of its text
_LONGEST_NUMBER = 8  # characters
_AFTER_NUMBER = 6.0  # em between a printed number and its text, at most
_INDENT = 1.0  # em
_OUTDENT = 6.0  # em by which the first line of a paragraph may be indented, at most
_MOST_OF_IT = 0.7  # share of a full line that the one in the middle above has at least, where both are of one title
_ALIGNED = 0.2  # em between ends or starts that are one
_WINDOW = 8  # lines before and after that show where a column begins and ends
_SAME_COLUMN = 6.0  # em between the starts of lines of one column
_FEW_ENTRIES = 4  # of a table of contents, of a list with labels
_PAGE_NUMBER = re.compile(r"(?:\d{1,4}|[ivxl]{1,6})$")
_LONGEST_PAGE_NUMBER = 6  # characters
_SENTENCE_END = re.compile(r"[.:;!?…؛؟][\"'”»)\]]*[⁰¹²³⁴-⁹]*$")
_PUNCTUATION = ".,;:()\"'“”«»"
_RANGE_SIGNS = "-\u2010\u2011\u2013"
_ADDRESS = re.compile(r"\S*(?:://|\bwww\.)")
_ADDRESS_SIGNS = "-/_=&?%"
_REST_OF_ADDRESS = re.compile(r"\w*[-/_.=&?%]\w")


def paragraphs(lines: Sequence[Line], style: Style) -> Iterator[tuple[list[Line], float]]:
    """Yield the lines of each paragraph of a page whose lines are in reading order, and its right margin."""
    lines, labelled = _with_rows_whole(lines)
    style = replace(style, wide=wide_leading(lines, style))
    margins = _Margins(lines)
    entries = _rests_of_entries(lines)
    group: list[Line] = []
    number: str | None = None
    for place, line in enumerate(lines):
        if place in entries:
            group.append(line)
            continue
        begins = begins_number(line.text)
        if group:
            ragged = _is_flush_right(place, lines) and not _both_stand_out(group[-1], line, style)
            margin = partial(margins.right, place - 1)
            if ragged or place in labelled or _begins_paragraph(group, line, margin, (number, begins), style):
                yield group, margin()
                group = []
        if not group:
            number = begins or number
        group.append(line)
    if group:
        yield group, margins.right(len(lines) - 1)


def runs_on(last: Line, line: Line) -> bool:
    """Return whether the sentence that `last` leaves open can go on in `line`, in another column or page."""
    if not _same_size(last, line) or line.bold != last.bold or begins_number(line.text):
        return False
    return last.hyphen or not _SENTENCE_END.search(last.text)


def is_full(last: Line, line: Line, right: float) -> bool:
    """Return whether a line had no room, up to its right margin, for the first word of another line."""
    return not _break_is_forced(last, line, right)


def begins_number(text: str) -> str | None:
    """Return the printed number that a line begins with, a bullet sign for any bullet, or None."""
    if is_unmarked(text):
        return None
    return split_number(text)[0] or ("•" if split_bullet(text, letter=False) is not None else None)


def joined_lines(lines: Sequence[Line], words: WholeWords) -> tuple[str, list[int]]:
    """Return the text of lines as one, and the offset at which each line starts in it: words parted are whole again.

    The hyphen stays where the next line goes on with a digit or with a capital, unless all is in capitals, and where
    the words that stand whole elsewhere in the document show that it is one of spelling. Figures parted after their
    dash ("2013–" and "2020") and addresses of the web go on without a space.
    """
    text, parted, capitals = "", False, False
    starts: list[int] = []
    for line in lines:
        if parted:
            text, first = text.rstrip("\u00ad\u2010-"), _first_word(line.text)
            whole = first[:1].islower() or (capitals and first.isupper())
            text += "-" if not whole or words.keep_hyphen(_last_word(text), first) else ""
        elif text and not _goes_on(text, line.text):
            text += " "
        starts.append(len(text))
        text += line.text
        parted, capitals = line.hyphen, line.text.isupper()
    return text, starts


def _goes_on(text: str, rest: str) -> bool:
    """Return whether a line ends inside a range of figures or an address, which have no spaces."""
    if text[-1] in _RANGE_SIGNS and text[-2:-1].isdecimal() and rest[:1].isdecimal():
        return True
    if text[-1] not in _ADDRESS_SIGNS or not _REST_OF_ADDRESS.match(rest):
        return False
    return _ADDRESS.match(text.rsplit(None, 1)[-1]) is not None


def _last_word(text: str) -> str:
    return text.rsplit(None, 1)[-1].lstrip(_PUNCTUATION) if text.strip() else ""


def _first_word(text: str) -> str:
    return text.split(None, 1)[0].rstrip(_PUNCTUATION)


def _with_rows_whole(lines: Sequence[Line]) -> tuple[Sequence[Line], set[int]]:
    """Return lines with those joined that were parted at a wide space of a justified row, or after number or label.

    The places of lines that begin with the label of a list come with them.
    """
    rows = [line.start > before.end and _is_of_row(before, line) for before, line in pairwise(lines)]
    if not any(rows):
        return lines, set()
    margins = _Margins(lines)
    contents = len(_entry_ends(lines)) >= _FEW_ENTRIES
    spread, labelled = _wide_continuations(lines, rows, margins), _labelled(lines, rows)
    begun: set[int] = set()
    whole = list(lines[:1])
    for place, (line, level) in enumerate(zip(lines[1:], rows, strict=True)):
        before = whole[-1]
        if place + 1 in labelled:
            begun.add(len(whole) - 1)
        if place + 1 in labelled or place + 1 in spread:
            whole[-1] = appended(before, line)
            continue
        if level and line.start - before.end < _AFTER_NUMBER * line.size:
            filled = line.end > margins.right(place) - 0.2 * line.size
            numbered = is_lone_number(before.text) or (contents and split_division(before.text) is not None)
            most = _AFTER_NUMBER if numbered else _STRETCHED if filled else 0.0
            if line.start - before.end < most * line.size:
                whole[-1] = appended(before, line)
                continue
        whole.append(line)
    return whole, begun


def _rests_of_entries(lines: Sequence[Line]) -> set[int]:
    """Return the places of the lines that go on in an entry of a table of contents, which ends in the number of a page.

    Titles of entries are set in narrow columns, so that their margin is no evidence that they go on.
    """
    ends = _entry_ends(lines)
    if len(ends) < _FEW_ENTRIES:
        return set()
    found: set[int] = set()
    for before, last in pairwise(ends):
        place = last
        while place - 1 > before and _goes_on_in_entry(lines[place - 1], lines[place]):
            found.add(place)
            place -= 1
    return found


def _entry_ends(lines: Sequence[Line]) -> list[int]:
    return [place for place, line in enumerate(lines) if leads_to_page(line.text)]


def _goes_on_in_entry(before: Line, line: Line) -> bool:
    step = line.baseline - before.baseline
    below = 0 < step < _NEW_PARAGRAPH * _USUAL_LEADING * line.size and line.start > before.start - _ALIGNED * line.size
    return below and _same_size(before, line) and before.angle == line.angle and not _opens_entry(line.text)


def _opens_entry(text: str) -> bool:
    return begins_number(text) is not None or split_division(text) is not None


def _wide_continuations(lines: Sequence[Line], rows: Sequence[bool], margins: "_Margins") -> set[int]:
    """Return the places of the lines that go on in a row which is set wide, with spaces all alike, up to its margin.

    `rows` says of each line but the first whether it continues the row of the one before.
    """
    found: set[int] = set()
    first = 0
    for place, goes_on in enumerate([*rows, False], start=1):
        if goes_on:
            continue
        spaces = [line.start - before.end for before, line in pairwise(lines[first:place])]
        if len(spaces) > 1:
            size = lines[first].size
            filled = lines[place - 1].end > margins.right(first) - 0.2 * size
            if filled and max(spaces) < _SPREAD * size and max(spaces) - min(spaces) < _ALIKE * size:
                found.update(range(first + 1, place))
        first = place
    return found


def _labelled(lines: Sequence[Line], rows: Sequence[bool]) -> set[int]:
    """Return the places of the texts that stand behind the labels of a list, one below the other: of its acronyms.

    `rows` says of each line but the first whether it continues the row of the one before.
    """
    lists: dict[tuple[int, int], list[int]] = defaultdict(list)
    for place, goes_on in enumerate(rows, start=1):
        if goes_on:
            lists[round(lines[place - 1].start), round(lines[place].start)].append(place)
    return {
        place
        for places in lists.values()
        if len(places) >= _FEW_ENTRIES
        and are_short([lines[place - 1] for place in places], [lines[place] for place in places])
        for place in places
    }


def _is_level(before: Line, line: Line) -> bool:
    return before.angle == line.angle and abs(line.baseline - before.baseline) < _LEVEL * line.size


def _is_of_row(before: Line, line: Line) -> bool:
    """Return whether two pieces are of one row: level, or a number set a little higher or lower than its text."""
    if _is_level(before, line):
        return True
    near = before.angle == line.angle and abs(line.baseline - before.baseline) < _NUMBER_LEVEL * line.size
    return near and len(before.text) <= _LONGEST_NUMBER and is_lone_number(before.text)


def _begins_paragraph(
    group: list[Line],
    line: Line,
    right: Callable[[], float],
    numbers: tuple[str | None, str | None],
    style: Style,
) -> bool:
    """Return whether a line begins a paragraph; `right` is where the last line of the group might have ended."""
    before = group[-1]
    if line.angle != before.angle or line.foot != before.foot or not _same_size(before, line):
        return True
    step = line.baseline - before.baseline
    if line.start > before.end and abs(step) < 0.5 * line.size:
        near = line.start - before.end < _SAME_ROW * line.size
        return not (near or _is_page_number(line.text))  # another cell of the row, or the page of a title
    if step < -0.5 * line.size:  # back up: the next column, where a sentence may run on
        return not runs_on(before, line)
    apart = step > _NEW_PARAGRAPH * style.leading.get(round(line.size), _USUAL_LEADING * line.size)
    if (apart and not _goes_on_wide(before, line, right, style)) or line.end < before.start or line.start > before.end:
        return True
    outdented = before.start - line.start > _OUTDENT * line.size
    if outdented and _falls_back(group, line) and not _both_stand_out(before, line, style):
        return True
    return _opens(group, line, right, numbers, style)


def _goes_on_wide(before: Line, line: Line, right: Callable[[], float], style: Style) -> bool:
    """Return whether a full line goes on in the next one of a paragraph that is set wider than the text."""
    wide = style.wide.get(round(line.size))
    if wide is None or abs(line.baseline - before.baseline - wide) > _ALIKE * line.size:
        return False
    level = abs(before.start - line.start) < _INDENT * line.size
    return level and not _SENTENCE_END.search(before.text) and not _break_is_forced(before, line, right())


def _falls_back(group: list[Line], line: Line) -> bool:
    """Return whether a line begins far to the left of the row above, which is centred or right-aligned."""
    before = group[-1]
    start = min(other.start for other in group if _is_level(before, other))  # a row may have come in pieces
    if start - line.start <= _OUTDENT * line.size:
        return False
    return before.end - start < _MOST_OF_IT * (line.end - line.start) or not _both_centred(before, line)


def _opens(
    group: list[Line],
    line: Line,
    right: Callable[[], float],
    numbers: tuple[str | None, str | None],
    style: Style,
) -> bool:
    """Return whether a line right below the last one of a group opens a new paragraph."""
    before = group[-1]
    if before.bold and not line.bold and all(other.bold for other in group):
        return True
    if style.may_open_note(line) and _is_next_note(group[0], line):
        return True
    forced = _break_is_forced(before, line, right())
    last, begins = numbers
    if begins:
        doubtful = begins != "•" and not forced and not _SENTENCE_END.search(before.text)
        return not doubtful or follows(last, begins)
    if _both_centred(before, line):
        return False
    if forced and not _both_stand_out(before, line, style):
        return True
    return len(group) > 1 and line.start - before.start > _INDENT * line.size and not before.hyphen


def _is_next_note(first: Line, line: Line) -> bool:
    """Return whether two lines begin footnotes whose numbers follow one another."""
    before, mark = NOTE_MARK.match(first.text), NOTE_MARK.match(line.text)
    marks = [plain_mark(match["mark"]) for match in (before, mark) if match]
    numbers = [mark for mark in marks if mark.isdecimal()]
    return len(numbers) == 2 and int(numbers[1]) == int(numbers[0]) + 1  # noqa: PLR2004 - both


def _same_size(before: Line, line: Line) -> bool:
    one, other = before.size, line.size
    return one == other or abs(one - other) <= _SAME_SIZE * max(one, other)


def _break_is_forced(before: Line, line: Line, right: float) -> bool:
    """Return whether the next line's first word would have fitted, so that the line break was forced."""
    if before.hyphen:
        return False
    advance = (line.end - line.start) / max(1, len(line.text))
    word = line.text.split(None, 1)[0]
    if before.end + (len(word) + 1) * advance < right - line.size:
        return True
    return has_leaders(before.text) or _is_page_number(before.text)


def _is_page_number(text: str) -> bool:
    return len(text) <= _LONGEST_PAGE_NUMBER and _PAGE_NUMBER.match(text) is not None


class _Margins:
    """The right margins of lines in reading order."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self._lines, self._ends = lines, [line.end for line in lines]

    def right(self, place: int) -> float:
        """Return where the lines around the one at a place that begin near its start end at the latest."""
        line, first = self._lines[place], max(0, place - _WINDOW)
        near = self._ends[first : place + _WINDOW + 1]
        right = max(near)
        if right > line.end and not _is_of_column(self._lines[first + near.index(right)], line):
            later = [self._lines[first + other] for other, end in enumerate(near) if end > line.end]
            right = max([other.end for other in later if _is_of_column(other, line)], default=line.end)
        return right


def _is_of_column(other: Line, line: Line) -> bool:
    """Return whether another line begins near the start of a line and looks like it."""
    return (
        abs(other.start - line.start) < _SAME_COLUMN * line.size
        and other.angle == line.angle
        and other.bold == line.bold
        and _same_size(other, line)
    )


def _is_flush_right(place: int, lines: Sequence[Line]) -> bool:
    """Return whether a line and the one above are set at the right margin, each for itself.

    They end together and begin apart, far to the right of other lines, and no other line begins where one of them
    does: the lines of a column would. A numbered paragraph and what begins in small letters stand in a text.
    """
    before, line = lines[place - 1], lines[place]
    near = _ALIGNED * line.size
    if abs(before.end - line.end) > near or abs(before.start - line.start) < _INDENT * line.size:
        return False
    if line.text[:1].islower() or begins_number(before.text):
        return False
    others = [other.start for other in lines[max(0, place - _WINDOW) : place - 1]]
    others += [other.start for other in lines[place + 1 : place + _WINDOW + 1]]
    if min(others, default=before.start) > min(before.start, line.start) - _OUTDENT * line.size:
        return False
    return not any(abs(other - start) <= near for other in others for start in (before.start, line.start))


def _both_centred(before: Line, line: Line) -> bool:
    shift = abs(line.start - before.start)
    off_centre = abs((line.start + line.end) - (before.start + before.end)) / 2
    return shift > 2 * off_centre and off_centre < 0.5 * line.size and line.bold == before.bold


def _both_stand_out(before: Line, line: Line, style: Style) -> bool:
    """Return whether two lines are of one heading, which its author broke at will."""
    bold = before.bold and line.bold and not style.bold
    return bold or min(before.size, line.size) >= BIG * style.size
