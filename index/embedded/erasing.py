"""What was deleted from the truth, taken off the disk too: SQLite only marks its pages as free."""

import sqlite3
from contextlib import closing
from pathlib import Path

from index.database import compact
from index.embedded.store import FILE


def erase(folder: Path) -> bool:
    """Take what no document refers to any more out of the files of an index; the caller sees to it that nobody writes.

    Return whether nothing is left of it: while somebody reads, it is. Raises as `compact` does.
    """
    with closing(sqlite3.connect(folder / FILE)) as connection, connection:
        connection.execute("DELETE FROM papers WHERE paper NOT IN (SELECT paper FROM documents)")
    return compact(folder / FILE)
