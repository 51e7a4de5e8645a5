"""Whether the parts of an index agree with each other."""

from index.embedded.snapshot import Snapshot
from index.embedded.store import Store
from index.embedded.text import TextIndex
from index.results import Check

_REMEDY = "run customs-lens rebuild: it rebuilds this part from the store"


def health(store: Store, text: TextIndex, snapshot: Snapshot) -> tuple[Check, ...]:
    """Return one finding for each part."""
    damage = store.damage()
    documents, papers, passages = store.totals()
    behind = store.sequence() - (text.applied or 0)
    visible = int(snapshot.columns.passages.sum())
    held = vector_count(snapshot)
    return (
        Check(
            name="store",
            ok=damage is None,
            detail=damage or f"{documents} documents, {papers} papers, {passages} passages",
            remedy="restore a backup, or run customs-lens doctor --repair" if damage else None,
        ),
        _text(text, agrees=text.entries == visible and not behind, passages=passages),
        _agree("vectors", ok=held == visible, detail=f"{held} of {visible} passages"),
    )


def _text(text: TextIndex, *, agrees: bool, passages: int) -> Check:
    if files := text.damaged():
        return _agree("text index", ok=False, detail=f"damaged: {', '.join(files)}")
    return _agree("text index", ok=agrees, detail=f"{text.entries} of {passages} passages")


def vector_count(snapshot: Snapshot) -> int:
    """Return how many passages of a snapshot have a vector."""
    return sum(one.passages for one in snapshot.vectors)


def _agree(name: str, *, ok: bool, detail: str) -> Check:
    return Check(name=name, ok=ok, detail=detail, remedy=None if ok else _REMEDY)
