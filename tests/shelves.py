"""Connectors over the items of a dictionary, for tests of runs over configured sources."""

import io
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass, field

from pipelines.sources.connectors.contract import (
    Changes,
    CursorExpiredError,
    ListingProblem,
    SourceAwayError,
    SourceItem,
)

NAME = "papers"
ROOT = "https://papers.example.org/"


def paper(number, *, edition=0):
    return f"zpaper{number} zedition{edition}\n\nThe single window of country {number} was launched.\n".encode()


MORE = {f"{number:02}.txt": paper(number) for number in range(4, 12)}


def archive(**members):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as package:
        for name, content in members.items():
            package.writestr(f"{name}.txt", content)
    return packed.getvalue()


@dataclass
class Shelf:
    """A connector over the items of a dictionary; `faults` are what opening an item raises, by its id."""

    items: dict[str, bytes]
    faults: dict[str, Exception] = field(default_factory=dict)
    sidecars: dict[str, dict] = field(default_factory=dict)
    uris: dict[str, str] = field(default_factory=dict)
    problems: tuple[ListingProblem, ...] = ()
    has_fingerprints: bool = True
    page: int = 1000
    away_after: int | None = None
    opened: list[str] = field(default_factory=list)
    is_closed: bool = False

    def check(self):
        return []

    def changes(self, cursor):
        assert cursor is None
        names = sorted(self.items)
        for start in range(0, max(len(names), 1), self.page):
            if self.away_after is not None and start >= self.away_after:
                raise SourceAwayError(f"{ROOT}: does not answer", "try again later")
            listed = tuple(self.item(name) for name in names[start : start + self.page])
            yield Changes(items=listed, problems=self.problems)

    def ids(self):
        return set(self.items)

    @contextmanager
    def open(self, item):
        self.opened.append(item.id)
        if fault := self.faults.get(item.id):
            raise fault
        yield io.BytesIO(self.items[item.id])

    def close(self):
        self.is_closed = True

    def item(self, name):
        content = self.items[name]
        return SourceItem(
            id=name,
            uri=self.uris.get(name, f"{ROOT}{name}"),
            path=name,
            etag=f"{hash(content):x}" if self.has_fingerprints else "",
            size=len(content) if self.has_fingerprints else None,
            sidecar=self.sidecars.get(name, {}),
        )


@dataclass
class Feed(Shelf):
    """One that tells changes alone once it was listed: its cursor is how much of its log was told."""

    log: list[tuple[str, bool]] = field(default_factory=list)
    expired: bool = False
    asked: list[str | None] = field(default_factory=list)

    def put(self, name, content):
        self.items[name] = content
        self.log.append((name, True))

    def take(self, name):
        del self.items[name]
        self.log.append((name, False))

    def changes(self, cursor):
        self.asked.append(cursor)
        now = str(len(self.log))
        if cursor is None:
            for page in super().changes(None):
                yield page.model_copy(update={"cursor": now})
            return
        if self.expired:
            raise CursorExpiredError("410")
        for number in range(int(cursor), len(self.log)):
            name, is_there = self.log[number]
            there = (self.item(name),) if is_there and name in self.items else ()
            gone = () if is_there else (name,)
            yield Changes(items=there, gone=gone, cursor=str(number + 1), is_listing=False)
