"""Passages to maturity tags: which dimension, which level, with what modality, on what evidence."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from configs.maturity import MaturityModel
from configs.other_business import OtherBusiness
from configs.scorer import Scorer
from configs.sentences import SentenceRules
from extractors.claims.claim_reader import ClaimReader
from extractors.document import MaturityTag, Mention, Modality, Passage, TagStatus
from extractors.entities.subjects import Subjects
from extractors.maturity.evidence import FEATURES, Encode, Floats, PassageEvidence, StatementSet
from extractors.maturity.fitting import log_odds, sigmoid
from extractors.maturity.found import FoundEvidence, surest
from extractors.maturity.heads import Heads
from extractors.maturity.matter import ENOUGH
from extractors.maturity.reader import Reader, Scored, Span
from extractors.maturity.vectors import KnownVectors
from extractors.text.sentences import sentence_spans

VERSION = "5"
ACCEPTED, SUGGESTED, HIDDEN = 0.8, 0.5, 0.2
"""Least confidence of each status; below the last there is no tag."""

_WORTH_READING = 0.05
"""Least probability, of the passage as a whole, for its sentences to be looked at one by one."""
_SHORTEST_EVIDENCE = 5
"""Words that a sentence needs to be evidence: shorter ones are headings and labels."""
_FALLBACK_LANGUAGE = "en"
_MOST_UNCLAIMED = np.float32(ACCEPTED - 0.0001)
"""Greatest confidence of a sentence that claims nothing: it may be suggested, and is never accepted."""


class SharedScore(NamedTuple):
    """A sentence before any head: who encoded it, the log-odds of each dimension, its vector `(d,)`."""

    encoder: str
    logits: Mapping[str, float]
    vector: Floats


class MaturityTagger:
    """Tags passages with one model; statements are encoded once, on first use."""

    def __init__(
        self,
        model: MaturityModel,
        scorer: Scorer,
        claims: ClaimReader,
        sentences: SentenceRules,
        other: OtherBusiness,
        *,
        encoder: str,
        encoders: Mapping[str, Encode],
        statement_encoders: Mapping[str, Encode] | None = None,
        heads: Heads | None = None,
    ) -> None:
        """Take the model and what reads the text; `other` is what it is not about, `heads` what labels say of it.

        `encoder` names the one of `encoders` that made the vectors which `tag` is given; the scorer may want
        another for a language. `statement_encoders` encode the model's statements, by default as `encoders` would.
        Raises `ValueError` for a scorer of other features than this version computes.
        """
        if scorer.features != FEATURES:
            raise ValueError(f"the scorer has features {scorer.features}, this version computes {FEATURES}")
        self._model, self._scorer, self._claims = model, scorer, claims
        self._sentences, self._other = sentences, other
        self._encoder, self._encoders, self._heads = encoder, encoders, heads
        self._statement_encoders = statement_encoders or encoders
        self.name = f"customs-lens {VERSION}/{scorer.version}"
        self._by = f"{self.name}+{heads.version}" if heads else self.name
        self._spoken = sorted({one.language for one in model.statements()}) or [_FALLBACK_LANGUAGE]
        self._readers: dict[str | None, Reader] = {}

    def tag(
        self, passages: Sequence[Passage], vectors: Floats, subjects: Sequence[Subjects] | None = None
    ) -> tuple[Passage, ...]:
        """Return the passages with their tags; `vectors` are the passages' own, `(n, d)`.

        `subjects` are those of each passage's sentences; without them no tag has one. A passage gets at most one
        tag for each dimension, or one for each subject that it names there, the likeliest evidence first. Boilerplate
        gets none.
        """
        tagged = []
        spoken_of = subjects or [{} for _ in passages]
        known = self._known(passages, vectors)
        found = [
            Scored(passage, spans, evidence, self._on_matter(self._reader(passage.language), evidence))
            for passage, spans, evidence in self._evidence(passages, known)
        ]
        for one, claims, of in zip(found, self._claimed(found, known), spoken_of, strict=True):
            tags = tuple(self._tags(one, claims, of))
            tagged.append(one.passage.model_copy(update={"maturity": tags}))
        return tuple(tagged)

    def probabilities(self, passages: Sequence[Passage], vectors: Floats) -> Floats:
        """Return how likely each passage is about each dimension, `(n, dimensions)`, whatever it claims of it.

        That is the confidence of the best evidence in it; of the passage as a whole where no sentence is any.
        """
        found = [
            self._reader(passage.language).probabilities(evidence).max(axis=0)
            for passage, _, evidence in self._evidence(passages, self._known(passages, vectors))
        ]
        return np.stack(found) if found else np.zeros((0, len(self._model.dimensions)), np.float32)

    def examples(self, passages: Sequence[Passage], vectors: Floats) -> list[tuple[str, Floats, Floats]]:
        """Return, for each passage, who encoded it, its features and the vectors of its sentences.

        The features are `(sentences, dimensions, len(FEATURES))`, the vectors `(sentences, d)`. These are what a
        scorer is trained on; a passage without evidence counts as one sentence.
        """
        return [
            (reader.encoder, reader.statements.features(evidence), evidence.sentences)
            for passage, _, evidence in self._evidence(passages, self._known(passages, vectors))
            for reader in (self._reader(passage.language),)
        ]

    def shared_scores(self, passages: Sequence[Passage], spans: Sequence[Span]) -> list[SharedScore]:
        """Return what the scorer alone makes of one span of each passage: what heads are fitted to."""
        readers = [self._reader(passage.language) for passage in passages]
        names = [reader.encoder for reader in readers]
        vectors = KnownVectors(self._encoders)
        wholes = vectors.of([passage.text for passage in passages], names)
        spoken = [passage.text[start:end] for passage, (start, end) in zip(passages, spans, strict=True)]
        parts = vectors.of(spoken, names)
        scores = []
        for passage, span, reader, whole, part in zip(passages, spans, readers, wholes, parts, strict=True):
            known = PassageEvidence(
                passage.text, whole, [passage.text[slice(*span)]], part[None], [_themes_in(passage.named, span)]
            )
            logits = dict(zip(reader.statements.dimensions, reader.shared_logits(known)[0].tolist(), strict=True))
            scores.append(SharedScore(reader.encoder, logits, part))
        return scores

    def _known(self, passages: Sequence[Passage], vectors: Floats) -> KnownVectors:
        known = KnownVectors(self._encoders)
        known.add(self._encoder, [passage.text for passage in passages], vectors)
        return known

    def _evidence(
        self, passages: Sequence[Passage], known: KnownVectors
    ) -> Iterator[tuple[Passage, list[Span], PassageEvidence]]:
        """Yield each passage with the sentences that may be evidence and what is known of them.

        Without any such sentence, or where the passage as a whole is about something else, there are no spans
        and the evidence is the passage itself as one sentence.
        """
        readers = [self._reader(passage.language) for passage in passages]
        texts = [passage.text for passage in passages]
        names = [reader.encoder for reader in readers]
        wholes = [_whole(passage, vector) for passage, vector in zip(passages, known.of(texts, names), strict=True)]
        spans = [
            self._candidates(passage) if passage.is_read and _worth_reading(reader, whole) else []
            for passage, reader, whole in zip(passages, readers, wholes, strict=True)
        ]
        texts = [
            passage.text[start:end] for passage, found in zip(passages, spans, strict=True) for start, end in found
        ]
        names = [reader.encoder for reader, found in zip(readers, spans, strict=True) for _ in found]
        rows = iter(known.of(texts, names))
        for passage, found, whole in zip(passages, spans, wholes, strict=True):
            if not found:
                yield passage, found, whole
                continue
            sentences = np.stack([next(rows) for _ in found])
            named = passage.named
            themes = [_themes_in(named, span) for span in found]
            parts = [passage.text[start:end] for start, end in found]
            yield passage, found, PassageEvidence(passage.text, whole.vector, parts, sentences, themes)

    def _candidates(self, passage: Passage) -> list[Span]:
        spans = sentence_spans(passage.text, self._sentences)
        return [(start, end) for start, end in spans if _may_be_evidence(passage.text[start:end])]

    def _claimed(self, found: Sequence[Scored], known: KnownVectors) -> list[dict[int, Modality | None]]:
        """Return, for each passage, what each of its sentences that gets a tag claims."""
        places = [(n, row) for n, one in enumerate(found) for row in one.rows(HIDDEN)]
        texts = [found[n].text(row) for n, row in places]
        languages = [found[n].passage.language for n, _ in places]
        claims: list[dict[int, Modality | None]] = [{} for _ in found]
        if places and self._claims.encoder in self._encoders:
            vectors = known.of(texts, [self._claims.encoder] * len(texts))
            read = self._claims.read(texts, languages, np.stack(vectors))
        else:
            read = [self._claims.by_cues(text, language) for text, language in zip(texts, languages, strict=True)]
        for (n, row), modality in zip(places, read, strict=True):
            claims[n][row] = modality
        return claims

    def _tags(self, scored: Scored, claims: Mapping[int, Modality | None], subjects: Subjects) -> Iterator[MaturityTag]:
        statements = self._reader(scored.passage.language).statements
        found = []
        for row in scored.rows(HIDDEN):
            start, end = scored.spans[row]
            confidences = self._confidences(scored, row, claims[row])
            found += [
                FoundEvidence(
                    statements.dimensions[column],
                    subjects.get(start),
                    float(confidences[column]),
                    start,
                    end,
                    scored.evidence.sentences[row],
                    claims[row],
                )
                for column in np.flatnonzero(confidences >= HIDDEN)
            ]
        for evidence in surest(found):
            yield self._tag(scored.passage, statements, evidence)

    def _on_matter(self, reader: Reader, evidence: PassageEvidence) -> Floats:
        """Return how likely each sentence is evidence, `(sentences, dimensions)`, whatever it may claim."""
        short = np.maximum(0.0, ENOUGH - reader.statements.matter(evidence.parts).astype(np.float64))
        odds = log_odds(reader.probabilities(evidence)) + self._scorer.evidence.off_matter * short[:, None]
        lowered: Floats = sigmoid(odds).astype(np.float32)
        return lowered

    def _confidences(self, scored: Scored, row: int, claim: Modality | None) -> Floats:
        """Return how likely a sentence is evidence for each dimension, `(dimensions,)`, now that its claim is known."""
        odds = log_odds(scored.probabilities[row])
        unclaimed = claim is None and self._claims.knows(scored.passage.language)
        if unclaimed:
            odds += self._scorer.evidence.unclaimed
        cautious = np.where(odds > 0, odds * self._scorer.evidence.caution, odds)
        confidences: Floats = sigmoid(cautious).astype(np.float32)
        return np.minimum(confidences, _MOST_UNCLAIMED) if unclaimed else confidences

    def _reader(self, language: str | None) -> Reader:
        """Return what reads a language: by the model's statements in it; in English, or in any, without those."""
        if language not in self._readers:
            chosen = next((one for one in (language, _FALLBACK_LANGUAGE) if one in self._spoken), self._spoken[0])
            wanted = self._scorer.encoder_for(language) if chosen == language else None
            name = wanted if wanted is not None and wanted in self._encoders else self._encoder
            weights = self._scorer.weights(name)
            self._readers[language] = Reader(
                name,
                StatementSet(
                    self._model,
                    chosen,
                    self._statement_encoders[name],
                    self._other.in_language(chosen),
                    foreign=language is not None and chosen != language,
                ),
                np.asarray(weights.coefficients, np.float32),
                weights.intercept,
                self._heads,
            )
        return self._readers[language]

    def _tag(self, passage: Passage, statements: StatementSet, evidence: FoundEvidence) -> MaturityTag:
        level = self._level(statements, evidence)
        statement, _ = statements.nearest(evidence.vector, evidence.dimension, level)
        return MaturityTag(
            id=f"{passage.id}:{evidence.dimension}:{evidence.start}",
            model=self._model.id,
            model_version=self._model.version,
            provenance=self._model.provenance,
            dimension=evidence.dimension,
            level=level,
            subject=evidence.subject,
            modality=evidence.modality,
            confidence=round(evidence.confidence, 4),
            status=_status(evidence.confidence),
            start=evidence.start,
            end=evidence.end,
            statement=statement.text,
            by=self._by,
        )

    def _level(self, statements: StatementSet, evidence: FoundEvidence) -> str | None:
        """Return the level that the sentence states, None unless it claims something and one level stands out.

        Only an achieved fact counts as reached; what is planned or recommended carries the level it aims at,
        what is lacking the level that it is lacking at.
        """
        if evidence.modality is None or evidence.confidence < SUGGESTED:
            return None
        found = statements.levels(evidence.vector, evidence.dimension)
        ranked = sorted(found, key=found.__getitem__, reverse=True)
        if len(ranked) > 1 and found[ranked[0]] - found[ranked[1]] < self._scorer.levels.gap:
            return None
        return ranked[0] if ranked else None


def _whole(passage: Passage, vector: Floats) -> PassageEvidence:
    themes = frozenset(mention.id for mention in passage.named)
    return PassageEvidence(passage.text, vector, [passage.text], vector[None], [themes])


def _worth_reading(reader: Reader, whole: PassageEvidence) -> bool:
    return bool(whole.themes[0]) or bool(reader.probabilities(whole).max() >= _WORTH_READING)


def _themes_in(named: Sequence[Mention], span: Span) -> frozenset[str]:
    start, end = span
    return frozenset(mention.id for mention in named if start <= mention.start and mention.end <= end)


def _may_be_evidence(sentence: str) -> bool:
    """Tell a sentence from a heading and from a row of a table, whose cells are parted by tabs."""
    return "\t" not in sentence and len(sentence.split()) >= _SHORTEST_EVIDENCE


def _status(confidence: float) -> TagStatus:
    if confidence >= ACCEPTED:
        return "accepted"
    return "suggested" if confidence >= SUGGESTED else "hidden"
