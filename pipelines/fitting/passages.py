"""Judged passages: their files, their labels, and folds in which no paper is on both sides."""

import re
import zlib
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from configs.system.errors import ConfigError, UnavailableError, UsageError
from configs.system.files import read_file
from configs.system.yamlfile import config_error
from extractors.document import Modality

About = Literal["customs-digital", "other-digital", "customs-paper", "none"]
RowT = TypeVar("RowT", bound=BaseModel)
JudgedSet = Literal["committee", "papers", "hard", "more", "reports"]

SETS: tuple[JudgedSet, ...] = ("committee", "papers", "hard", "more", "reports")
"""The files of a folder of judged passages, in the order of the report; passages without a weight only train."""
_ORGANISATIONS = "organisations.tsv"
"""Beside the sets: whose papers they are, by how their sources begin."""
_PARTS_OF_ONE = re.compile(r"(IMF|ASEAN)\b.*")
"""Names of what counts as one organisation: country reports of one fund, a secretariat."""
_MOST_BYTES = 1 << 30
"""Of a file: the documents of a judged collection, which are held at once."""
_LOW_LEVELS = frozenset({"L0", "L1"})
_SAME_STATE = frozenset({"achieved", "lacking"})
_FEWEST_FOLDS = 2
_FEWEST_OF_GROUP = 10
"""Passages that count from which on a group is one of its own in a mean over groups."""
_VERSION_OF = re.compile(r"(?:[-_. ](?:en|fr|es|ru|english|french|spanish|russian))?\.\w+$", re.IGNORECASE)
"""What the name of a file has behind that of its paper: the language and the format."""


class JudgedRow(BaseModel):
    """Root of the rows of judged files: frozen; fields that nobody asks for are passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class JudgedTag(JudgedRow):
    """What a passage says of one dimension; `evidence` are the first words of the deciding sentence.

    Without a modality the tag is optional: not missed where it is absent, not wrong where it is given.
    """

    dimension: str
    level: str | None = None
    modality: Modality | None = None
    subject: str | None = None
    evidence: str = ""

    def allows(self, modality: Modality | None) -> bool:
        """Tell whether a modality is right: of a state on paper or in isolation readers may say either of two."""
        either = self.level in _LOW_LEVELS and {modality, self.modality} <= _SAME_STATE
        return modality == self.modality or either


class JudgedPassage(JudgedRow):
    """A passage with the answers of a reader: the main theme and the main tag first.

    `weight` is how many passages of the corpus it stands for: None for one that was not drawn, which trains and is
    not scored. `source` (a paper) or `body` name what it comes from, `organisation` whose it is, `title` and `section`
    where it stands; `set` is the file that it was read from. `judged` names the themes and dimensions that readers
    spoke of, None where they spoke of all.
    """

    id: str
    language: str
    text: str = Field(min_length=1)
    about: About
    themes: tuple[str, ...] = ()
    tags: tuple[JudgedTag, ...] = ()
    source: str | None = None
    organisation: str | None = None
    title: str | None = None
    section: str | None = None
    body: str | None = None
    weight: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    set: JudgedSet | None = None
    judged: frozenset[str] | None = None

    @property
    def group(self) -> str:
        """The group that is never split between training and scoring: the papers of an organisation; a writer.

        Where no organisation is known it is a paper in all its languages and formats. A writer is known by the body
        that was written for and a letter.
        """
        if self.organisation:
            return self.organisation
        return f"{self.body}|{self.id[:1]}" if self.source is None else _VERSION_OF.sub("", self.source)

    def speaks_of(self, name: str) -> bool:
        """Return whether readers judged a theme or dimension."""
        return self.judged is None or name in self.judged

    @property
    def stated(self) -> frozenset[str]:
        """The dimensions of which it states something."""
        return frozenset(tag.dimension for tag in self.tags if tag.modality is not None)

    @property
    def dimensions(self) -> frozenset[str]:
        """The dimensions of all tags, optional ones too."""
        return frozenset(tag.dimension for tag in self.tags)


def read_judged(folder: Path) -> dict[JudgedSet, tuple[JudgedPassage, ...]]:
    """Return the judged passages of a folder by set; a set whose file is not there is left out.

    Passages of `committee.jsonl` count one each. Those that do not name their organisation are of that whose prefix
    `organisations.tsv`, where it is there, has for their source. Raises `UnavailableError` where the folder has no such
    file, and `ConfigError`, naming file and line, for a row of another shape or a second passage of one id.
    """
    found: dict[JudgedSet, tuple[JudgedPassage, ...]] = {}
    organisations = _organisations(folder / _ORGANISATIONS)
    for name in SETS:
        path = folder / f"{name}.jsonl"
        if path.exists():
            rows = read_passages(path, taken={row.id for own in found.values() for row in own})
            known = {"set": name, "weight": 1.0} if name == "committee" else {"set": name}
            found[name] = tuple(
                row.model_copy(update={**known, "organisation": _organisation(row, organisations)}) for row in rows
            )
    if not found:
        files = ", ".join(f"{name}.jsonl" for name in SETS)
        raise UnavailableError(f"{folder}: has none of {files}", "give the folder of the judged passages")
    return found


def _organisations(path: Path) -> dict[str, str]:
    """Return the organisations by the beginnings of sources; none where there is no such file."""
    lines = [line for _, line in read_lines(path)][1:] if path.exists() else []
    return dict(line.split("\t", 1) for line in lines if "\t" in line)


def _organisation(row: JudgedPassage, organisations: Mapping[str, str]) -> str | None:
    prefixes = [prefix for prefix in organisations if (row.source or "").startswith(prefix)]
    name = row.organisation or (organisations[max(prefixes, key=len)].strip() if prefixes else None)
    return _PARTS_OF_ONE.sub(r"\1", name) if name else None


def read_passages(path: Path, *, taken: Collection[str] = ()) -> tuple[JudgedPassage, ...]:
    """Return the passages of one file, none of which may have an id that is taken. Raises as `read_judged` does."""
    rows: dict[str, JudgedPassage] = {}
    for line, row in read_jsonl(path, JudgedPassage):
        if row.id in rows or row.id in taken:
            raise ConfigError(
                path, f"a second passage {row.id}", line=line, remedy="give each passage an id of its own"
            )
        rows[row.id] = row
    return tuple(rows.values())


def folds_of(passages: Sequence[JudgedPassage], folds: int) -> list[int]:
    """Return the fold of each passage, from 0: groups are not split, and folds have about equal sizes.

    The largest groups are dealt first, each to the smallest fold, equal ones in the order of a hash of their names,
    so that the folds depend on neither the order of the rows nor a seed. Raises as `require_folds` does.
    """
    require_folds(passages, folds)
    sizes = Counter(passage.group for passage in passages)
    filled = [0] * folds
    chosen: dict[str, int] = {}
    for group, size in sorted(sizes.items(), key=lambda item: (-item[1], zlib.crc32(item[0].encode()), item[0])):
        fold = min(range(folds), key=lambda number: (filled[number], number))
        chosen[group] = fold
        filled[fold] += size
    return [chosen[passage.group] for passage in passages]


def small_groups_as_one(groups: Sequence[str], counting: Sequence[bool]) -> list[str]:
    """Return the groups with an empty name for those with few passages that count."""
    sizes = Counter(name for name, counts in zip(groups, counting, strict=True) if counts)
    return [name if sizes[name] >= _FEWEST_OF_GROUP else "" for name in groups]


def mean_of_groups(groups: Sequence[str], sums: NDArray[np.float64]) -> float | None:
    """Return the mean over groups of a share, `sums (n, 2)` being what holds in each passage and of how much.

    Groups with few passages that count are taken together as one. None where nothing counts.
    """
    names = np.array(small_groups_as_one(groups, (sums[:, 1] > 0).tolist()))
    totals = [sums[names == name].sum(axis=0) for name in sorted(set(names.tolist()))]
    shares = [right / of for right, of in totals if of]
    return float(np.mean(shares)) if shares else None


def require_folds(passages: Sequence[JudgedPassage], folds: int) -> None:
    """Raise `UsageError` where a fold would be empty or leave nothing to train on."""
    if folds < _FEWEST_FOLDS:
        raise UsageError(f"--folds {folds} leaves nothing to train on", "give at least 2, such as 5")
    if (papers := len({passage.group for passage in passages})) < folds:
        come = "1 paper" if papers == 1 else f"{papers} papers"
        remedy = f"give at most {papers} folds" if papers >= _FEWEST_FOLDS else "judge passages of more papers"
        raise UsageError(f"the passages with a weight are from {come}, too few for {folds} folds", remedy)


def read_jsonl(path: Path, kind: type[RowT]) -> Iterator[tuple[int, RowT]]:
    """Yield the rows of a file of one JSON object a line, each with its line (from 1); empty lines count nothing.

    Raises `UnavailableError` where the file cannot be read and `ConfigError` for a line that is no such row.
    """
    for number, line in read_lines(path):
        try:
            yield number, kind.model_validate_json(line)
        except ValidationError as error:
            raise _broken(path, number, error) from error


def read_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the lines that hold anything, each with its number (from 1).

    Raises `UnavailableError` where the file cannot be read and `ConfigError` where it is no UTF-8 text.
    """
    yield from ((number, line) for number, line in enumerate(text_of(path).split("\n"), 1) if line.strip())


def text_of(path: Path) -> str:
    """Return the text of a file with line feeds at the ends of lines; raises as `read_lines`."""
    try:
        return read_file(path, most=_MOST_BYTES).decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigError(path, "is not UTF-8 text", line=line, remedy="save the file as UTF-8") from error
    except OSError as error:
        raise UnavailableError(f"{path}: cannot be read: {error.strerror}", "check the path and its rights") from error


def _broken(path: Path, line: int, error: ValidationError) -> ConfigError:
    if error.errors()[0]["type"] == "json_invalid":
        return ConfigError(
            path, f"broken JSON: {error.errors()[0]['ctx']['error']}", line=line, remedy="correct the line"
        )
    if error.errors()[0]["type"] == "model_type":
        return ConfigError(path, "is no JSON object", line=line, remedy="write one JSON object a line")
    return config_error(path, {(): line}, error)
