"""Network shares are known by what is mounted where."""

from pathlib import Path

import pytest

from pipelines.watching.watch import network_share

MOUNTS = r"""/dev/vda1 / ext4 rw 0 0
//server/share /mnt/my\040papers cifs rw 0 0
server:/export /mnt/nfs nfs4 rw 0 0
/dev/vdb1 /mnt/nfs/local ext4 rw 0 0
user@host:/ /mnt/ssh fuse.sshfs rw 0 0
broken
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/home/papers", None),
        ("/mnt/my papers/2024", "cifs"),
        ("/mnt/nfs", "nfs4"),
        ("/mnt/nfs/local/papers", None),
        ("/mnt/nfsother", None),
        ("/mnt/ssh/papers", "fuse.sshfs"),
    ],
)
def test_the_innermost_mount_counts(tmp_path, path, kind):
    mounts = tmp_path / "mounts"
    mounts.write_text(MOUNTS)
    assert network_share(Path(path), mounts) == kind


def test_a_system_that_tells_nothing_has_no_share(tmp_path):
    assert network_share(tmp_path, tmp_path / "none") is None
