"""Judged passages made ready for training: encoded once, with the sentence that decides each tag."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from extractors.classifier.scorer import PassageInput
from extractors.classifier.states import TokenStates
from extractors.document import Passage, PassageTheme
from pipelines.evaluation.documents import Progress
from pipelines.evaluation.understanding.passages import JudgedPassage, JudgedTag
from pipelines.stages.components import PipelineComponents
from pipelines.stages.passage_reader import WINDOW

_SHORTEST_QUOTE = 8
"""Letters of a quote from which on a sentence that holds them is the one."""
_STEP = 4


@dataclass(frozen=True)
class Example:
    """A judged passage, what the classifier reads of it, and the sentence of each tag (None where none has it).

    The states are in half precision: those of some thousand passages are held at once.
    """

    judged: JudgedPassage
    read: PassageInput
    sentences: tuple[int | None, ...]

    def stated(self) -> Iterator[tuple[JudgedTag, int]]:
        """Yield the tags that state something, with their sentences."""
        for tag, sentence in zip(self.judged.tags, self.sentences, strict=True):
            if tag.modality is not None and sentence is not None:
                yield tag, sentence


def examples_of(
    judged: Sequence[JudgedPassage], tools: PipelineComponents, progress: Progress = lambda *_: None
) -> list[Example]:
    """Return the examples of judged passages, each read alone, as `tag` would."""
    found = []
    for start in range(0, len(judged), WINDOW):
        window = judged[start : start + WINDOW]
        inputs, _ = tools.passage_reader.read(judged_passages(window, tools), tools.theme_ids)
        for one, read in zip(window, inputs, strict=True):
            halved = read.tokens.states.astype(np.float16)
            kept = TokenStates(halved, read.tokens.starts, read.tokens.ends)  # type: ignore[arg-type] # half as wide
            quotes = tuple(_sentence_of(tag.evidence, read) for tag in one.tags)
            found.append(Example(one, replace(read, tokens=kept), quotes))
        progress(len(found), len(judged), "passages")
    return found


def judged_passages(judged: Sequence[JudgedPassage], tools: PipelineComponents) -> list[Passage]:
    """Return judged passages as passages with the themes that they name; each is one, whatever its length."""
    texts = [(one.text, one.language) for one in judged]
    named = [tools.matcher.find_in_document([text])[0] for text in texts]
    return [
        Passage(id=one.id, ordinal=0, text=one.text, language=one.language, themes=tuple(map(PassageTheme.of, found)))
        for one, found in zip(judged, named, strict=True)
    ]


def _sentence_of(quote: str, read: PassageInput) -> int | None:
    """Return the sentence that holds the most of the beginning of a quote; None where none holds any."""
    wanted = _plain(quote)
    texts = [_plain(read.text[start:end]) for start, end in read.sentences]
    for length in range(len(wanted), _SHORTEST_QUOTE - 1, -_STEP):
        for number, text in enumerate(texts):
            if wanted[:length] in text:
                return number
    return None


def _plain(text: str) -> str:
    return " ".join(text.split()).lower()
