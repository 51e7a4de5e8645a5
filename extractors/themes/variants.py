"""The written forms of a label: numbers, British and American spelling, hyphens, Russian cases.

Forms that no grammar allows do no harm (no text has them), so the rules are short and generous.
"""

import re
from collections.abc import Callable, Iterator
from itertools import product

from configs.vocabulary import Concept
from extractors.themes.folding import fold

# A label of many inflected words is not worth more patterns than this; its first words then stay as written.
_MOST_FORMS = 512
_SHORTEST_INFLECTED = 4
_SHORTEST_ADJECTIVE = 5

# Words that hold phrases together are not inflected. Those of up to three letters need no list.
_FUNCTION_WORDS = frozenset(
    (
        *("with", "from", "into", "than", "under"),
        *("pour", "dans", "sans", "avec", "entre", "vers", "sous"),
        *("para", "entre", "sobre", "desde"),
    )
)
_SPELLINGS = (
    (re.compile(r"is(?=(?:e|ed|es|er|ers|ing|ation|ations)$)"), "iz"),
    (re.compile(r"iz(?=(?:e|ed|es|er|ers|ing|ation|ations)$)"), "is"),
    (re.compile(r"ys(?=(?:e|ed|es|er|ers|ing)$)"), "yz"),
    (re.compile(r"ence(?=s?$)"), "ense"),
    (re.compile(r"ense(?=s?$)"), "ence"),
    (re.compile(r"our(?=s?$)"), "or"),
    (re.compile(r"tre(?=s?$)"), "ter"),
    (re.compile(r"gramme(?=s?$)"), "gram"),
    (re.compile(r"gram(?=s?$)"), "gramme"),
    (re.compile(r"ll(?=(?:ed|er|ers|ing)$)"), "l"),
)
_RUSSIAN_ADJECTIVES = {
    "ый": ("ый", "ого", "ому", "ым", "ом", "ые", "ых", "ыми"),
    "ий": ("ий", "ого", "ому", "им", "ом", "ие", "их", "ими"),
    "ой": ("ой", "ого", "ому", "ым", "ом", "ые", "ых", "ыми"),
    "ое": ("ое", "ого", "ому", "ым", "ом", "ые", "ых", "ыми"),
    "ее": ("ее", "его", "ему", "им", "ем", "ие", "их", "ими"),
    "ая": ("ая", "ой", "ой", "ой", "ой", "ые", "ых", "ыми", "ую"),
    "яя": ("яя", "ей", "ей", "ей", "ей", "ие", "их", "ими", "юю"),
    "ые": ("ые", "ых", "ым", "ыми", "ых"),
    "ие": ("ие", "их", "им", "ими", "их"),
}
_RUSSIAN_NOUNS = {
    "ие": ("ие", "ия", "ию", "ием", "ии", "ия", "ий", "иями"),
    "ия": ("ия", "ии", "ии", "ией", "ии", "ии", "ий", "иями", "ию"),
    "ость": ("ость", "ости", "ости", "остью", "ости", "ости", "остей", "остями"),
    "ь": ("ь", "и", "и", "ью", "и", "и", "ей", "ями"),
    "о": ("о", "а", "у", "ом", "е", "а", "", "ами"),
    "а": ("а", "ы", "е", "ой", "е", "ы", "", "ами", "у"),
    "ка": ("ка", "ки", "ке", "кой", "ке", "ки", "ок", "ками", "ку"),
    "ы": ("ы", "ов", "ам", "ами", "ах"),
    "и": ("и", "ов", "ам", "ами", "ах"),
    "й": ("й", "я", "ю", "ем", "е", "и", "ев", "ями"),
}
_RUSSIAN_CONSONANT = ("", "а", "у", "ом", "е", "ы", "ов", "ами")
_RUSSIAN_NOUN_ENDS = ("ние", "тие", "вие", "ствие")


def written_forms(text: str, language: str) -> frozenset[str]:
    """Return the folded forms in which a label may stand in a text."""
    words = text.split()
    if len(words) == 1 and words[0].isupper():
        return frozenset({*_hyphens(text), *_hyphens(f"{text}s")} if language != "ru" else _hyphens(text))
    if language == "ru":
        return frozenset(fold(form) for line in _russian(words) for form in _hyphens(line))
    forms = [list(dict.fromkeys(_word_forms(word, language))) for word in words]
    for position in range(len(forms)):
        if _count(forms) <= _MOST_FORMS:
            break
        forms[position] = forms[position][:1]
    return frozenset(fold(" ".join(choice)) for choice in product(*forms))


def label_forms(concept: Concept) -> Iterator[tuple[str, str]]:
    """Yield language and text of the labels that name a concept wherever they stand, in each of their spellings.

    Left out are labels that need something beside them, and those that count in one way of writing only.
    """
    for language, label in concept.every_label():
        if not label.is_guarded and label.case not in ("exact", "standout"):
            yield language, label.text
            yield from ((language, form) for form in sorted(written_forms(label.text, language)))


def _count(forms: list[list[str]]) -> int:
    total = 1
    for alternatives in forms:
        total *= len(alternatives)
    return total


def _hyphens(form: str) -> tuple[str, ...]:
    folded = fold(form)
    return (folded, fold(form.replace("-", ""))) if "-" in form else (folded,)


def _word_forms(word: str, language: str) -> Iterator[str]:
    inflect = _INFLECTIONS.get(language)
    for form in (word, *(inflect(word) if inflect else ())):
        yield form
        if "-" in form:
            yield form.replace("-", "")


def _english(word: str) -> Iterator[str]:
    if word == "and":
        yield "&"
    if not _is_inflected(word):
        return
    spellings = [word, *(rule.sub(swap, word) for rule, swap in _SPELLINGS if rule.search(word))]
    for spelling in spellings:
        yield spelling
        yield _english_singular(spelling) if spelling.endswith("s") else _english_plural(spelling)


def _english_plural(word: str) -> str:
    if re.search(r"[^aeiou]y$", word):
        return f"{word[:-1]}ies"
    return f"{word}es" if re.search(r"(?:x|z|ch|sh)$", word) else f"{word}s"


def _english_singular(word: str) -> str:
    if re.search(r"(?:ss|us|is|ics)$", word):
        return f"{word}es" if word.endswith("ss") else word
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    return word[:-2] if re.search(r"(?:x|z|ch|sh|ss)es$", word) else word[:-1]


def _french(word: str) -> Iterator[str]:
    other = {"de": "des", "des": "de", "et": "&", "du": "des"}.get(word)
    if other:
        yield other
    if not _is_inflected(word):
        return
    if word.endswith(("é", "ée", "és", "ées")):
        stem = word[: word.rindex("é")]
        yield from (f"{stem}{ending}" for ending in ("é", "ée", "és", "ées"))
    elif word.endswith("al"):
        yield from (f"{word[:-2]}aux", f"{word}e", f"{word}es")
    elif word.endswith(("eau", "eu")):
        yield f"{word}x"
    elif word.endswith(("s", "x")):
        yield word[:-1]
    else:
        yield f"{word}s"
        if word.endswith("el"):
            yield from (f"{word}le", f"{word}les")


def _spanish(word: str) -> Iterator[str]:
    if not _is_inflected(word):
        return
    if word.endswith("s"):
        yield word[:-1]
        if word.endswith("es"):
            yield word[:-2]
    elif word[-1] in "aeiouáéíóú":
        yield f"{word}s"
    else:
        yield f"{word[:-1]}ces" if word.endswith("z") else f"{word}es"


def _is_inflected(word: str) -> bool:
    return len(word) >= _SHORTEST_INFLECTED and word.lower() not in _FUNCTION_WORDS and not word.isupper()


def _russian(words: list[str]) -> Iterator[str]:
    """Decline the adjectives at the head of a phrase and its first noun together; what follows stays."""
    head = 0
    while head < len(words) - 1 and _is_russian_adjective(words[head]):
        head += 1
    tables = [_russian_cases(word) for word in words[: head + 1]]
    rest = words[head + 1 :]
    yield " ".join(words)
    for case in range(max(len(table) for table in tables)):
        yield " ".join([*(table[min(case, len(table) - 1)] for table in tables), *rest])


def _is_russian_adjective(word: str) -> bool:
    return (
        len(word) >= _SHORTEST_ADJECTIVE and word[-2:] in _RUSSIAN_ADJECTIVES and not word.endswith(_RUSSIAN_NOUN_ENDS)
    )


def _russian_cases(word: str) -> tuple[str, ...]:
    if word.isupper() or not word[-1:].isalpha():
        return (word,)
    if _is_russian_adjective(word):
        return tuple(word[:-2] + ending for ending in _RUSSIAN_ADJECTIVES[word[-2:]])
    for ending in sorted(_RUSSIAN_NOUNS, key=len, reverse=True):
        if word.endswith(ending):
            return tuple(word[: -len(ending)] + other for other in _RUSSIAN_NOUNS[ending])
    return tuple(word + ending for ending in _RUSSIAN_CONSONANT)


_INFLECTIONS: dict[str, Callable[[str], Iterator[str]]] = {"en": _english, "fr": _french, "es": _spanish}
