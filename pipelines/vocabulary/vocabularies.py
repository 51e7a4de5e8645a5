"""Vocabularies checked, imported from SKOS and exported.

Doubtful in one that loads are labels that meet in an inflected form, and labels that find nothing.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeAlias

import yaml
from pydantic import ValidationError

from configs.settings import Settings
from configs.skos import from_turtle, to_turtle
from configs.system.errors import ConfigError, UsageError
from configs.system.files import write_atomically
from configs.system.folders import make_home
from configs.system.json_text import json_text
from configs.system.yamlfile import config_errors, nearest_line, read_yaml
from configs.vocabulary import LabelEntry, Vocabulary, can_clash, load_vocabulary, vocabulary_file
from extractors.document import Value
from extractors.themes import compile_themes
from extractors.themes.variants import written_forms
from index.filters import AccessClasses, Filters
from pipelines.search.cells import csv_text
from pipelines.search.service import reader
from pipelines.workspace import VOCABULARIES

FindingKind: TypeAlias = Literal["clash", "duplicate", "not_found"]
Forms: TypeAlias = frozenset[str]
LabelKey: TypeAlias = tuple[str, str]
"""A concept's id and the text of a label of it, as a mention names them."""
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


class Finding(NamedTuple):
    """A doubt about one label."""

    kind: FindingKind
    entry: LabelEntry
    message: str


def doubtful_forms(vocabulary: Vocabulary) -> Iterator[Finding]:
    """Yield the labels one of whose written forms names another concept too, and those that another label finds.

    Labels with rules may share forms with others: what stands around decides.
    """
    by_form: dict[str, list[tuple[LabelEntry, Forms]]] = defaultdict(list)
    reported: set[tuple[int, int]] = set()
    for entry in vocabulary.labels:
        forms = written_forms(entry.label.text, entry.language)
        for form in sorted(forms):
            for other, others in by_form[form]:
                pair = (id(other.label), id(entry.label))
                finding = _clash(other, entry, form) or _duplicate((other, others), (entry, forms))
                if finding and pair not in reported:
                    reported.add(pair)
                    yield finding
            by_form[form].append((entry, forms))


def _clash(earlier: LabelEntry, later: LabelEntry, form: str) -> Finding | None:
    if earlier.concept.id == later.concept.id or not can_clash(earlier, later):
        return None
    other = f"{earlier.label.text!r} of {earlier.concept.id}"
    return Finding("clash", later, f"{later.label.text!r} meets {other} in the form {form!r}: give both a context")


def _duplicate(*pair: tuple[LabelEntry, Forms]) -> Finding | None:
    """Return a finding where one of two labels, an alternative one, has no form of its own and the same rules."""
    (one, _), (other, _) = pair
    plain = one.label.model_copy(update={"text": other.label.text}) == other.label and one.label.case != "exact"
    if one.concept.id != other.concept.id or one.language != other.language or not plain:
        return None
    for (kept, wide), (spare, narrow) in (pair, pair[::-1]):
        if "alt" in spare.location and narrow <= wide:
            return Finding("duplicate", spare, f"{spare.label.text!r} is a form of {kept.label.text!r}, which finds it")
    return None


def labels_not_found(
    vocabulary: Vocabulary, found: Mapping[LabelKey, int], languages: Collection[str | None]
) -> Iterator[Finding]:
    """Yield the labels that no mention names; `found` counts the mentions of a collection in some languages.

    Labels of other languages are passed over: nothing is known of them.
    """
    for entry in vocabulary.labels:
        if entry.language in languages and not found.get((entry.concept.id, entry.label.text)):
            yield Finding("not_found", entry, f"{entry.label.text!r} ({entry.language}) is in no indexed passage")


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
