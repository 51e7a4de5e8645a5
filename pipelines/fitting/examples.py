"""Training examples from judged passages: encoded once, with the evidence sentence of each tag."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from configs.paper_kinds import load_paper_kinds
from extractors.classifier.scorer import OUTCOMES, PassageInput
from extractors.classifier.states import TokenStates
from extractors.document import Modality, Passage, PassageTheme
from pipelines.fitting.passages import JudgedPassage, JudgedTag
from pipelines.stages.components import PipelineComponents
from pipelines.stages.passage_reader import WINDOW

Progress = Callable[[int, int, str], None]
"""Called with what is done, how much there is, and of what."""

_SHORTEST_QUOTE = 8
"""Letters of a quote from which on a sentence that holds them is the one."""
_STEP = 4


@dataclass(frozen=True)
class Example:
    """A judged passage, its features, and the sentence of each tag (None without a match).

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

    def states(self, dimension: str, modality: Modality | None, level: str | None, sentence: int) -> bool:
        """Tell whether readers found a tag with all these parts; one without a level says nothing of it.

        Where the quote of its evidence was not found it is any sentence.
        """
        return any(
            tag.dimension == dimension
            and tag.modality is not None
            and tag.allows(modality)
            and level in (None, tag.level)
            and (starts is None or self.read.sentences[sentence][0] in starts)
            for tag, starts in zip(self.judged.tags, self.evidence(), strict=True)
        )

    def evidence(self) -> tuple[frozenset[int] | None, ...]:
        """Return where the sentences begin that are right as evidence of each tag; None where its quote was not found.

        Those are the one that is quoted and the two beside it: a state is often told in two.
        """
        starts = [start for start, _ in self.read.sentences]
        return tuple(
            None if place is None else frozenset(starts[max(0, place - 1) : place + 2]) for place in self.sentences
        )

    def outcomes(self) -> dict[int, int]:
        """Return the places in `OUTCOMES` of what sentences state: of evidence, and of all where nothing is stated.

        A sentence of which readers did not say anything has none.
        """
        nothing = self.judged.judged is None and not self.judged.stated
        found = dict.fromkeys(range(len(self.read.sentences)), 0) if nothing else {}
        for tag, sentence in zip(self.judged.tags, self.sentences, strict=True):
            if sentence is not None and self.judged.speaks_of(tag.dimension):
                found[sentence] = OUTCOMES.index(tag.modality)
        return found


def examples_of(
    judged: Sequence[JudgedPassage], tools: PipelineComponents, progress: Progress = lambda *_: None
) -> list[Example]:
    """Return the examples of judged passages, each read alone, as `tag` would."""
    found = []
    for start in range(0, len(judged), WINDOW):
        window = judged[start : start + WINDOW]
        papers = [load_paper_kinds().of(one.title, one.section, one.source) for one in window]
        inputs, _ = tools.passage_reader.read(judged_passages(window, tools), tools.theme_ids, papers)
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
