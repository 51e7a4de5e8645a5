"""Papers with chosen tags and themes in a real index, and desks over them."""

from contextlib import closing, contextmanager

import numpy as np
import pytest

from extractors.document import Document, MaturityTag, Passage, PassageTheme, Symbol, document_id
from index.filters import EVERY_CLASS
from pipelines.review import desk as review
from pipelines.review import named, queue_table
from pipelines.review.desk import Desk
from pipelines.review.records import ReviewRecords
from pipelines.search.service import reader
from pipelines.stages import components
from pipelines.storage.opening import open_storage
from pipelines.storage.state import State

SENTENCE = "The single window went live in 2021 and all agencies share their data through it."
DIMENSION = "systems_security"
THEME = PassageTheme(id="single-window", label="Single Window", kind="about", confidence=0.6, status="suggested")


def tag(passage, confidence, level="L3", dimension=DIMENSION, **more):
    values = {"modality": "achieved", "start": 0, "end": len(SENTENCE)} | more
    return MaturityTag(
        id=f"{passage}:{dimension}:0", model="dcmm-interop", model_version="1", provenance="derived",
        dimension=dimension, level=level, confidence=confidence,
        status="accepted" if confidence >= 0.8 else "suggested", statement="", by="customs-lens 5/1", **values,
    )  # fmt: skip


@pytest.fixture
def put_paper(settings):
    """A function that stores a paper with the passages that another one makes of its id."""

    def store(name, passages, **fields):
        number = document_id(f"file:///{name}")
        document = Document(**{
            "id": number, "key": number, "sha256": "0", "source": f"file:///{name}", "media_type": "text/plain",
            "passages": tuple(passages(number)), **fields,
        })  # fmt: skip
        identity, storage = components.PipelineComponents(settings).identity, open_storage(settings)
        vectors = np.ones((len(document.passages), identity.dimension), np.float32)
        with storage.claim(), closing(storage.open_engine(identity, write=True)) as engine:
            engine.put(document, vectors, versions={"model": "dcmm-interop"})
        return document

    return store


@pytest.fixture
def put(put_paper):
    """A function that stores a paper with a tag of each confidence, each in a passage of its own."""

    def store(confidences, name="a", *, access=None, themes=()):
        def passages(number):
            for n, one in enumerate(confidences):
                yield Passage(
                    id=f"{number}-{n}", ordinal=n, text=f"{SENTENCE} {n}", language="en", themes=tuple(themes),
                    maturity=(tag(f"{number}-{n}", one),),
                )  # fmt: skip

        return put_paper(name, passages, access=access)

    return store


@pytest.fixture
def put_version(put_paper):
    """A function that stores a language version of a paper: a passage for each paragraph, with the tags given."""

    def store(language, paragraphs, *, access=None):
        def passages(number):
            for n, (paragraph, text, tags, themes) in enumerate(paragraphs):
                name = f"{number}-{n}"
                yield Passage(
                    id=name, ordinal=n, text=text, language=language, paragraphs=(paragraph,), themes=tuple(themes),
                    maturity=tuple(tag(name, confidence, end=len(text), **more) for confidence, more in tags),
                )  # fmt: skip

        code = language[0].upper()
        symbol = Symbol(raw=f"PC0345{code}1a", prefix="PC", serial="0345", language=code, version="1", variant="a")
        return put_paper(f"PC0345{code}1a.txt", passages, key="PC0345", language=language, symbol=symbol, access=access)

    return store


@pytest.fixture
def desk(settings):
    """A function that opens a desk for a block; the queue is made where it is not current."""

    @contextmanager
    def opened(author="ana", held=EVERY_CLASS):
        with reader(settings) as engine, ReviewRecords(State(settings)) as records:
            if not queue_table.is_current(engine, records, access_classes=held):
                queue_table.refresh(settings, engine, records, access_classes=held)
            yield Desk(settings, engine, records, author, held)

    return opened


@pytest.fixture
def judged_twice(monkeypatch):
    """Let every item that may be drawn be judged by a second person."""
    for module in (review, named):
        monkeypatch.setattr(module, "is_judged_twice", lambda *_: True)


def statuses(desk, document):
    return [desk.engine.passage(one.id, access_classes=EVERY_CLASS).maturity[0].status for one in document.passages]
