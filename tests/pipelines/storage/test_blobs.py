import hashlib

import pytest

from pipelines.storage.blobs import BlobMissingError, BlobStore


@pytest.fixture(params=["folder", "memory"])
def store(request, tmp_path):
    return BlobStore(str(tmp_path / "blobs") if request.param == "folder" else f"memory://{tmp_path.name}")


def test_bytes_and_text_come_back_under_their_hash(store):
    name = store.put(b"paper")
    assert name == hashlib.sha256(b"paper").hexdigest()
    assert store.get(name) == b"paper"
    assert store.get_text(store.put_text("numéro 12")) == "numéro 12"


def test_pieces_come_back_as_one_under_their_hash(store):
    pieces = [b"paper", b"", b"of", b"Arvenia" * 500_000]
    whole = b"".join(pieces)
    assert store.put_pieces(pieces) == store.put_pieces(iter(pieces)) == store.put(whole)
    assert store.get(store.put_pieces(pieces)) == whole
    assert store.sweep({store.put_pieces(pieces)}) == 0


def test_the_same_bytes_are_stored_once(tmp_path):
    store = BlobStore(str(tmp_path))
    assert store.put(b"x") == store.put(b"x")
    assert sum(path.is_file() for path in tmp_path.rglob("*")) == 1


def test_sweep_deletes_what_is_not_kept_and_a_missing_blob_is_named_with_the_remedy(store):
    assert store.sweep(set()) == 0
    kept, gone = store.put(b"kept"), store.put(b"gone")
    assert store.sweep({kept}) == 1
    assert store.get(kept) == b"kept"
    with pytest.raises(BlobMissingError, match="--force"):
        store.get(gone)
