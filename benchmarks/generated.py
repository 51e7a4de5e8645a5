"""Generated papers in English and French for the benchmark of the index, and questions to them.

A paper has 20 passages of 140 to 200 words. Words are drawn by their real frequency (`pip install wordfreq`), a quarter
of them from two of 400 topics, and phrases of its first topic stand in every passage. Vectors lie about 2,000 centres,
five a topic, which lie about 100 others, so that a passage has near neighbours beyond those of its centre. A quarter
of the passages have a tag of the default maturity model, and two in five of these speak of an administration. Each
paper is made from its number alone: the same one at every call.
"""

import datetime as dt
import functools
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from configs.maturity import MaturityModel, load_model
from configs.settings import Settings
from extractors.document import Document, MaturityTag, Mention, Modality, Passage, PassageTheme, document_id
from index.filters import EVERY_CLASS, Filters, parse_filters
from index.results import Vector

DIMENSION = 384
PASSAGES = 20
"""Passages of a paper."""
LANGUAGES = ("en", "fr")
BODIES = {"ptc": 0.1, "council": 0.1, "pc": 0.15, "imsc": 0.2, "ec": 0.2, "cbc": 0.15, "wgec": 0.1}
KINDS = {"report": 0.1, "agenda": 0.1, "working_paper": 0.35, "decision": 0.05, "guideline": 0.1, "annex": 0.3}
NARROW: Filters = parse_filters(["body=ptc", "kind=report"], access_classes=EVERY_CLASS)
"""A filter that one paper in a hundred meets."""
THEMES = 60
SUBJECTS = ("SG", "KE", "NZ", "SN", "PE", "JP", "UG", "BR", "MA", "CA", "GH", "EU", "CL", "KR", "TN", "ZM", "FR", "AU")
"""Administrations that tags speak of: the first is spoken of most often, the second half as often, and so on."""
MODALITIES: tuple[Modality, ...] = get_args(Modality)

_ENGLISH = 0.6
_VOCABULARY = 60_000
_TOPICS, _TOPIC_WORDS, _PHRASES = 400, 120, 15
_TOPICAL = slice(150, 20_000)
"""Ranks of the words of topics: neither the commonest nor the rarest."""
_MIDDLE = np.arange(60, 3000)
"""Ranks of the third word of a question."""
_TAGGED, _WITH_SUBJECT = 0.25, 0.4
"""Shares of the passages that have a tag, and of the tags that speak of an administration."""
_EVIDENCE_WORDS = 20
_FIRST_TOPIC, _SECOND_TOPIC = 0.18, 0.07
"""Shares of a passage's words."""
_CENTRES, _CENTRES_A_TOPIC, _GROUPS = 2000, 5, 100
_SPREAD = 0.9
"""Length of the random part of a vector beside a centre of length one."""
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_DAYS = 25 * 365
_LAST_DAY = dt.date(2026, 1, 1)


class Paper(NamedTuple):
    """A document and its vectors `(20, 384) float32`, of length one."""

    document: Document
    vectors: Vector


class Question(NamedTuple):
    """A question: a word, three words, a phrase, and a vector `(384,) float32`, of one topic and language."""

    language: str
    word: str
    words: str
    phrase: str
    vector: Vector


class Words(NamedTuple):
    """The vocabulary of a language: words by falling frequency, their cumulated frequencies, topics and phrases."""

    words: NDArray[np.object_]
    cumulated: NDArray[np.float64]
    topics: NDArray[np.int64]
    phrases: Sequence[Sequence[NDArray[np.int64]]]

    def drawn(self, random: np.random.Generator, count: int) -> NDArray[np.int64]:
        """Return words by their frequency."""
        return np.searchsorted(self.cumulated, random.random(count)).astype(np.int64)


def papers(count: int, first: int = 0) -> Iterator[Paper]:
    """Yield papers by number."""
    return (paper(number) for number in range(first, first + count))


def paper(number: int, edition: int = 0) -> Paper:
    """Return a paper; another edition of it has other words and vectors and the same id."""
    random, language, topics = _seeded(number, edition)
    subjects = np.random.default_rng([number, edition, len(SUBJECTS)])
    texts = [_text(random, language, topics) for _ in range(PASSAGES)]
    source = source_of(number)
    name = document_id(source)
    document = Document(
        id=name,
        key=name,
        sha256="0" * 64,
        source=source,
        media_type="application/pdf",
        title=texts[0][:60],
        body=_one_of(random, BODIES),
        kind=_one_of(random, KINDS),
        language=language,
        date=_LAST_DAY - dt.timedelta(days=int(_DAYS * random.random() ** 2)),
        sessions=(int(random.integers(1, 250)),),
        passages=tuple(_passage(random, subjects, name, language, place, text) for place, text in enumerate(texts)),
    )
    return Paper(document, vectors(number, edition))


def vectors(number: int, edition: int = 0) -> Vector:
    """Return the vectors of a paper alone."""
    _, _, (topic, _) = _seeded(number, edition)
    random = np.random.default_rng([number, edition, DIMENSION])
    chosen = (topic * _CENTRES_A_TOPIC + random.integers(0, _CENTRES_A_TOPIC, PASSAGES)) % _CENTRES
    return _about(random, chosen)


def questions(count: int, seed: int = 0) -> list[Question]:
    """Return questions, in English and French in turn."""
    random = np.random.default_rng([seed, _TOPICS])
    found = []
    for number in range(count):
        language = LANGUAGES[number % len(LANGUAGES)]
        vocabulary, topic = words(language), int(random.integers(_TOPICS))
        chosen = random.choice(vocabulary.topics[topic], 2, replace=False, p=_falling())
        common = vocabulary.drawn(random, 400)
        middle = common[np.isin(common, _MIDDLE)][0]
        phrase = vocabulary.phrases[topic][int(random.integers(_PHRASES))]
        centre = np.array([(topic * _CENTRES_A_TOPIC + random.integers(_CENTRES_A_TOPIC)) % _CENTRES])
        found.append(
            Question(
                language,
                str(vocabulary.words[chosen[0]]),
                " ".join(vocabulary.words[[*chosen, middle]]),
                " ".join(vocabulary.words[phrase]),
                _about(random, centre)[0],
            )
        )
    return found


@functools.cache
def words(language: str) -> Words:
    """Return the vocabulary of a language."""
    from wordfreq import top_n_list, word_frequency

    found = [word for word in top_n_list(language, _VOCABULARY) if _WORD.fullmatch(word)]
    frequencies = np.array([word_frequency(word, language) for word in found])
    random = np.random.default_rng(LANGUAGES.index(language))
    ranks = np.arange(*_TOPICAL.indices(len(found)))
    topics = np.array([random.choice(ranks, _TOPIC_WORDS, replace=False) for _ in range(_TOPICS)])
    phrases = [[random.choice(own, random.integers(2, 5), replace=False) for _ in range(_PHRASES)] for own in topics]
    return Words(np.array(found, object), np.cumsum(frequencies) / frequencies.sum(), topics, phrases)


def source_of(number: int) -> str:
    """Return the source of a paper."""
    return f"file:///generated/{number}"


def _seeded(number: int, edition: int) -> tuple[np.random.Generator, str, tuple[int, int]]:
    """Return the random generator of a paper, its language and its topics."""
    random = np.random.default_rng([number, edition])
    language = LANGUAGES[int(random.random() >= _ENGLISH)]
    return random, language, (int(_TOPICS * random.random() ** 1.5), int(random.integers(_TOPICS)))


def _text(random: np.random.Generator, language: str, topics: tuple[int, int]) -> str:
    vocabulary = words(language)
    chosen = vocabulary.drawn(random, int(random.integers(140, 201)))
    share = random.random(len(chosen))
    for topic, (low, high) in zip(
        topics, ((0.0, _FIRST_TOPIC), (_FIRST_TOPIC, _FIRST_TOPIC + _SECOND_TOPIC)), strict=True
    ):
        own = np.flatnonzero((share >= low) & (share < high))
        chosen[own] = vocabulary.topics[topic][np.searchsorted(np.cumsum(_falling()), random.random(len(own)))]
    for _ in range(2):
        phrase = vocabulary.phrases[topics[0]][int(random.integers(_PHRASES))]
        start = int(random.integers(len(chosen) - len(phrase)))
        chosen[start : start + len(phrase)] = phrase
    return " ".join(vocabulary.words[chosen]) + "."


def _passage(
    random: np.random.Generator, subjects: np.random.Generator, document: str, language: str, place: int, text: str
) -> Passage:
    name = f"{document}-{place}"
    themes = sorted(set(np.minimum(random.geometric(0.08, random.integers(0, 4)), THEMES).tolist()))
    mentions = [Mention(id=f"theme-{theme}", start=0, end=1, surface=text[:1], label="label") for theme in themes]
    tags = [_tag(random, name, text, _subject(subjects)) for _ in range(int(random.random() < _TAGGED))]
    return Passage(
        id=name,
        ordinal=place,
        text=text,
        language=language,
        pages=(1 + place // 2,),
        paragraphs=(str(place + 1),),
        themes=tuple(map(PassageTheme.of, mentions)),
        maturity=tuple(tags),
    )


def _tag(random: np.random.Generator, passage: str, text: str, subject: str | None) -> MaturityTag:
    model = _model()
    dimension = model.dimensions[int(random.integers(len(model.dimensions)))]
    levels = model.levels_of(dimension)
    return MaturityTag(
        id=f"{passage}:{dimension.id}:0",
        model=model.id,
        model_version=model.version,
        provenance=model.provenance,
        dimension=dimension.id,
        level=levels[int(random.integers(len(levels)))].id,
        subject=subject,
        modality=MODALITIES[int(random.integers(len(MODALITIES)))],
        confidence=0.9,
        confidence_about=0.9,
        status="accepted",
        start=0,
        end=len(" ".join(text.split(" ", _EVIDENCE_WORDS)[:_EVIDENCE_WORDS])),
        statement="statement",
        by="generated",
    )


def _subject(random: np.random.Generator) -> str | None:
    falling = 1 / np.arange(1, len(SUBJECTS) + 1)
    drawn = str(random.choice(SUBJECTS, p=falling / falling.sum()))
    return drawn if random.random() < _WITH_SUBJECT else None


@functools.cache
def _model() -> MaturityModel:
    return load_model(str(Settings.model_fields["model"].default))


def _one_of(random: np.random.Generator, shares: dict[str, float]) -> str:
    return str(random.choice(list(shares), p=list(shares.values())))


@functools.cache
def _falling() -> NDArray[np.float64]:
    """Return the relative frequencies of the words of a topic."""
    found: NDArray[np.float64] = 1 / np.arange(1, _TOPIC_WORDS + 1) ** 0.7
    found /= found.sum()
    return found


@functools.cache
def _centres() -> Vector:
    random = np.random.default_rng(_CENTRES)
    groups = _unit(random.standard_normal((_GROUPS, DIMENSION)))
    own = _unit(random.standard_normal((_CENTRES, DIMENSION)))
    return _unit(own + groups[np.arange(_CENTRES) % _GROUPS])


def _about(random: np.random.Generator, chosen: NDArray[np.int64]) -> Vector:
    noise = random.standard_normal((len(chosen), DIMENSION)) * (_SPREAD / np.sqrt(DIMENSION))
    return _unit(_centres()[chosen] + noise)


def _unit(found: NDArray[np.floating]) -> Vector:
    unit: Vector = (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)
    return unit
