r"""Tables of Word 97, found again in text where a tab ends every cell, and one more every row.

The columns are inferred from where rows end: a table whose rows differ in their number of cells comes in parts, and
one with a single row or column is text. A blank line ends a table.
"""

from collections.abc import Iterator, Sequence

_MAX_COLUMNS = 63  # of a table in Word
_MIN_COLUMNS = 2

Rows = list[list[str]]


def lines_and_tables(text: str) -> Iterator[str | Rows]:
    """Yield the lines of a text and the rows of the tables in it, in their order; blank lines are left out."""
    for chunk in text.split("\n\n"):
        for part in _parts(chunk.split("\t")):
            if isinstance(part, str):
                yield from filter(str.strip, part.split("\n"))
            else:
                yield part


def _parts(tokens: list[str]) -> Iterator[str | Rows]:
    """Yield the texts and the tables of a chunk, given as what stands between its tabs."""
    if not _columns(tokens, 0) and _columns(["", *tokens], 0):
        tokens = ["", *tokens]  # a chunk has lost the tab of an empty cell at its start
    done = at = 0
    while at < len(tokens):
        columns = _first_row(tokens, at)
        if not columns:
            at += 1
            continue
        before, _, first = tokens[at].rpartition("\n")
        yield "\t".join([*tokens[done:at], before])
        rows = _rows(tokens, at, columns)
        at += len(rows) * (columns + 1)
        done = at
        rows[0][0] = first
        yield rows
    yield "\t".join(tokens[done:])


def _first_row(tokens: Sequence[str], at: int) -> int:
    """Return the number of columns of a table that begins at a token, 0 where none does.

    A line that ends inside the row is more likely one before the table, if a table begins behind it.
    """
    columns = _columns(tokens, at)
    inside = range(at + 1, at + columns)
    if any("\n" in tokens[place] for place in inside) and any(_columns(tokens, place) for place in inside):
        return 0
    return columns


def _columns(tokens: Sequence[str], at: int) -> int:
    """Return the least number of columns with which two rows stand at a token, 0 where there is none."""
    for columns in range(_MIN_COLUMNS, min(_MAX_COLUMNS, len(tokens) - at - 1) + 1):
        if not tokens[at + columns] and _is_row(tokens, at + columns + 1, columns):
            return columns
    return 0


def _is_row(tokens: Sequence[str], at: int, columns: int) -> bool:
    """Return whether a row that goes on a table stands at a token; the last of a chunk has lost the tabs of its end."""
    end = at + columns
    if end > len(tokens) or "\n" in tokens[at]:
        return False
    return end == len(tokens) or not tokens[end]


def _rows(tokens: Sequence[str], at: int, columns: int) -> Rows:
    rows = [list(tokens[at : at + columns])]
    at += columns + 1
    while _is_row(tokens, at, columns):
        rows.append(list(tokens[at : at + columns]))
        at += columns + 1
    return rows
