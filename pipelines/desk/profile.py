"""Profiles of administrations and groups: statements in papers by dimension and modality, with their sentences."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from configs.gazetteer import SUBJECTS, Gazetteer, load_gazetteer
from configs.maturity import load_model
from configs.settings import Settings
from configs.system.errors import NotFoundError, UsageError
from extractors.document import Modality, Value
from index.filters import Condition, Filters
from pipelines.desk.kept import RevisionCache
from pipelines.desk.sentences import STATED, Statement, sentences
from pipelines.search.service import SearchService

_FEWEST_PAPERS, _FEWEST_STATEMENTS = 2, 5
"""Least number of papers or statements of a listed profile."""


class ProfileCell(Value):
    """How many papers state a dimension with a modality, and the years of the first and the last."""

    dimension: str
    modality: Modality
    papers: int
    statements: int
    first: str | None
    last: str | None
    levels: tuple[str, ...]


class Profile(Value):
    """All that the papers state of one administration (`code` of ISO 3166-1) or group, the latest first."""

    code: str
    name: str
    papers: int
    cells: tuple[ProfileCell, ...]
    statements: tuple[Statement, ...]

    @property
    def is_thin(self) -> bool:
        """Whether it has too few statements to assess an administration."""
        return self.papers < _FEWEST_PAPERS and len(self.statements) < _FEWEST_STATEMENTS


class Profiles:
    """Computes all profiles together, and caches them until the index or a judgement changes."""

    def __init__(self, settings: Settings, service: SearchService) -> None:
        self._settings, self._service = settings, service
        self._cache: RevisionCache[Filters, Mapping[str, Profile]] = RevisionCache(service, judged=True)

    def all(self, filters: Filters) -> tuple[Profile, ...]:
        """Return the profiles of all administrations and groups with statements, those in most papers first.

        Raises as `of`.
        """
        found = self._cache.get(filters, lambda: self._build(filters))
        return tuple(sorted(found.values(), key=lambda one: (-one.papers, -len(one.statements), one.name)))

    def of(self, name: str, filters: Filters) -> Profile:
        """Return the profile of an administration or group, by code or name, in the papers that match the filters.

        Accepted tags count unless the filters name a status; of several versions of a paper one counts. Topics are left
        out. Raises `NotFoundError` for an unknown name, and `UsageError` for a filter by subject.
        """
        code = self.code_of(name)
        found = self._cache.get(filters, lambda: self._build(filters))
        return found.get(code) or _profile(code, load_gazetteer(self._settings.gazetteer), (), ())

    def code_of(self, name: str) -> str:
        """Return the code of an administration or group from its code, or its name in English or French.

        Raises `NotFoundError` for a name that is not in the gazetteer.
        """
        found = load_gazetteer(self._settings.gazetteer).find(name, SUBJECTS)
        if found is None:
            raise NotFoundError(
                f"'{name}': no administration or group of this code or name", "take a code of ISO 3166-1"
            )
        return found

    def _build(self, filters: Filters) -> Mapping[str, Profile]:
        if any(one.field == "subject" for one in filters.conditions):
            raise UsageError("a profile is of one subject", "leave the filter 'subject' out")
        model, gazetteer = load_model(self._settings.model), load_gazetteer(self._settings.gazetteer)
        codes = {one.id.casefold(): one.id for one in gazetteer.entries if one.kind in SUBJECTS}
        wanted = filters.narrowed(
            [
                Condition(field="subject", values=frozenset(codes)),
                Condition(field="model", values=frozenset({model.id.casefold()})),
                STATED,
            ]
        )
        found: dict[str, list[Statement]] = defaultdict(list)
        for one in sentences(self._service, wanted).sentences:
            found[codes[(one.subject or "").casefold()]].append(one)
        dimensions = [one.id for one in model.dimensions]
        return {code: _profile(code, gazetteer, statements, dimensions) for code, statements in found.items()}


def _profile(code: str, gazetteer: Gazetteer, statements: Sequence[Statement], dimensions: Sequence[str]) -> Profile:
    order = {one: place for place, one in enumerate(dimensions)}
    cells = sorted(_cells(statements), key=lambda one: (order.get(one.dimension, len(order)), one.modality))
    return Profile(
        code=code,
        name=next(one.named.en[0].text for one in gazetteer.entries if one.id == code),
        papers=len({one.document for one in statements}),
        cells=tuple(cells),
        statements=tuple(statements),
    )


def _cells(statements: Iterable[Statement]) -> Iterator[ProfileCell]:
    found: dict[tuple[str, Modality], list[Statement]] = {}
    for one in statements:
        if one.modality:
            found.setdefault((one.dimension, one.modality), []).append(one)
    for (dimension, modality), members in found.items():
        years = sorted(one.year for one in members if one.year)
        yield ProfileCell(
            dimension=dimension,
            modality=modality,
            papers=len({one.document for one in members}),
            statements=len(members),
            first=years[0] if years else None,
            last=years[-1] if years else None,
            levels=tuple(sorted({one.level for one in members if one.level})),
        )
