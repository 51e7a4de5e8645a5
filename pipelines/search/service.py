"""Questions to the index, each opened, answered and closed; answers in the shapes that callers rely on."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from configs.bodies import load_bodies
from configs.errors import UsageError
from configs.maturity import MaturityModel, load_model
from configs.settings import Settings
from configs.vocabulary import load_vocabulary
from extractors.document import Document
from extractors.themes.strength import strength
from index.encoder import encoder_identity, open_encoder
from index.engines import open_engine
from index.filters import AccessClasses, FieldName, Filters, field_name, parse_filters
from index.protocol import Engine, MatrixModel, Mode, SearchRequest, Sort, ThemeCounts, TrendField
from index.ranking.fusion import Fusion
from index.search import search as search_engine
from pipelines.search.query_reader import QueryReader
from pipelines.search.theme_labels import themes_of
from pipelines.sources.source import printable, uri_of


@contextmanager
def reader(settings: Settings) -> Iterator[Engine]:
    """Give an engine opened for reading; raises `UnavailableError` where nothing was ingested yet."""
    engine = open_engine(
        settings,
        encoder_identity(settings),
        write=False,
        descendants=load_bodies().descendants,
        themes_in=themes_of(settings.vocabulary, settings.cache),
    )
    try:
        yield engine
    finally:
        engine.close()


def search(
    settings: Settings,
    query: str,
    *,
    access_classes: AccessClasses,
    mode: Mode = "hybrid",
    filters: Sequence[str] = (),
    facets: Sequence[str] = (),
    limit: int = 10,
    offset: int = 0,
    sort: Sort = "relevance",
    context: int = 0,
    explain: bool = False,
    sentences: bool = True,
    expand: bool | None = None,
) -> dict[str, Any]:
    """Return the answer to a query; raises `UsageError` for a filter, facet or query that cannot be read.

    `sentences` marks the sentence nearest in meaning in passages without a word of the query. Without `expand` the
    settings say whether themes match by their other labels.
    """
    request = SearchRequest(
        query=query,
        mode=mode,
        filters=filters_of(filters, access_classes),
        facets=_facets(facets),
        k=limit,
        offset=offset,
        sort=sort,
        context=context,
        explain=explain,
        expand=settings.expand if expand is None else expand,
        fusion=fusion_of(settings),
    )
    request.parsed  # noqa: B018 - raises what is wrong with the query before anything is opened
    with reader(settings) as engine:
        encoder = open_encoder(settings)
        found = search_engine(engine, request, QueryReader(settings, encoder), encoder.passages if sentences else None)
        return found.model_dump(mode="json")


def similar(
    settings: Settings,
    passage_id: str,
    *,
    access_classes: AccessClasses,
    filters: Sequence[str] = (),
    limit: int = 10,
    context: int = 0,
) -> dict[str, Any]:
    """Return the passages nearest to one, of other papers; raises `UsageError` for an unknown id."""
    with reader(settings) as engine:
        request = SearchRequest(filters=filters_of(filters, access_classes), k=limit, context=context)
        found = engine.similar(passage_id, request)
        return found.model_dump(mode="json")


def show(settings: Settings, name: str, *, access_classes: AccessClasses, full: bool = False) -> dict[str, Any]:
    """Return one document by its id, its symbol in any spelling, or its source, with its themes, the strongest first.

    Raises `UsageError` where the index has none of that name.
    """
    name = printable(name)
    with reader(settings) as engine:
        found = (engine.document(one, access_classes=access_classes, full=True) for one in (name, uri_of(name)))
        document = next(filter(None, found), None)
        if document is None:
            raise UsageError(f"'{name}': no document of this id, symbol or source is in the index", "try a search")
        counts = engine.themes(Filters(access_classes=access_classes), _theme_labels(settings))
    fields = document.model_dump(mode="json") if full else document.header()
    return fields | {"themes": _strongest(document, counts)}


def matrix(
    settings: Settings,
    filters: Sequence[str] = (),
    *,
    access_classes: AccessClasses,
    by: TrendField | None = None,
) -> dict[str, Any]:
    """Return the dimension × level × modality counts of the maturity model in use."""
    with reader(settings) as engine:
        found = engine.matrix(filters_of(filters, access_classes), _outline(load_model(settings.model)), by)
    return found.model_dump(mode="json")


def themes(settings: Settings, filters: Sequence[str] = (), *, access_classes: AccessClasses) -> dict[str, Any]:
    """Return how often each theme of the vocabulary in use is named or spoken of; others count zero."""
    with reader(settings) as engine:
        counts = engine.themes(filters_of(filters, access_classes), _theme_labels(settings))
    return counts.model_dump(mode="json")


def filters_of(given: Sequence[str], access_classes: AccessClasses) -> Filters:
    """Return the filters of `field=value` texts; raises `UsageError` for one that cannot be read."""
    return parse_filters(given, load_bodies().descendants, access_classes=access_classes)


def fusion_of(settings: Settings) -> Fusion:
    """Return how hybrid search makes one ranking of two by the settings."""
    return Fusion(settings.fusion, settings.fusion_words)


def _theme_labels(settings: Settings) -> dict[str, str]:
    return {concept.id: concept.name() for concept in load_vocabulary(settings.vocabulary).concepts}


def _strongest(document: Document, counts: ThemeCounts) -> list[dict[str, Any]]:
    """Return the themes of a document, those first that it speaks of more than the other documents do.

    A passage that is about a theme without naming it counts as much as one mention.
    """
    mentions, about, unnamed, passages = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    for passage in document.passages:
        accepted = [theme for theme in passage.themes if theme.status == "accepted"]
        named = [theme.id for theme in accepted if theme.kind == "named"]
        meant = {theme.id for theme in accepted if theme.kind == "about"}
        mentions.update(named)
        about.update(meant)
        unnamed.update(meant.difference(named))
        passages.update(meant.union(named))
    known = {theme.id: theme for theme in counts.themes}
    found = [
        {
            "id": name,
            "label": known[name].label if name in known else name,
            "mentions": mentions[name],
            "about": about[name],
            "passages": count,
            "strength": round(
                strength(
                    mentions=mentions[name] + unnamed[name],
                    passages=len(document.passages),
                    naming=known[name].documents if name in known else 0,
                    documents=counts.total.documents,
                ),
                4,
            ),
        }
        for name, count in passages.items()
    ]
    return sorted(found, key=lambda theme: (-theme["strength"], theme["id"]))


def _facets(given: Sequence[str]) -> tuple[FieldName, ...]:
    return tuple(field_name(name) for name in given)


def _outline(model: MaturityModel) -> MatrixModel:
    """Return the ids of a model in order; where dimensions have scales of their own, their levels one by one."""
    levels = dict.fromkeys(level.id for one in model.dimensions for level in model.levels_of(one))
    return MatrixModel(
        id=model.id,
        provenance=model.provenance,
        dimensions=tuple(one.id for one in model.dimensions),
        levels=tuple(levels),
    )
