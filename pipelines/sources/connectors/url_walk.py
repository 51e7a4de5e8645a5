"""A walk through a remote folder: its files, and the parts that cannot be listed."""

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
    """A file by its id (its path within the source as in the URL), the decoded path, and its sidecar."""

    id: str
    path: str
    entry: ListedFile
    sidecar: ListedFile | None

    @property
    def state(self) -> tuple[str, str]:
        """A text that changes with the file or its sidecar."""
        return (self.entry.state, self.sidecar.state if self.sidecar else "")

    @property
    def changed(self) -> list[float]:
        """The times of change of both, as far as known, in seconds since 1970."""
        entries = (self.entry, self.sidecar)
        return [entry.modified.timestamp() for entry in entries if entry and entry.modified]


class _RefusedError(CustomsLensError):
    """A folder that cannot be listed, whatever error the library raised."""


class UrlWalk:
    """One pass through a remote folder; `problems` are the parts that could not be listed.

    `is_encoded` says that its URLs are percent-encoded, as on the web. `connected` returns the file system, reconnected
    after a long idle time. After a folder that cannot be listed, `reach` is called: it raises `SourceAwayError` if the
    whole source does not respond, else the folder is requested once more. `location` removes secrets from messages.
    Without `asks_for_details`, only the fields in the listing of a folder are known for files.
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
        """Yield the files, those of a folder by URL; sidecars come with the files that they describe.

        Raises `SourceAwayError` if the top folder cannot be listed.
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
        """Return the entries of a folder by their ids, and the selected files with all details, by their paths."""
        step_done()
        files = self._connected()
        with access_errors(_refused, self._location):
            entries = {_id(entry, folder, place): entry for entry in files.entries(folder)}
            taken = self._selected(entries)
            if isinstance(files, Website) and self._asks_for_details:  # all others list more than the names
                taken = files.detailed(taken)
            return entries, {entry.path: entry for entry in taken}

    def _selected(self, entries: dict[str, ListedFile]) -> list[ListedFile]:
        """Return the selected files and their sidecars."""
        plain = {one: entry for one, entry in entries.items() if not (entry.is_folder or entry.is_link)}
        named = {one: one.removesuffix(SIDECAR_SUFFIX) for one in plain}
        return [plain[one] for one, file in named.items() if file in plain and self._selection.takes(self._path(file))]

    def _path(self, one: str) -> str:
        return unquote(one) if self._is_encoded else one

    def _note(self, place: str, reason: str, *, skipped: bool = False) -> None:
        self.problems.append(ListingProblem(place=place, reason=reason, within=place, skipped=skipped))


def _id(entry: ListedFile, folder: ListedFile, place: str) -> str:
    """Return the path within the source of an entry from the listing of a folder."""
    base = folder.path.rstrip("/")
    path = entry.path.rstrip("/")
    name = path.removeprefix(base).lstrip("/") if path.startswith(f"{base}/") or not base else path.rpartition("/")[2]
    return f"{place}/{name}" if place else name


def _refused(problem: Problem) -> _RefusedError:
    return _RefusedError(problem.words, problem.remedy)
