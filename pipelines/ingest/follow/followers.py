"""The followers of a commit, in order."""

from index.judgements.store import JudgementStore
from pipelines.ingest.follow.corrections import Corrections
from pipelines.ingest.follow.members import MemberAccess
from pipelines.ingest.follow.protocol import Follower
from pipelines.ingest.follow.succession import Succession
from pipelines.ingest.follow.versions import VersionLinks
from pipelines.ingest.writer import DocumentWriter


def followers(succession: Succession, writer: DocumentWriter, store: JudgementStore) -> tuple[Follower, ...]:
    """Return all followers of a commit, each after those that it depends on.

    1. Successors take over judgements and corrections, which are applied to them then.
    2. Corrections change keys and access classes.
    3. Members of containers have the class of these.
    4. Versions are of one paper and one access class, and go by its key.
    """
    members = MemberAccess(writer.engine, writer.ledger)
    corrections = Corrections(store, writer.engine, writer.ledger, members)
    return succession, corrections, members, VersionLinks(writer.engine, writer.ledger)
