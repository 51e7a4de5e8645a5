"""The components that the stages of the pipeline need besides a document, built once from the settings."""

from collections.abc import Sequence
from functools import cached_property

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
from extractors.claims.modality import ModalityRules
from extractors.classifier.about import AboutThemes, NamedThemesScorer, ThemeScorer
from extractors.classifier.classifier import Classifier
from extractors.classifier.statements import ModelStatements
from extractors.classifier.tagger import NodeScorer, Tagger
from extractors.classifier.zero_shot import StatementScorer
from extractors.entities import EntityMatcher
from extractors.entities.subjects import SubjectFinder
from extractors.themes import LabelMatcher, compile_themes
from index.encoder import Encoder, EncoderIdentity, encoder_identity, open_encoder
from index.encoder.vector_cache import VectorCache
from pipelines.stages.label_forms import forms_of_gazetteer, forms_of_vocabulary
from pipelines.stages.passage_reader import PassageReader
from pipelines.stages.versions import stage_version
from pipelines.storage.classifiers import load_classifier


class PipelineComponents:
    """The components of the stages, built on first use from the settings."""

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
        """The identity of the encoder, read without loading it."""
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
        """The scorer of themes: the classifier, else mentions of the themes."""
        return self.about_themes(self.classifier) if self.classifier else NamedThemesScorer()

    def about_themes(self, classifier: Classifier) -> AboutThemes:
        """Return the scorer of themes by a classifier."""
        return AboutThemes(self.vocabulary, classifier, self._cached_vectors)

    @cached_property
    def node_scorer(self) -> NodeScorer:
        """The scorer of dimensions of the maturity model in use: a classifier trained for it.

        Its statements do otherwise.
        """
        if self.classifier and self.classifier.knows(self.model):
            return self.classifier
        return self.statement_scorer

    @cached_property
    def statement_scorer(self) -> StatementScorer:
        """The scorer by the statements of the maturity model alone."""
        return StatementScorer(self.model, self.statements)

    @cached_property
    def statements(self) -> ModelStatements:
        """The statements of the maturity model in use."""
        return ModelStatements(self.model, self._cached_vectors)

    @cached_property
    def tagger(self) -> Tagger:
        """The tagger of maturity dimensions."""
        return self.tagger_of(self.node_scorer)

    def tagger_of(self, scorer: NodeScorer) -> Tagger:
        """Return a tagger with the given scorer."""
        return Tagger(self.model, scorer, self.statements)

    def _cached_vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the vectors of texts that are the same in every run, `(n, d)`, each encoded once on this machine."""
        return VectorCache(self.encoder, self.settings.cache).passages(texts)

    @cached_property
    def gazetteer(self) -> Gazetteer:
        """What papers name: administrations, organisations, instruments."""
        return load_gazetteer(self.settings.gazetteer)

    @cached_property
    def entities(self) -> EntityMatcher:
        """The compiled gazetteer."""
        return EntityMatcher(self.gazetteer, forms_of_gazetteer(self.gazetteer, self.settings.cache))

    @cached_property
    def subjects(self) -> SubjectFinder:
        """The detector of the subjects of sentences."""
        return SubjectFinder(load_subjects(), self.sentences, self.entities)

    @cached_property
    def passage_reader(self) -> PassageReader:
        """The reader that prepares passages for a classifier."""
        return PassageReader(self.encoder, self.sentences, ModalityRules(load_modality()))

    @property
    def theme_ids(self) -> tuple[str, ...]:
        """The ids of the vocabulary's themes, in its order."""
        return tuple(concept.id for concept in self.vocabulary.concepts)

    @cached_property
    def sentences(self) -> SentenceRules:
        """The rules for sentence boundaries."""
        return load_sentence_rules()

    @cached_property
    def boilerplate(self) -> BoilerplateRules:
        """The rules for boilerplate."""
        return load_boilerplate()

    @cached_property
    def versions(self) -> dict[str, str]:
        """The version of each stage: of its code and of every input besides the document; and the model's id."""
        encoder = f"{self.identity.name}-{self.identity.model_hash[:12]}"
        about = f"-{self.theme_scorer.version}"
        in_use = [self.vocabulary.fingerprint, self.model.fingerprint]
        in_use += [self.gazetteer.fingerprint] if self.settings.gazetteer else []
        return {
            "read": stage_version("read"),
            "tag": f"{stage_version('tag', *in_use)}-{encoder}{about}",
            "encode": f"{stage_version('encode')}-{encoder}",
            "index": stage_version("index"),
            "model": self.model.id,
        }
