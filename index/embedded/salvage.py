"""Repairs of a damaged store: what is damaged is taken out of it, so that it can be put again."""

import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from configs.system.folders import make_home
from index.embedded import schema
from index.embedded.checksums import is_meta_sound
from index.embedded.damage import StoreDamage, saved
from index.embedded.store import Store
from index.embedded.writer import Changes
from index.encoder import EncoderIdentity


def take_out(folder: Path, damage: StoreDamage) -> None:
    """Take the damaged documents out of a store whose file is sound; the caller holds the writer's lock."""
    with closing(Store(folder, write=True)) as store:
        Changes(store).bury([doc for doc, _ in damage.documents])


def save_into(folder: Path, damaged: Path, identity: EncoderIdentity) -> int:
    """Make a store of the sound documents of one whose file is damaged, and return how many they are.

    The caller holds the writer's lock. The encoder is that of the damaged one, where it can be known. Everything that
    is derived of documents is re-created: terms, papers, the columns of tags.
    """
    with suppress(sqlite3.Error, ValueError), closing(Store(damaged, write=False)) as store:
        if is_meta_sound(store.connection):
            stated = schema.stated(store.connection, damaged)
            identity = EncoderIdentity.model_validate_json(stated["encoder"])
    make_home(folder.parent)
    folder.mkdir(exist_ok=True)
    count = 0
    with closing(Store(folder, write=True)) as store:
        schema.create(store.connection, identity)
        changes = Changes(store)
        for one in saved(damaged):
            changes.put(*one)
            count += 1
    return count
