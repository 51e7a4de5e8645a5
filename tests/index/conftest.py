"""Made-up papers with random vectors, and real indexes of them in a temporary folder."""

import datetime as dt
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from configs.bodies import load_bodies
from extractors.document import Document, Entity, MaturityTag, Passage, PassageTheme, Symbol, document_id
from extractors.metadata import document_key, parse_symbol
from index.embedded.engine import EmbeddedEngine, open_embedded
from index.encoder import EncoderIdentity

DIMENSION = 8


def tag(dimension="systems", level=None, modality="achieved", status="accepted", **more):
    """A tag without evidence worth the name."""
    values = {"id": "t", "model": "m", "model_version": "1", "provenance": "derived", "confidence": 0.9}
    values |= {"start": 0, "end": 1, "statement": "s", "by": "test"} | more
    return MaturityTag(dimension=dimension, level=level, modality=modality, status=status, **values)


def theme(name, kind="about", confidence=1.0, status="accepted", **more):
    """A theme that stands for no word in particular, or one that a passage is about."""
    values = {"label": name, "why": name} | more
    if kind == "named":
        values, status = {"start": 0, "end": 1, "surface": "x"} | values, None
    return PassageTheme(id=name, kind=kind, confidence=confidence, status=status, **values)


def paper(name, *texts, language="en", symbol=None, themes=(), entities=(), tags=(), **fields):
    """A document with one passage a text; `themes`, `entities` (kind and id) and `tags` have one entry a passage.

    A theme is the id of one that it is about, or made by `theme`.
    """
    source = f"file:///{name}"
    number = document_id(source)
    passages = []
    for ordinal, text in enumerate(texts):
        own = [theme(one) if isinstance(one, str) else one for one in _at(themes, ordinal)]
        passage = Passage(
            id=f"{number}-{ordinal}",
            ordinal=ordinal,
            text=text,
            language=language,
            pages=(ordinal + 1,),
            themes=tuple(own),
            entities=tuple(
                Entity(kind=kind, id=one, start=0, end=1, surface="x") for kind, one in _at(entities, ordinal)
            ),
            maturity=tuple(_at(tags, ordinal)),
        )
        passages.append(passage)
    key = number
    if isinstance(symbol, Symbol):
        key = document_key(symbol, load_bodies()) or number
    elif symbol:
        prefix, serial, spoken, version, variant = symbol
        raw = f"{prefix}{serial}{spoken}{version}{variant}"
        symbol = Symbol(raw=raw, prefix=prefix, serial=serial, language=spoken, version=version, variant=variant)
        key = prefix + serial
    fields = {"key": key, "sha256": "0" * 64, "media_type": "text/plain"} | fields
    return Document(id=number, source=source, language=language, symbol=symbol, passages=tuple(passages), **fields)


def _at(values: Sequence, place: int):
    return values[place] if place < len(values) else ()


def vectors_of(document: Document):
    """Vectors of length one that depend on the document alone."""
    random = np.random.default_rng(int(document.id, 16))
    found = random.standard_normal((len(document.passages), DIMENSION)).astype(np.float32)
    return found / np.linalg.norm(found, axis=1, keepdims=True)


@pytest.fixture(scope="session")
def identity() -> EncoderIdentity:
    return EncoderIdentity(
        name="tiny", model_hash="0123456789abcdef", dimension=DIMENSION, engine="torch", max_tokens=256
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "index"


@pytest.fixture
def opened(folder: Path, identity: EncoderIdentity) -> Iterator:
    """Open engines on one folder; what a test leaves open is closed."""
    engines: list[EmbeddedEngine] = []

    def open_one(*, write=False, **more):
        engine = open_embedded(folder, more.pop("identity", identity), write=write, **more)
        engines.append(engine)
        return engine

    yield open_one
    for engine in engines:
        engine.close()


@pytest.fixture
def writer(opened):
    return opened(write=True)


@pytest.fixture
def make():
    """The functions that make papers, tags and vectors."""

    def symbol(raw):
        """A symbol as it is read of a paper."""
        return parse_symbol(raw, load_bodies()) or Symbol(raw=raw)

    date = dt.date.fromisoformat
    return SimpleNamespace(paper=paper, tag=tag, theme=theme, vectors=vectors_of, date=date, symbol=symbol)


@pytest.fixture
def put(writer):
    """Store papers."""

    def store(*papers):
        for one in papers:
            writer.put(one, vectors_of(one), versions={"read": "1"})
        return papers[0]

    return store
