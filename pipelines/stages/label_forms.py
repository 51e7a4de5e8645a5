"""The written forms of the labels of vocabularies and gazetteers, computed once and cached."""

from pathlib import Path

from configs.derived import key_of, load_or_derive
from configs.gazetteer import Gazetteer
from configs.vocabulary import Vocabulary
from extractors.entities import forms as entity_forms
from extractors.text import superscripts
from extractors.themes import folding, rule_table, variants
from extractors.themes.rule_table import Forms

_CODE = (folding, rule_table, superscripts, variants)
"""The modules that decide how a label may be written."""


def forms_of_vocabulary(vocabulary: Vocabulary, cache: Path) -> Forms:
    """Return the `theme_forms` of a vocabulary."""
    key = key_of(vocabulary.fingerprint, *_CODE)
    return load_or_derive(cache, "themes", key, lambda: rule_table.theme_forms(vocabulary))


def forms_of_gazetteer(gazetteer: Gazetteer, cache: Path) -> Forms:
    """Return the `entity_forms` of a gazetteer."""
    key = key_of(gazetteer.fingerprint, *_CODE, entity_forms)
    return load_or_derive(cache, "names", key, lambda: entity_forms.entity_forms(gazetteer))
