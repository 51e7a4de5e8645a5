"""What services answer to the texts of a caller: of search in the JSON that callers rely on, of others as it is."""

from index.filters import EVERY_CLASS
from pipelines.alerts import check
from pipelines.maintenance import health
from pipelines.review import judge as review
from pipelines.review import queue_table
from pipelines.review.desk import Desk, upcoming
from pipelines.review.named import judge_named
from pipelines.review.records import ReviewRecords
from pipelines.search.requests import SearchParameters, filters_of, search_request
from pipelines.search.service import SearchService, reader
from pipelines.storage.state import State


def search(settings, query, *, access_classes, filters=(), **options):
    asked = SearchParameters(q=query, **options)
    request = search_request(settings, asked, filters, access_classes=access_classes)
    with SearchService(settings) as service:
        return service.search(request, sentences=asked.sentences).model_dump(mode="json")


def found(settings, word):
    """Return the sources of the papers of every class that say a word, by their last parts."""
    hits = search(settings, word, mode="text", limit=100, access_classes=EVERY_CLASS)["hits"]
    return sorted(hit["document"]["source"].rsplit("/", maxsplit=1)[-1] for hit in hits)


def counts(report, *names):
    """Return numbers of a report; unless others are named, those of what became of the documents."""
    return tuple(getattr(report, name) for name in names or ("indexed", "unchanged", "duplicate", "failed"))


def bad(settings):
    """Return what is wrong with a home by the names of its parts."""
    return {one.name: one for one in health.checks(settings) if not one.ok}


def similar(settings, passage_id, *, access_classes, filters=(), **options):
    request = search_request(settings, SearchParameters(**options), filters, access_classes=access_classes)
    with SearchService(settings) as service:
        return service.similar(passage_id, request).model_dump(mode="json")


def show(settings, name, *, access_classes, full=False):
    with SearchService(settings) as service:
        shown = service.show(name, access_classes=access_classes)
    found = shown.document.model_dump(mode="json") if full else shown.document.header()
    return found | shown.model_dump(mode="json", include={"themes"})


def matrix(settings, filters=(), *, access_classes, by=None):
    with SearchService(settings) as service:
        return service.matrix(filters_of(filters, access_classes), by).model_dump(mode="json")


def themes(settings, filters=(), *, access_classes):
    with SearchService(settings) as service:
        return service.themes(filters_of(filters, access_classes)).model_dump(mode="json")


def waiting(settings, *, access_classes, limit=100):
    """Return the tags and themes that somebody who judged nothing is asked for, in their order."""
    with reader(settings) as engine, ReviewRecords(State(settings)) as records:
        queue_table.refresh(settings, engine, records, access_classes=access_classes)
        return upcoming(Desk(settings, engine, records, "person:nobody", access_classes), limit=limit)


def history(settings, name=None, *, access_classes):
    with reader(settings) as engine:
        return review.history(engine, name, access_classes=access_classes)


def judge(settings, action, names, author, *, access_classes, change=None, **options):
    changed = review.TagChange.model_validate(change or {})
    with reader(settings) as engine, ReviewRecords(State(settings)) as records:
        said = judge_named(
            Desk(settings, engine, records, author, access_classes), action, names, change=changed, **options
        )
        return tuple(one.judgement for one in said)


def save_search(settings, name, query, *, access_classes, **options):
    with SearchService(settings) as service:
        return check.save_search(settings, service, name, query, access_classes=access_classes, **options)


def alerts(settings, names=(), *, access_classes, **options):
    with SearchService(settings) as service:
        return check.alerts(settings, service, names, access_classes=access_classes, **options)
