"""The stages of the pipeline as plain functions, and the components that they share."""

import io
import json
from collections.abc import Sequence
from functools import cached_property, partial
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from configs.bodies import Bodies, load_bodies
from configs.boilerplate import BoilerplateRules, load_boilerplate
from configs.gazetteer import Gazetteer, load_gazetteer
from configs.kinds import Kinds, load_kinds
from configs.maturity import MaturityModel, load_model
from configs.modality import load_modality
from configs.modality_weights import load_modality_weights
from configs.other_business import load_other_business
from configs.scorer import Scorer, load_scorer
from configs.sentences import SentenceRules, load_sentence_rules
from configs.settings import Settings
from configs.subjects import load_subjects
from configs.vocabulary import Vocabulary, load_vocabulary
from extractors.claims.claim_reader import ClaimReader
from extractors.claims.modality import compile_modality
from extractors.classifier.about import AboutThemes
from extractors.classifier.classifier import Classifier, PassageReading
from extractors.classifier.scorer import vector_of_span
from extractors.classifier.statements import NearestStatement
from extractors.classifier.states import Span
from extractors.classifier.tagger import ReadingTagger
from extractors.document import Document, Passage, PassageTheme
from extractors.entities import EntityMatcher, compile_entities
from extractors.entities.subjects import SubjectFinder
from extractors.maturity.fitting import log_odds
from extractors.maturity.heads import Heads
from extractors.maturity.tagger import MaturityTagger, SharedScore
from extractors.text.boilerplate import find_boilerplate
from extractors.text.language import language_of
from extractors.text.passages import LanguageOf, split_passages
from extractors.themes import LabelMatcher, compile_themes
from extractors.themes.about import NamedAlone, ThemeScorer, merged_themes
from index.encoder import Encoder, EncoderIdentity, encoder_identity, open_encoder
from index.encoder.vector_cache import VectorCache
from pipelines.stages.label_forms import forms_of_gazetteer, forms_of_vocabulary
from pipelines.stages.passage_reader import PassageReader
from pipelines.stages.versions import stage_version
from pipelines.storage.classifiers import load_classifier
from pipelines.storage.opening import open_storage


class PipelineComponents:
    """What the stages need besides a document, made on first use from the settings."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @cached_property
    def bodies(self) -> Bodies:
        """The bodies that issue papers."""
        return load_bodies()

    @cached_property
    def kinds(self) -> Kinds:
        """The kinds of documents."""
        return load_kinds()

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The vocabulary of themes in use."""
        return load_vocabulary(self.settings.vocabulary)

    @cached_property
    def model(self) -> MaturityModel:
        """The maturity model in use."""
        return load_model(self.settings.model)

    @cached_property
    def encoder(self) -> Encoder:
        """The encoder in use; prepared on its first use on this machine."""
        return open_encoder(self.settings)

    @cached_property
    def identity(self) -> EncoderIdentity:
        """Which encoder it is, told without loading it."""
        return encoder_identity(self.settings)

    @cached_property
    def matcher(self) -> LabelMatcher:
        """The compiled vocabulary."""
        return compile_themes(self.vocabulary, forms_of_vocabulary(self.vocabulary, self.settings.cache))

    @cached_property
    def classifier(self) -> Classifier | None:
        """The trained classifier of themes and tags; None where there is none for the encoder in use."""
        return load_classifier(self.settings, self.identity)

    @cached_property
    def theme_scorer(self) -> ThemeScorer:
        """What says which themes passages are about: the classifier, else that they name them."""
        return self.about_themes(self.classifier) if self.classifier else NamedAlone()

    def about_themes(self, classifier: Classifier) -> AboutThemes:
        """Return what says which themes passages are about, by a classifier."""
        return AboutThemes(self.vocabulary, classifier, VectorCache(self.encoder, self.settings.cache).passages)

    @cached_property
    def reading_tagger(self) -> ReadingTagger | None:
        """What makes tags of the classifier's readings; None where it knows nothing of the maturity model in use."""
        known = self.classifier is not None and self.classifier.knows(self.model)
        return self.reading_tagger_of(self.classifier) if self.classifier and known else None

    def reading_tagger_of(self, classifier: Classifier) -> ReadingTagger:
        """Return what makes tags of the readings of a classifier that knows the maturity model in use."""
        statements = NearestStatement(self.model, VectorCache(self.encoder, self.settings.cache).passages)
        return ReadingTagger(self.model, classifier, statements, self.heads)

    @cached_property
    def gazetteer(self) -> Gazetteer:
        """What papers name: administrations, organisations, instruments."""
        return load_gazetteer()

    @cached_property
    def entities(self) -> EntityMatcher:
        """The compiled gazetteer."""
        return compile_entities(self.gazetteer, forms_of_gazetteer(self.gazetteer, self.settings.cache))

    @cached_property
    def subjects(self) -> SubjectFinder:
        """What tells of whom sentences speak."""
        return SubjectFinder(load_subjects(), self.sentences, self.entities)

    @cached_property
    def passage_reader(self) -> PassageReader:
        """What makes passages ready for a classifier."""
        return PassageReader(self.encoder, self.sentences, compile_modality(load_modality()))

    @property
    def theme_ids(self) -> tuple[str, ...]:
        """The ids of the vocabulary's themes, in its order."""
        return tuple(concept.id for concept in self.vocabulary.concepts)

    @cached_property
    def heads(self) -> Heads | None:
        """What was learned from the labels of the home for the model in use."""
        return open_storage(self.settings).heads(self.model.id)

    @cached_property
    def tagger(self) -> MaturityTagger:
        """The maturity tagger over the model's statements."""
        return self.tagger_with(load_scorer(), self.heads)

    @property
    def tagger_name(self) -> str:
        """What makes the tags, with its version."""
        return self.reading_tagger.name if self.reading_tagger else self.tagger.name

    def tagger_with(self, scorer: Scorer, heads: Heads | None = None) -> MaturityTagger:
        """Return a tagger over the model's statements by another scorer."""
        own = self.identity.name
        others = {name: open_encoder(self.settings.model_copy(update={"encoder": name})) for name in scorer.readers}
        encoders = others | {own: self.encoder}
        return MaturityTagger(
            self.model,
            scorer,
            ClaimReader(compile_modality(load_modality()), load_modality_weights()),
            self.sentences,
            load_other_business(),
            encoder=own,
            encoders={name: one.passages for name, one in encoders.items()},
            statement_encoders={name: VectorCache(one, self.settings.cache).passages for name, one in encoders.items()},
            heads=heads,
        )

    @cached_property
    def sentences(self) -> SentenceRules:
        """Where sentences do not end."""
        return load_sentence_rules()

    @cached_property
    def boilerplate(self) -> BoilerplateRules:
        """What says nothing of its own."""
        return load_boilerplate()

    @cached_property
    def versions(self) -> dict[str, str]:
        """The version of each stage: of its code and of every input besides the document; and the model's id."""
        encoder = f"{self.identity.name}-{self.identity.model_hash[:12]}"
        taught = f"-{self.heads.version}" if self.heads else ""
        about = f"-{self.theme_scorer.version}"
        in_use = self.vocabulary.fingerprint, self.model.fingerprint
        return {
            "read": stage_version("read"),
            "tag": f"{stage_version('tag', *in_use)}-{encoder}{about}{taught}",
            "encode": f"{stage_version('encode')}-{encoder}",
            "index": stage_version("index"),
            "model": self.model.id,
        }


def tag(document: Document, tools: PipelineComponents) -> tuple[Document, NDArray[np.float32]]:
    """Return the document with its passages, themes and maturity tags, and the passages' vectors `(n, d)`."""
    document = name_entities(name_themes(split(document, tools), tools), tools)
    readings, vectors = understand(document.passages, tools)
    document = add_about_themes(document, vectors, readings, tools)
    subjects = tools.subjects.find(document.passages, document.submitted_by, document.title)
    if tools.reading_tagger is None:
        return document.model_copy(update={"passages": tools.tagger.tag(document.passages, vectors, subjects)}), vectors
    found = [tools.reading_tagger.tags(*one) for one in zip(document.passages, readings, subjects, strict=True)]
    passages = tuple(
        one.model_copy(update={"maturity": tags}) for one, tags in zip(document.passages, found, strict=True)
    )
    return document.model_copy(update={"passages": passages}), vectors


def understand(
    passages: Sequence[Passage], tools: PipelineComponents
) -> tuple[list[PassageReading], NDArray[np.float32]]:
    """Return what the classifier makes of passages, which have the themes that they name, and their vectors `(n, d)`.

    Without a classifier there are no readings.
    """
    if tools.classifier is None:
        return [], encode(passages, tools)
    readings, vectors = [], [np.empty((0, tools.identity.dimension), np.float32)]
    for inputs, encoded in tools.passage_reader.windows(passages, tools.classifier.note.themes):
        readings += tools.classifier.read(inputs)
        vectors.append(encoded)
    return readings, _of_text(passages, np.concatenate(vectors))


def shared_scores(passages: Sequence[Passage], spans: Sequence[Span], tools: PipelineComponents) -> list[SharedScore]:
    """Return what the tagger in use makes of one span of each passage before any head: what heads are fitted to."""
    if tools.classifier is None or tools.reading_tagger is None:
        return tools.tagger.shared_scores(passages, spans)
    scores: list[SharedScore] = []
    asked = iter(spans)
    for inputs, _ in tools.passage_reader.windows(passages, tools.classifier.note.themes):
        for one, reading, span in zip(inputs, tools.classifier.read(inputs), islice(asked, len(inputs)), strict=True):
            chances = np.array([found.confidence for found in reading.dimensions.values()])
            logits = dict(zip(reading.dimensions, log_odds(chances).tolist(), strict=True))
            scores.append(SharedScore(tools.reading_tagger.reads, logits, vector_of_span(one, span)))
    return scores


def split(document: Document, tools: PipelineComponents, *, language_of: LanguageOf = language_of) -> Document:
    """Return the document with its passages, without themes and tags."""
    passages = split_passages(
        document,
        tools.encoder.count_tokens,
        language_of=language_of,
        sentences=tools.sentences,
        boilerplate=find_boilerplate(document.blocks, tools.boilerplate),
    )
    return document.model_copy(update={"passages": passages})


def name_themes(document: Document, tools: PipelineComponents) -> Document:
    """Return the document, which has its passages, with the themes that they name.

    Boilerplate names none: a list of contents would count what the paper says as often again, a list of people what
    their offices are called. What it says of abbreviations counts.
    """
    passages = document.passages
    mentions = tools.matcher.find_in_document([(passage.text, passage.language) for passage in passages])
    named = tuple(
        passage.model_copy(update={"themes": tuple(map(PassageTheme.of, found)) if passage.is_read else ()})
        for passage, found in zip(passages, mentions, strict=True)
    )
    return document.model_copy(update={"passages": named})


def add_about_themes(
    document: Document, vectors: NDArray[np.float32], readings: Sequence[PassageReading], tools: PipelineComponents
) -> Document:
    """Return the document with the themes that its passages are about beside those that they name.

    `vectors` are those of all passages, `(n, d)`, `readings` what the classifier makes of them. Boilerplate is about
    nothing.
    """
    scored = tools.theme_scorer.score(document.passages, vectors, readings)
    passages = []
    for passage, about in zip(document.passages, scored, strict=True):
        label_of = partial(_theme_label, tools.vocabulary, passage.language or "en")
        themes = merged_themes(passage.named, about if passage.is_read else (), label_of)
        passages.append(passage.model_copy(update={"themes": themes}))
    return document.model_copy(update={"passages": tuple(passages)})


def name_entities(document: Document, tools: PipelineComponents) -> Document:
    """Return the document, which has its passages, with what they name of the gazetteer."""
    passages = document.passages
    found = tools.entities.find_in_document([(passage.text, passage.language) for passage in passages])
    named = tuple(
        passage.model_copy(update={"entities": entities}) for passage, entities in zip(passages, found, strict=True)
    )
    return document.model_copy(update={"passages": named})


def encode(passages: Sequence[Passage], tools: PipelineComponents) -> NDArray[np.float32]:
    """Return the passages' vectors `(n, d)`, each of length one; what is found by word alone has zeros."""
    return _of_text(passages, tools.encoder.passages([passage.text for passage in passages]))


def _of_text(passages: Sequence[Passage], vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return vectors with zeros for notes and lists, which are found by word alone."""
    return vectors * np.array([[passage.kind == "text"] for passage in passages], np.float32).reshape(-1, 1)


def _theme_label(vocabulary: Vocabulary, language: str, theme: str) -> str:
    return vocabulary.concept(theme).name(language)


def dump_passages(passages: Sequence[Passage]) -> str:
    """Return passages as JSON, for the blob store."""
    return json.dumps([passage.model_dump(mode="json") for passage in passages], ensure_ascii=False)


def load_passages(text: str) -> tuple[Passage, ...]:
    """Return the passages that `dump_passages` wrote."""
    return tuple(Passage.model_validate(row) for row in json.loads(text))


def dump_vectors(vectors: NDArray[np.float32]) -> bytes:
    """Return vectors as the bytes of a float32 `.npy` file."""
    buffer = io.BytesIO()
    np.save(buffer, vectors, allow_pickle=False)
    return buffer.getvalue()


def load_vectors(content: bytes) -> NDArray[np.float32]:
    """Return the vectors that `dump_vectors` wrote."""
    vectors: NDArray[np.float32] = np.load(io.BytesIO(content), allow_pickle=False)
    return vectors
