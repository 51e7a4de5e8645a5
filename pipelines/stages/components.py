"""The stages of the pipeline as plain functions, and the components that they share."""

import io
import json
from collections.abc import Sequence
from functools import cached_property, partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from configs.bodies import Bodies, load_bodies
from configs.boilerplate import BoilerplateRules, load_boilerplate
from configs.gazetteer import Gazetteer, load_gazetteer
from configs.kinds import Kinds, load_kinds
from configs.maturity import MaturityModel, load_model
from configs.modality import load_modality
from configs.sentences import SentenceRules, load_sentence_rules
from configs.settings import Settings
from configs.subjects import load_subjects
from configs.vocabulary import Vocabulary, load_vocabulary
from extractors.claims.modality import compile_modality
from extractors.classifier.about import AboutThemes
from extractors.classifier.classifier import Classifier, PassageReading
from extractors.classifier.statements import ModelStatements
from extractors.classifier.tagger import NodeScorer, Tagger
from extractors.classifier.zero_shot import StatementScorer
from extractors.document import Document, Passage, PassageTheme
from extractors.entities import EntityMatcher, compile_entities
from extractors.entities.subjects import SubjectFinder
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
        return AboutThemes(self.vocabulary, classifier, self._kept_vectors)

    @cached_property
    def node_scorer(self) -> NodeScorer:
        """What scores passages for the dimensions of the maturity model in use: the classifier that knows it, if any.

        Its statements do otherwise.
        """
        if self.classifier and self.classifier.knows(self.model):
            return self.classifier
        return self.statement_scorer

    @cached_property
    def statement_scorer(self) -> StatementScorer:
        """What scores passages by the statements of the maturity model alone."""
        return StatementScorer(self.model, self.statements)

    @cached_property
    def statements(self) -> ModelStatements:
        """The statements of the maturity model in use."""
        return ModelStatements(self.model, self._kept_vectors)

    @cached_property
    def tagger(self) -> Tagger:
        """What makes maturity tags."""
        return self.tagger_of(self.node_scorer)

    def tagger_of(self, scorer: NodeScorer) -> Tagger:
        """Return what makes tags of the readings of a scorer."""
        return Tagger(self.model, scorer, self.statements)

    def _kept_vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the vectors of texts that are the same in every run, `(n, d)`, each encoded once on this machine."""
        return VectorCache(self.encoder, self.settings.cache).passages(texts)

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
        about = f"-{self.theme_scorer.version}"
        in_use = self.vocabulary.fingerprint, self.model.fingerprint
        return {
            "read": stage_version("read"),
            "tag": f"{stage_version('tag', *in_use)}-{encoder}{about}",
            "encode": f"{stage_version('encode')}-{encoder}",
            "index": stage_version("index"),
            "model": self.model.id,
        }


def tag(document: Document, tools: PipelineComponents) -> tuple[Document, NDArray[np.float32]]:
    """Return the document with its passages, themes and maturity tags, and the passages' vectors `(n, d)`."""
    document = name_entities(name_themes(split(document, tools), tools), tools)
    read = understand(document.passages, tools)
    document = add_about_themes(document, read.vectors, read.themes, tools)
    subjects = tools.subjects.find(document.passages, document.submitted_by, document.title)
    found = [tools.tagger.tags(*one) for one in zip(document.passages, read.nodes, subjects, strict=True)]
    passages = tuple(
        one.model_copy(update={"maturity": tags}) for one, tags in zip(document.passages, found, strict=True)
    )
    return document.model_copy(update={"passages": passages}), read.vectors


class Understood(NamedTuple):
    """What was read of passages: of their themes, none without a classifier; of dimensions; their vectors `(n, d)`."""

    themes: list[PassageReading]
    nodes: list[PassageReading]
    vectors: NDArray[np.float32]


def understand(passages: Sequence[Passage], tools: PipelineComponents) -> Understood:
    """Return what classifier and node scorer make of passages, which have the themes that they name."""
    classifier, scorer = tools.classifier, tools.node_scorer
    themes: list[PassageReading] = []
    nodes: list[PassageReading] = []
    vectors = [np.empty((0, tools.identity.dimension), np.float32)]
    for inputs, encoded in tools.passage_reader.windows(passages, classifier.note.themes if classifier else ()):
        read = classifier.read(inputs) if classifier else []
        themes += read
        nodes += read if scorer is classifier else scorer.read(inputs)
        vectors.append(encoded)
    return Understood(themes, nodes, _of_text(passages, np.concatenate(vectors)))


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
