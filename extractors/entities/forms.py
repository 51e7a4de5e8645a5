"""Generates the written forms of the entries of the gazetteer, each with its matching rule.

Names are taken as they are. Titles are put before the first name of an administration ("Republic of Kenya");
adjectives get their feminine and plural; those that are languages too stand beside an office ("French Customs").
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from configs.gazetteer import ARTICLE, Administration, Gazetteer, Instrument, Named, Texts
from configs.vocabulary import TermLabel
from extractors.themes.folding import fold
from extractors.themes.rule_table import Forms, LabelForms, RuleLabel, numbers_by_form

CONCEPT = "{kind}:{id}"
"""How a rule names what it stands for."""


class _Named(NamedTuple):
    """A label, its language, and the texts of its forms."""

    language: str
    label: TermLabel
    texts: tuple[str, ...]


def entity_forms(gazetteer: Gazetteer) -> dict[str, list[int]]:
    """Return the written forms of the labels of all entries, by the numbers of the labels."""
    return numbers_by_form([fold(text).strip() for text in texts] for _, texts in _labels(gazetteer))


def label_forms(gazetteer: Gazetteer, forms: Forms | None = None) -> LabelForms:
    """Return the labels of all entries with their written forms, which may be given as `entity_forms` gave them."""
    return LabelForms([label for label, _ in _labels(gazetteer)], entity_forms(gazetteer) if forms is None else forms)


def _labels(gazetteer: Gazetteer) -> Iterator[tuple[RuleLabel, tuple[str, ...]]]:
    """Yield each label with the texts of its forms."""
    order = 0
    for kind, identifier, named, _ in gazetteer.entries:
        concept = CONCEPT.format(kind=kind, id=identifier)
        for one in (*_names(gazetteer, named), *_adjectives(gazetteer, named)):
            yield RuleLabel(concept, one.language, one.label, order), one.texts
            order += 1
        for language, article, text in _articles(named):
            yield RuleLabel(f"{concept}-{article}", language, TermLabel(text=text), order), (text,)
        for text in named.negative:
            yield RuleLabel(concept, "", TermLabel(text=text), -1, negative=True), (text, f"{text}s")


def _names(gazetteer: Gazetteer, named: Named) -> Iterator[_Named]:
    first = {label.text for label in (named.en[:1] + named.fr[:1])}
    agencies = named.agencies if isinstance(named, Administration) else ()
    titles = _by_language(gazetteer.titles)
    for language, label in (*named.forms(), *(("en", label) for label in agencies)):
        before = () if " " in label.text else gazetteer.not_preceded_by
        guarded = label.model_copy(update={"not_preceded_by": (*label.not_preceded_by, *before)})
        yield _Named(language, guarded, (label.text,))
        if isinstance(named, Administration) and label.text in first:
            yield _Named(
                language,
                TermLabel(text=label.text, case="name", language=label.language),
                tuple(text for text in _titled(titles[language], label.text) if text not in named.negative),
            )


def _by_language(texts: Texts) -> dict[str, tuple[str, ...]]:
    return {"en": texts.en, "fr": texts.fr}


def _titled(titles: Sequence[str], name: str) -> Iterator[str]:
    for title in titles:
        yield f"{title}{name}" if title.endswith(("'", "’")) else f"{title} {name}"


def _adjectives(gazetteer: Gazetteer, named: Named) -> Iterator[_Named]:
    if not isinstance(named, Administration):
        return
    for language, text in named.adjectives.items():
        forms = tuple(_inflected(text, language))
        if text in gazetteer.languages:
            pairs = [(form, office) for form in forms for office in _by_language(gazetteer.offices)[language]]
            forms = tuple(f"{form} {office}" if language == "en" else f"{office} {form}" for form, office in pairs)
        yield _Named(language, TermLabel(text=text, case="name"), forms)


def _inflected(adjective: str, language: str) -> Iterator[str]:
    """Yield an adjective, in French with its feminine, and their plurals."""
    yield from (adjective, f"{adjective}s")
    if language == "fr" and not adjective.endswith("e"):
        feminine = f"{adjective}ne" if adjective.endswith("en") else f"{adjective}e"
        yield from (feminine, f"{feminine}s")


def _articles(named: Named) -> Iterator[tuple[str, str, str]]:
    """Yield language, number and text of each form of each article."""
    if isinstance(named, Instrument):
        for language, form in named.article_forms.items():
            for number in named.articles:
                yield language, number, form.replace(ARTICLE, number)
