"""Workers of an index in a cluster that are alive for as long as a test says."""

import uuid
from typing import ClassVar


class Member:
    """A worker that knows of the others what its process knows."""

    alive: ClassVar[set[str]] = set()

    def __init__(self, state="one") -> None:
        self.state = state
        self.name = f"{uuid.uuid4().hex[:8]} (process 1 on a.example.org)"
        self.alive.add(self.name)

    def living(self, names):
        """Return those of the others that are alive."""
        return self.alive & set(names) - {self.name}


def let_die(name):
    """Let the others take a worker for dead."""
    Member.alive.discard(name)
