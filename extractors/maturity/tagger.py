"""Passages to maturity tags: which dimension, which level, with what modality, on what evidence."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from configs.maturity import MaturityModel
from configs.scorer import Scorer
from configs.sentences import SentenceRules
from extractors.document import MaturityTag, Passage, TagStatus
from extractors.maturity.evidence import FEATURES, Floats, Sentences, StatementSet
from extractors.maturity.heads import Heads
from extractors.modality import Judgement, ModalityRules
from extractors.sentences import sentence_spans

Encode = Callable[[Sequence[str]], Floats]
"""Texts to unit vectors `(n, d) float32`."""

VERSION = "1"
ACCEPTED, SUGGESTED, HIDDEN = 0.8, 0.5, 0.2
"""Least confidence of each status; below the last there is no tag."""

_WORTH_READING = 0.05
"""Least probability, of the passage as a whole, for its sentences to be looked at one by one."""
_SHORTEST_EVIDENCE = 5
"""Words that a sentence needs to be evidence: shorter ones are headings and labels."""
_FALLBACK_LANGUAGE = "en"


@dataclass(frozen=True)
class _Evidence:
    """A sentence that speaks for a dimension, as a span of its passage."""

    dimension: str
    confidence: float
    start: int
    end: int
    vector: Floats
    judgement: Judgement


class SharedScore(NamedTuple):
    """A sentence by the shared scorer: who encoded it, the log-odds of each dimension, its vector `(d,)`."""

    encoder: str
    logits: Mapping[str, float]
    vector: Floats


class MaturityTagger:
    """Tags passages with one model; statements are encoded once, on first use."""

    def __init__(
        self,
        model: MaturityModel,
        scorer: Scorer,
        modality: ModalityRules,
        sentences: SentenceRules,
        *,
        encoder: str,
        encode: Encode,
        heads: Heads | None = None,
    ) -> None:
        """Take the model and what reads the text; `encoder` names what `encode` runs, `heads` were taught by people.

        Raises `ValueError` for a scorer of other features than this version computes.
        """
        if scorer.features != FEATURES:
            raise ValueError(f"the scorer has features {scorer.features}, this version computes {FEATURES}")
        self._model, self._scorer, self._modality, self._sentences = model, scorer, modality, sentences
        weights = scorer.weights(encoder)
        self._coefficients, self._intercept = np.asarray(weights.coefficients, np.float32), weights.intercept
        self._encode, self._encoder, self._heads = encode, encoder, heads
        self.name = f"customs-lens {VERSION}/{scorer.version}"
        self._by = f"{self.name}+{heads.version}" if heads else self.name
        self._spoken = sorted({one.language for one in model.statements()})
        self._sets: dict[str, StatementSet] = {}

    def tag(self, passages: Sequence[Passage], vectors: Floats) -> tuple[Passage, ...]:
        """Return the passages with their tags; `vectors` are the passages' own, `(n, d)`.

        A passage gets at most one tag for each dimension and modality, the likeliest evidence first.
        """
        spans = [self._candidate_sentences(passage, vector) for passage, vector in zip(passages, vectors, strict=True)]
        texts = [
            passage.text[start:end] for passage, found in zip(passages, spans, strict=True) for start, end in found
        ]
        rows = self._encode(texts) if texts else np.zeros((0, vectors.shape[1]), np.float32)
        tagged, at = [], 0
        for passage, found in zip(passages, spans, strict=True):
            tags = tuple(self._tags(passage, found, rows[at : at + len(found)])) if found else ()
            at += len(found)
            tagged.append(passage.model_copy(update={"maturity": tags}))
        return tuple(tagged)

    def shared_scores(self, passages: Sequence[Passage], spans: Sequence[tuple[int, int]]) -> list[SharedScore]:
        """Return what is known of one span of each passage before any head."""
        vectors = self._encode([one.text[start:end] for one, (start, end) in zip(passages, spans, strict=True)])
        scores = []
        for passage, (start, end), vector in zip(passages, spans, vectors, strict=True):
            statements = self._statements(passage.language)
            themes = frozenset(one.id for one in passage.themes if start <= one.start and one.end <= end)
            logits = self._logits(statements, Sentences(vector[None], [themes]))[0]
            scores.append(SharedScore(self._encoder, dict(zip(statements.dimensions, logits, strict=True)), vector))
        return scores

    def _candidate_sentences(self, passage: Passage, vector: Floats) -> list[tuple[int, int]]:
        """Return the sentences that may be evidence; none where the passage as a whole is about something else."""
        themes = frozenset(mention.id for mention in passage.themes)
        whole = self._probabilities(self._statements(passage.language), Sentences(vector[None], [themes]))
        if not themes and whole.max() < _WORTH_READING:
            return []
        spans = sentence_spans(passage.text, self._sentences)
        return [(start, end) for start, end in spans if _may_be_evidence(passage.text[start:end])]

    def _tags(self, passage: Passage, spans: Sequence[tuple[int, int]], vectors: Floats) -> Iterator[MaturityTag]:
        statements = self._statements(passage.language)
        themes = [
            frozenset(one.id for one in passage.themes if start <= one.start and one.end <= end) for start, end in spans
        ]
        probabilities = self._probabilities(statements, Sentences(vectors, themes))
        judgements = [self._modality.judge(passage.text[start:end], passage.language) for start, end in spans]
        best: dict[tuple[str, str | None], _Evidence] = {}
        for row, column in zip(*np.nonzero(probabilities >= HIDDEN), strict=True):
            start, end = spans[row]
            evidence = _Evidence(
                statements.dimensions[column],
                float(probabilities[row, column]),
                start,
                end,
                vectors[row],
                judgements[row],
            )
            place = (evidence.dimension, evidence.judgement.modality)
            if place not in best or best[place].confidence < evidence.confidence:
                best[place] = evidence
        for evidence in sorted(best.values(), key=lambda one: -one.confidence):
            yield self._tag(passage, statements, evidence)

    def _statements(self, language: str | None) -> StatementSet:
        """Return the model's statements in a language; in English, or in any, where it has none in that one."""
        chosen = next((one for one in (language, _FALLBACK_LANGUAGE) if one in self._spoken), self._spoken[0])
        if chosen not in self._sets:
            statements = list(self._model.statements(language=chosen))
            vectors = self._encode([one.text for one in statements])
            self._sets[chosen] = StatementSet(self._model, statements, vectors)
        return self._sets[chosen]

    def _probabilities(self, statements: StatementSet, sentences: Sentences) -> Floats:
        """Return how likely each sentence is evidence for each dimension, `(sentences, dimensions)`."""
        logits = self._logits(statements, sentences)
        if self._heads:
            logits = self._heads.adjust(self._encoder, statements.dimensions, logits, sentences.vectors)
        probabilities: Floats = (1.0 / (1.0 + np.exp(-logits))).astype(np.float32)
        return probabilities

    def _logits(self, statements: StatementSet, sentences: Sentences) -> Floats:
        logits: Floats = statements.features(sentences) @ self._coefficients + self._intercept
        return logits

    def _tag(self, passage: Passage, statements: StatementSet, evidence: _Evidence) -> MaturityTag:
        level = self._level(statements, evidence)
        statement, _ = statements.nearest(evidence.vector, evidence.dimension, level)
        return MaturityTag(
            id=f"{passage.id}:{evidence.dimension}:{evidence.start}",
            model=self._model.id,
            model_version=self._model.version,
            provenance=self._model.provenance,
            dimension=evidence.dimension,
            level=level,
            modality=evidence.judgement.modality,
            confidence=round(evidence.confidence, 4),
            status=_status(evidence.confidence),
            start=evidence.start,
            end=evidence.end,
            statement=statement.text,
            by=self._by,
        )

    def _level(self, statements: StatementSet, evidence: _Evidence) -> str | None:
        """Return the level that the sentence states, None unless it claims something and one level stands out.

        Only an achieved fact counts as reached; what is planned or recommended carries the level it aims at,
        what is lacking the level that it is lacking at.
        """
        levels = self._model.levels_of(evidence.dimension)
        if not levels or evidence.judgement.modality is None or evidence.confidence < SUGGESTED:
            return None
        rule = self._scorer.levels
        nearness = [statements.nearest(evidence.vector, evidence.dimension, level.id)[1] for level in levels]
        first, *others = sorted(nearness, reverse=True)
        stands_out = first >= rule.nearness and (not others or first - others[0] >= rule.gap)
        return levels[nearness.index(first)].id if stands_out else None


def _may_be_evidence(sentence: str) -> bool:
    """Tell a sentence from a heading and from a row of a table, whose cells are parted by tabs."""
    return "\t" not in sentence and len(sentence.split()) >= _SHORTEST_EVIDENCE


def _status(confidence: float) -> TagStatus:
    if confidence >= ACCEPTED:
        return "accepted"
    return "suggested" if confidence >= SUGGESTED else "hidden"
