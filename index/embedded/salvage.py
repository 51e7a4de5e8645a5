"""Repairs a damaged store: damaged documents are removed, so that they can be ingested again."""

import sqlite3
from contextlib import closing, suppress
from itertools import chain
from pathlib import Path

from configs.system.errors import MismatchError, UnavailableError
from configs.system.folders import make_home
from index.embedded import schema
from index.embedded.checksums import is_meta_sound
from index.embedded.damage import StoreDamage, saved
from index.embedded.store import Store
from index.embedded.writer import Changes
from index.encoder import EncoderIdentity


def remove_damaged(folder: Path, damage: StoreDamage) -> None:
    """Remove the damaged documents from a store whose file is intact; the caller holds the writer's lock."""
    with closing(Store(folder, write=True)) as store:
        Changes(store).delete_states([doc for doc, _ in damage.documents])


def save_into(folder: Path, damaged: Path, identity: EncoderIdentity) -> int:
    """Create a store from the intact documents of a store whose file is damaged, and return how many they are.

    The caller holds the writer's lock. The encoder is the one that the damaged store states, where it can be read,
    else `identity`; raises `MismatchError` where the dimensions differ. All data derived from documents is
    re-created: terms, papers, the columns of tags.
    """
    documents = saved(damaged)
    first = next(documents, None)
    dimension = first.vectors.values.shape[1] if first else None
    stated, is_sure = _stated_encoder(damaged)
    if stated and (is_sure or dimension not in (None, identity.dimension)):
        identity = stated
    if dimension not in (None, identity.dimension):
        message = f"{damaged}: its vectors have {dimension} dimensions, those of {identity.name} {identity.dimension}"
        raise MismatchError(message, "run the same command with --encoder, and the one that the papers were read with")
    make_home(folder.parent)
    folder.mkdir(exist_ok=True)
    count = 0
    with closing(Store(folder, write=True)) as store:
        schema.create(store.connection, identity)
        changes = Changes(store)
        for one in chain([first] if first else (), documents):
            changes.put(*one)
            count += 1
    return count


def _stated_encoder(damaged: Path) -> tuple[EncoderIdentity | None, bool]:
    """Return the encoder that a damaged store states, where it can be read, and whether its checksum matches."""
    unreadable = (sqlite3.Error, ValueError, LookupError, UnavailableError)
    with suppress(*unreadable), closing(Store(damaged, write=False)) as store:
        stated = schema.stated(store.connection, damaged)["encoder"]
        return EncoderIdentity.model_validate_json(stated), is_meta_sound(store.connection)
    return None, False
