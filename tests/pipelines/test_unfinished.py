"""What a run had to leave: noted whole or as before, and a note that cannot be read is never taken for none."""

import pytest

from configs.errors import UnavailableError
from pipelines.home import UNFINISHED
from pipelines.unfinished import note, unfinished


def test_documents_come_and_go(tmp_path):
    assert unfinished(tmp_path) == set()
    assert note(tmp_path, of=["a", "b"], left=["a"])
    assert note(tmp_path, of=["c"], left=["c"])
    assert unfinished(tmp_path) == {"a", "c"}
    assert note(tmp_path, of=["a"], left=[])
    assert unfinished(tmp_path) == {"c"}
    assert note(tmp_path, of=["c"], left=[])
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_the_note_before(tmp_path, full_disk):
    note(tmp_path, of=["a"], left=["a"])
    with full_disk():
        assert not note(tmp_path, of=["b"], left=["b"])
    assert unfinished(tmp_path) == {"a"}
    assert [path.name for path in tmp_path.iterdir()] == [UNFINISHED]


BROKEN = [b"", b'["a"', b"{}", b"[1]", b"\xff", b"[" * 100_000]


@pytest.mark.parametrize("content", BROKEN, ids=range(len(BROKEN)))
def test_a_note_that_cannot_be_read_is_an_error_and_replaced_by_the_next(tmp_path, content, caplog):
    (tmp_path / UNFINISHED).write_bytes(content)
    with pytest.raises(UnavailableError, match=r"unfinished\.json: .* cannot be read: .*without --only failed"):
        unfinished(tmp_path)
    assert note(tmp_path, of=["a", "b"], left=["b"])
    assert unfinished(tmp_path) == {"b"}
    assert len(caplog.records) == 1
    (tmp_path / UNFINISHED).write_bytes(content)
    assert note(tmp_path, of=["a"], left=[])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.model
@pytest.mark.parametrize("dry", [False, True])
def test_only_failed_does_not_take_it_for_nothing(take_in, settings, papers, dry):
    (papers / "a.txt").write_text("The single window.")
    take_in()
    (settings.home / UNFINISHED).write_bytes(b"")
    with pytest.raises(UnavailableError, match=r"unfinished\.json"):
        take_in(only="failed", dry_run=dry)
    assert take_in(dry_run=dry)["unchanged"] == 1
    assert (settings.home / UNFINISHED).exists() == dry
