"""Vocabularies checked, imported from SKOS and exported."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from configs.settings import Settings
from configs.skos import from_turtle, to_turtle
from configs.system.errors import ConfigError, UsageError
from configs.system.files import write_atomically
from configs.system.folders import make_home
from configs.system.json_text import json_text
from configs.system.yamlfile import config_errors, nearest_line, read_yaml
from configs.vocabulary import Vocabulary, load_vocabulary, vocabulary_file
from extractors.document import Value
from extractors.themes import compile_themes
from extractors.themes.checks import Finding, FindingKind, LabelKey, doubtful_forms, labels_not_found
from index.filters import AccessClasses, Filters
from pipelines.search.cells import csv_text
from pipelines.search.service import reader
from pipelines.workspace import VOCABULARIES

_LINE_WIDTH = 120


class VocabularyError(Value):
    """What keeps a vocabulary from being loaded: the line (from 1) and field of its file, and what is wrong there."""

    line: int | None
    field: str | None
    message: str


class VocabularyFinding(Value):
    """A doubt about one label of a concept, with the line (from 1) and field of the file where it stands."""

    kind: FindingKind
    concept: str
    language: str
    label: str
    line: int | None
    field: str
    message: str


class VocabularyCheck(Value):
    """What is wrong and what is doubtful in the vocabulary of a file.

    One with `errors` cannot be loaded: its id, version, numbers of concepts and labels and findings are unknown then,
    and not set.
    """

    file: str
    id: str | None = None
    version: str | None = None
    concepts: int | None = None
    labels: int | None = None
    errors: tuple[VocabularyError, ...]
    findings: tuple[VocabularyFinding, ...]


class ImportedVocabulary(Value):
    """A vocabulary that was written into a file, and notes about what of SKOS it leaves out."""

    file: str
    id: str
    concepts: int
    labels: int
    notes: tuple[str, ...]


def check(
    settings: Settings, file: Path | None = None, *, access_classes: AccessClasses, corpus: bool = False
) -> VocabularyCheck:
    """Return what is wrong and what is doubtful in a vocabulary: the one of a file, else the one in use.

    `errors` keep it from being loaded; `findings` do not. With `corpus` they name the labels too that no indexed
    passage has, of those that the reader may see. Raises as `load_yaml` does for a file that cannot be read or is not
    YAML, and `UnavailableError` where there is no index to compare with.
    """
    path = vocabulary_file(file or settings.vocabulary)
    data, lines = read_yaml(path)
    try:
        vocabulary = Vocabulary.model_validate(data)
    except ValidationError as error:
        errors = tuple(_error(one) for one in config_errors(path, lines, error))
        return VocabularyCheck(file=str(path), errors=errors, findings=())
    findings = list(doubtful_forms(vocabulary))
    if corpus:
        findings += labels_not_found(vocabulary, *_mentions(settings, vocabulary, access_classes))
    return VocabularyCheck(
        file=str(path),
        id=vocabulary.id,
        version=vocabulary.version,
        concepts=len(vocabulary.concepts),
        labels=sum(1 for _ in vocabulary.labels),
        errors=(),
        findings=tuple(_finding(one, nearest_line(lines, one.entry.location)) for one in findings),
    )


def import_skos(settings: Settings, file: Path, output: Path | None = None) -> ImportedVocabulary:
    """Write the vocabulary of a Turtle file as YAML, into the home unless a file is named, and return what was written.

    Raises `UsageError` where the YAML file exists, and as `from_turtle` does.
    """
    vocabulary, notes = from_turtle(file)
    target = output or settings.home / VOCABULARIES / f"{vocabulary.id}.yaml"
    if target.exists():
        raise UsageError(f"{target}: exists already", "remove it, or name another file with --output")
    if target.absolute().is_relative_to(settings.home):
        make_home(settings.home)
    target.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(target, _yaml(vocabulary, file))
    labels = sum(1 for _ in vocabulary.labels)
    return ImportedVocabulary(
        file=str(target), id=vocabulary.id, concepts=len(vocabulary.concepts), labels=labels, notes=tuple(notes)
    )


def export(settings: Settings, form: str = "ttl") -> str:
    """Return the vocabulary in use as Turtle (`ttl`), a JSON object a concept (`jsonl`) or a row a label (`csv`)."""
    vocabulary = load_vocabulary(settings.vocabulary)
    return {"ttl": to_turtle, "jsonl": _jsonl, "csv": _csv}[form](vocabulary)


def _mentions(
    settings: Settings, vocabulary: Vocabulary, access_classes: AccessClasses
) -> tuple[Counter[LabelKey], frozenset[str | None]]:
    """Return how often each label is found in what a reader may see of the index, and the languages of its passages."""
    matcher = compile_themes(vocabulary)
    found: Counter[LabelKey] = Counter()
    languages: set[str | None] = set()
    with reader(settings) as engine:
        for _, passages in engine.passages(Filters(access_classes=access_classes)):
            languages.update(passage.language for passage in passages)
            for mentions in matcher.find_in_document([(passage.text, passage.language) for passage in passages]):
                found.update((mention.id, mention.label) for mention in mentions)
    return found, frozenset(languages)


def _error(error: ConfigError) -> VocabularyError:
    return VocabularyError(line=error.line, field=error.field, message=str(error))


def _finding(finding: Finding, line: int | None) -> VocabularyFinding:
    entry = finding.entry
    return VocabularyFinding(
        kind=finding.kind,
        concept=entry.concept.id,
        language=entry.language,
        label=entry.label.text,
        line=line,
        field=".".join(map(str, entry.location)),
        message=finding.message,
    )


def _yaml(vocabulary: Vocabulary, source: Path) -> str:
    data = vocabulary.model_dump(mode="json", exclude_defaults=True)
    for concept in data["concepts"]:
        concept["pref"] = {language: _label(label) for language, label in concept["pref"].items()}
        if "alt" in concept:
            concept["alt"] = {language: list(map(_label, labels)) for language, labels in concept["alt"].items()}
    body = yaml.safe_dump(data, allow_unicode=True, sort_keys=False, width=_LINE_WIDTH)
    return f"# Made from {source.name} by 'customs-lens vocabulary import'.\n{body}"


def _label(label: dict[str, Any]) -> dict[str, Any] | str:
    """Return a label without rules as the short form: its text."""
    return label if len(label) > 1 else str(label["text"])


def _jsonl(vocabulary: Vocabulary) -> str:
    rows = (concept.model_dump(mode="json", exclude_defaults=True) for concept in vocabulary.concepts)
    return "".join(f"{json_text(row)}\n" for row in rows)


def _csv(vocabulary: Vocabulary) -> str:
    return csv_text([["concept", "dimensions", "broader", "language", "kind", "label", "rules"], *_rows(vocabulary)])


def _rows(vocabulary: Vocabulary) -> Iterator[list[str]]:
    for concept, language, label, location in vocabulary.labels:
        rules = label.model_dump(mode="json", exclude={"text"}, exclude_defaults=True)
        yield [
            concept.id,
            " ".join(concept.dimensions),
            concept.broader or "",
            language,
            str(location[2]),
            label.text,
            json_text(rules) if rules else "",
        ]
