"""Detects the language of a text or a document, as an ISO 639-1 code.

py3langid (a naive Bayes classifier over byte n-grams, Lui and Baldwin 2012) restricted to languages that
papers and customs laws come in. Short pieces, capitals and the bilingual lines of an emblem tell nothing.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from configs.labels import fold
from extractors.document import Block

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

LANGUAGES = (
    *(
        "ar",
        "bg",
        "cs",
        "da",
        "de",
        "el",
        "en",
        "es",
        "et",
        "fi",
        "fr",
        "he",
        "hr",
        "hu",
        "id",
        "it",
        "ja",
        "ko",
    ),
    *("lt", "lv", "nl", "no", "pl", "pt", "ro", "ru", "sk", "sl", "sr", "sv", "tr", "uk", "vi", "zh"),
)
"""The languages told apart; every other text gets the nearest of them or none."""
FEWEST_LETTERS = 24
"""Letters below which a piece of text in an alphabet tells nothing (6 for Chinese, Japanese and Korean)."""
_FEWEST_IDEOGRAPHS = 6
_LEAST_PROBABILITY = 0.6
_SAMPLE_CHARACTERS = 1_200
_VOTES = 60
"""Blocks that vote: enough for any document, and bounded for long ones."""
_EMBLEM_CHARACTERS = 400
_IDEOGRAPHS = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_DIGITS = re.compile(r"[\d_\W]+")

Unpacked: TypeAlias = dict[str, NDArray[Any]]
"""The arrays of the model by their names."""
ARRAYS = ("features", "priors", "classes", "moves", "rows", "output")
"""Their names, in py3langid's order."""

_lock = Lock()
_loaded: "list[LanguageIdentifier]" = []
"""The model, once it was needed: loading it takes half a second."""


def language_of(text: str) -> str | None:
    """Return the language of a passage or block, or None where there is too little text to tell."""
    sample = _sample(text)
    if not _tells(sample):
        return None
    language, probability = _classify(sample)
    return language if probability >= _LEAST_PROBABILITY else None


def prepare(unpacked: Unpacked | None = None) -> None:
    """Load the model now, so that a process that is forked next need not, nor this one later.

    `unpacked` is what `unpack` gave, perhaps to an earlier process: to decompress takes most of the time.
    """
    with _lock:
        if _loaded:
            return
        _loaded.append(_restricted(unpack() if unpacked is None else unpacked))


def unpack() -> Unpacked:
    """Return the arrays of the model, as they are kept compressed."""
    from py3langid.langid import MODEL_DIR, MODEL_FILE
    from py3langid.modelio import load_model

    return {name: np.asarray(part) for name, part in zip(ARRAYS, load_model(MODEL_DIR / MODEL_FILE), strict=True)}


def document_language(blocks: Iterable[Block], emblem: re.Pattern[str] | None = None) -> str | None:
    """Return the language of most of the text, or None where too little of it tells.

    Each block votes with its length; headers, footers and blocks in capitals do not, nor does a block in
    which `emblem` (a pattern over folded text) is found. Where nothing else is there they are asked together.
    """
    body: list[str] = []
    rest: list[str] = []
    for block in blocks:
        if emblem and len(block.text) <= _EMBLEM_CHARACTERS and emblem.search(fold(block.text)):
            continue
        quiet = block.kind in ("header", "footer") or block.text.isupper() or not _tells(_sample(block.text))
        (rest if quiet else body).append(block.text)
    votes: dict[str, int] = defaultdict(int)
    for text in _spread(body):
        language = language_of(text)
        if language:
            votes[language] += min(len(text), _SAMPLE_CHARACTERS)
    if votes:
        return max(votes, key=lambda language: votes[language])
    together = " ".join(text[:_SAMPLE_CHARACTERS] for text in (body + rest)[:_VOTES])
    return language_of(together.lower())


def _spread(texts: list[str]) -> list[str]:
    # The front of a law may be a preamble in another language: take votes from the whole of it.
    step = max(1, len(texts) // _VOTES)
    return texts[::step][: 2 * _VOTES]


def _sample(text: str) -> str:
    words = _DIGITS.sub(" ", text[: 3 * _SAMPLE_CHARACTERS])
    return words[:_SAMPLE_CHARACTERS].strip()


def _tells(sample: str) -> bool:
    if len(_IDEOGRAPHS.findall(sample)) >= _FEWEST_IDEOGRAPHS:
        return True
    return sum(map(str.isalpha, sample)) >= FEWEST_LETTERS


def _classify(sample: str) -> tuple[str, float]:
    prepare()
    with _lock:
        language, probability = _loaded[0].classify(sample)
    return str(language), float(probability)


def _restricted(unpacked: Unpacked) -> "LanguageIdentifier":
    from py3langid.langid import LanguageIdentifier

    identifier = LanguageIdentifier(
        unpacked["features"],
        unpacked["priors"],
        unpacked["classes"].tolist(),
        unpacked["moves"].data,  # whose items are numbers of Python's, as of the arrays that it is made for
        unpacked["output"].tolist(),
        norm_probs=True,
        tk_row=unpacked["rows"].data,
    )
    identifier.set_languages(list(LANGUAGES))
    return identifier
