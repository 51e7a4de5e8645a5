"""What follows a commit stands in one list, each follower after those whose changes concern it."""

from contextlib import closing
from unittest.mock import Mock

from configs.settings import load_settings
from index.protocol import Engine
from pipelines.ingest.follow.followers import followers
from pipelines.ingest.follow.protocol import Changes
from pipelines.ingest.follow.succession import Succession
from pipelines.ingest.writer import DocumentWriter
from pipelines.storage.entries import LedgerRow
from pipelines.storage.opening import open_storage

ORDER = ["Succession", "Corrections", "MemberAccess", "VersionLinks"]
"""Successors take over corrections, these set keys and classes, members have the classes, versions go by both."""


def test_followers_follow_in_their_order_and_leave_a_run_that_goes_on_alone(tmp_path):
    storage = open_storage(load_settings(tmp_path))
    with closing(storage.open_ledger(write=True)) as ledger, closing(storage.open_judgements(write=True)) as store:
        writer = DocumentWriter(Mock(spec=Engine), ledger)
        found = followers(Succession(writer, 1), writer, store)
        assert [type(one).__name__ for one in found] == ORDER
        ledger.write(LedgerRow(id="a", source="a", sha256="1", outcome="duplicate", status="duplicate", run="1"))
        changes = Changes()
        assert not any(one.follow(changes) for one in found)
        assert changes.orphans == []
        changes.ended = "1"
        assert not found[0].follow(changes)
        assert [row.id for row in changes.orphans] == ["a"]
