"""What the papers state about one administration or group, by dimension and modality, with their sentences."""

from collections.abc import Iterable, Iterator, Sequence

from configs.gazetteer import SUBJECTS, load_gazetteer
from configs.maturity import load_model
from configs.settings import Settings
from configs.system.errors import NotFoundError, UsageError
from extractors.document import Modality, Value
from index.analysis import open_analysis
from index.filters import Condition, Filters
from pipelines.desk.kept import Kept
from pipelines.desk.sentences import STATED, Statement, latest_first, sentences
from pipelines.search.service import SearchService

_FEWEST_LETTERS = 4
"""Letters of a content word, at least: articles and prepositions are shorter."""
_SHARED_WITH_THEME, _SHARED = 0.12, 0.3
"""Least share of words that a plan and a report have in common: with a theme in common, and without."""


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


def member_of(name: str) -> str:
    """Return the code of an administration or group by its code or its name in English or French.

    Raises `NotFoundError` for a name that the gazetteer does not have.
    """
    found = load_gazetteer().find(name, SUBJECTS)
    if found is None:
        raise NotFoundError(f"'{name}': no administration or group of this code or name", "take a code of ISO 3166-1")
    return found


class Profiles:
    """Builds profiles and caches each until the index or a judgement changes."""

    def __init__(self, settings: Settings, service: SearchService) -> None:
        self._settings, self._service = settings, service
        self._cache: Kept[tuple[str, Filters], Profile] = Kept(service, judged=True)

    def of(self, code: str, filters: Filters) -> Profile:
        """Return the profile of an administration or group in the papers that the filters leave.

        Accepted tags count unless the filters name a status; of several versions of a paper one counts. Topics
        are left out. Raises `NotFoundError` for an unknown code, and `UsageError` for a filter by subject.
        """
        code = member_of(code)
        if any(one.field == "subject" for one in filters.conditions):
            raise UsageError("a profile is of one subject", "leave the filter 'subject' out")
        return self._cache.get((code, filters), lambda: self._build(code, filters))

    def _build(self, code: str, filters: Filters) -> Profile:
        model = load_model(self._settings.model)
        wanted = filters.narrowed(
            [
                Condition(field="subject", values=frozenset({code.casefold()})),
                Condition(field="model", values=frozenset({model.id.casefold()})),
                STATED,
            ]
        )
        statements = _with_reports(_with_new_marked(sentences(self._service, wanted).sentences))
        order = {one.id: place for place, one in enumerate(model.dimensions)}
        cells = sorted(_cells(statements), key=lambda one: (order.get(one.dimension, len(order)), one.modality))
        return Profile(
            code=code,
            name=_name(code),
            papers=len({one.document for one in statements}),
            cells=tuple(cells),
            statements=tuple(statements),
        )


def _name(code: str) -> str:
    forms = (one.named.forms() for one in load_gazetteer().entries if one.id == code)
    return next((label.text for found in forms for language, label in found if language == "en"), code)


def _with_new_marked(statements: Sequence[Statement]) -> list[Statement]:
    """Return statements, the latest first, with those of the latest session of a body marked as new."""
    latest: dict[str, int] = {}
    for one in statements:
        if one.body and one.sessions:
            latest[one.body] = max(latest.get(one.body, 0), *one.sessions)
    return [
        one.model_copy(update={"is_new": bool(one.body and one.sessions and max(one.sessions) == latest[one.body])})
        for one in latest_first(statements)
    ]


def _with_reports(statements: Sequence[Statement]) -> list[Statement]:
    """Return statements with each plan linked to the later report that is most similar to it."""
    planned = [one for one in statements if one.modality == "planned"]
    reported = [one for one in statements if one.modality == "achieved"] if planned else []
    words = {one.tag: _words(one.text, one.language) for one in (*planned, *reported)}
    pairs = []
    for plan in planned:
        for report in reported:
            if report.dimension == plan.dimension and _is_later(report, plan):
                share = _share(words[plan.tag], words[report.tag])
                if share >= (_SHARED_WITH_THEME if set(plan.themes) & set(report.themes) else _SHARED):
                    pairs.append((share, plan.tag, report.tag))
    plans: dict[str, str] = {}
    reports: dict[str, str] = {}
    for _, plan_tag, report_tag in sorted(pairs, reverse=True):
        if plan_tag not in plans and report_tag not in reports:
            plans[plan_tag], reports[report_tag] = report_tag, plan_tag
    return [
        one.model_copy(update={"reported_by": plans.get(one.tag), "plan": reports.get(one.tag)}) for one in statements
    ]


def _is_later(report: Statement, plan: Statement) -> bool:
    return bool(report.date and plan.date and report.date > plan.date and report.document != plan.document)


def _words(text: str, language: str | None) -> frozenset[str]:
    """Return the stems of the content words of a text."""
    return frozenset(one.term for one in open_analysis().tokens(text, language) if len(one.term) >= _FEWEST_LETTERS)


def _share(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other) if one and other else 0.0


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
