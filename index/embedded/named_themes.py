"""The way from an index of before there were two kinds of themes: all of its themes were named."""

import sqlite3

import numpy as np


def add_named_themes(connection: sqlite3.Connection) -> None:
    """Let the themes of every passage count as named ones, too; the caller holds a transaction."""
    connection.execute(
        "INSERT OR IGNORE INTO terms (field, value) SELECT 'theme.named', value FROM terms WHERE field = 'theme'"
    )
    pairs = connection.execute(
        "SELECT theme.term, named.term FROM terms AS theme JOIN terms AS named USING (value)"
        " WHERE theme.field = 'theme' AND named.field = 'theme.named'"
    ).fetchall()
    if not pairs:
        return
    themes, named = np.array(sorted(pairs), "<i4").T
    for (doc,) in connection.execute("SELECT doc FROM tags").fetchall():
        (blob,) = connection.execute("SELECT named FROM tags WHERE doc = ?", (doc,)).fetchone()
        rows = np.frombuffer(blob, "<i4").reshape(-1, 2)  # place of a passage, term
        found = np.minimum(np.searchsorted(themes, rows[:, 1]), len(themes) - 1)
        is_theme = themes[found] == rows[:, 1]
        added = np.stack([rows[is_theme, 0], named[found[is_theme]]], axis=1)
        joined = np.concatenate([rows, added])
        joined = joined[np.argsort(joined[:, 0], kind="stable")]
        connection.execute("UPDATE tags SET named = ? WHERE doc = ?", (joined.astype("<i4").tobytes(), doc))
