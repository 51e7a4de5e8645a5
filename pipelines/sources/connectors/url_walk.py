"""What a folder on another machine holds: its files, and the parts of it that nobody can list."""

from collections.abc import Callable, Iterator
from typing import NamedTuple
from urllib.parse import unquote

from configs.system.errors import CustomsLensError
from configs.system.progress import step_done
from extractors.containers.opening import SIDECAR_SUFFIX
from pipelines.sources.connectors.contract import LINK, ListingProblem, SourceAwayError
from pipelines.sources.connectors.remote_files import RemoteFiles
from pipelines.sources.connectors.selection import Selection
from pipelines.sources.connectors.website import Website
from pipelines.sources.credentials import Location
from pipelines.sources.entries import ListedFile
from pipelines.sources.errors import Problem, access_errors
from pipelines.sources.remote import DEEPEST


class RemoteFile(NamedTuple):
    """A file by its id, its path within the source as the URL has it, by that path in letters, and its sidecar."""

    id: str
    path: str
    entry: ListedFile
    sidecar: ListedFile | None

    @property
    def state(self) -> tuple[str, str]:
        """What changes when the file or its sidecar does."""
        return (self.entry.state, self.sidecar.state if self.sidecar else "")

    @property
    def changed(self) -> list[float]:
        """When both were changed, as far as that is known, in seconds since 1970."""
        entries = (self.entry, self.sidecar)
        return [entry.modified.timestamp() for entry in entries if entry and entry.modified]


class _RefusedError(CustomsLensError):
    """A folder that cannot be listed, whatever its library raised."""


class UrlWalk:
    """One pass through a folder on another machine; `problems` are the parts of it of which nothing is known.

    `is_encoded` says that its URLs are encoded, as on the web. `connected` gives the file system, opened once more
    where its connection was idle for long. After a folder that cannot be listed `reach` is called: it raises
    `SourceAwayError` where the source as a whole does not answer any more, else the folder is asked for once more.
    `location` hides what is secret in messages. Without `asks_for_details` only what folders list is known of files.
    """

    def __init__(
        self,
        connected: Callable[[], RemoteFiles],
        selection: Selection,
        reach: Callable[[], object],
        location: Location,
        *,
        is_encoded: bool,
        asks_for_details: bool = True,
    ) -> None:
        self._connected, self._selection, self._reach, self._location = connected, selection, reach, location
        self._is_encoded, self._asks_for_details = is_encoded, asks_for_details
        self._seen: set[str] = set()
        self.problems: list[ListingProblem] = []

    def files(self, top: ListedFile) -> Iterator[RemoteFile]:
        """Yield the files, those of a folder by their URLs; sidecars come with the files that they describe.

        Raises `SourceAwayError` where the top cannot be listed.
        """
        yield from self._below(top, "", 1)

    def _below(self, folder: ListedFile, place: str, depth: int) -> Iterator[RemoteFile]:
        try:
            entries, details = self._listed(folder, place)
        except _RefusedError:
            self._reach()
            try:
                entries, details = self._listed(folder, place)
            except _RefusedError as error:
                if not place:
                    raise SourceAwayError(f"{folder.url}: {error.message}", error.remedy) from None
                self._note(place, error.message)
                return
        for one in sorted(entries):
            entry = details.get(entries[one].path)
            if entry and one not in self._seen and not one.endswith(SIDECAR_SUFFIX):
                self._seen.add(one)
                beside = entries.get(one + SIDECAR_SUFFIX)
                yield RemoteFile(one, self._path(one), entry, details.get(beside.path) if beside else None)
            elif entries[one].is_link:
                self._note(one, LINK, skipped=True)
        for one in sorted(entries):
            if entries[one].is_folder and self._selection.leads_to(self._path(one)):
                if depth < DEEPEST:
                    yield from self._below(entries[one], one, depth + 1)
                else:
                    self._note(one, f"more than {DEEPEST} folders are nested in each other")

    def _listed(self, folder: ListedFile, place: str) -> tuple[dict[str, ListedFile], dict[str, ListedFile]]:
        """Return what lies in a folder by its ids, and with all details the files that are taken, by their paths."""
        step_done()
        files = self._connected()
        with access_errors(_refused, self._location):
            entries = {_id(entry, folder, place): entry for entry in files.entries(folder)}
            taken = self._taken(entries)
            if isinstance(files, Website) and self._asks_for_details:  # all others list more than names
                taken = files.detailed(taken)
            return entries, {entry.path: entry for entry in taken}

    def _taken(self, entries: dict[str, ListedFile]) -> list[ListedFile]:
        """Return the files that the source is asked for, and their sidecars."""
        plain = {one: entry for one, entry in entries.items() if not (entry.is_folder or entry.is_link)}
        named = {one: one.removesuffix(SIDECAR_SUFFIX) for one in plain}
        return [plain[one] for one, file in named.items() if file in plain and self._selection.takes(self._path(file))]

    def _path(self, one: str) -> str:
        return unquote(one) if self._is_encoded else one

    def _note(self, place: str, reason: str, *, skipped: bool = False) -> None:
        self.problems.append(ListingProblem(place=place, reason=reason, within=place, skipped=skipped))


def _id(entry: ListedFile, folder: ListedFile, place: str) -> str:
    """Return the path of an entry within the source, of one that a folder lists."""
    base = folder.path.rstrip("/")
    path = entry.path.rstrip("/")
    name = path.removeprefix(base).lstrip("/") if path.startswith(f"{base}/") or not base else path.rpartition("/")[2]
    return f"{place}/{name}" if place else name


def _refused(problem: Problem) -> _RefusedError:
    return _RefusedError(problem.words, problem.remedy)
