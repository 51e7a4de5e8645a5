"""What a sentence claims of a capability, by its cues and by its vector.

Cues are exact where they are explicit ("has not yet been") and know nothing of what they do not list ("half of the
scanners stand idle"). A multinomial logistic regression over the sentence's vector knows both, less exactly. The
log-odds of the two are added, so that a strong cue decides where the vector hardly prefers anything.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from configs.modality_weights import Claim, ModalityWeights
from extractors.claims.modality import PLAIN, STRONG, Judgement, ModalityRules
from extractors.document import Modality

Floats = NDArray[np.float32]


class ClaimReader:
    """Reads claims; `encoder` names the one whose vectors it reads."""

    def __init__(self, rules: ModalityRules, weights: ModalityWeights) -> None:
        """Take the compiled cues and the weights that were trained beside them."""
        self._rules, self._weights = rules, weights
        self.encoder = weights.encoder
        self._claims = list(weights.claims)
        directions = [weights.claims[claim] for claim in self._claims]
        self._coefficients = np.array([one.coefficients for one in directions], np.float32)
        self._intercepts = np.array([one.intercept for one in directions], np.float32)

    def knows(self, language: str | None) -> bool:
        """Tell whether claims are read in a language: elsewhere nothing is known of them."""
        return language in self._weights.languages

    def by_cues(self, sentence: str, language: str | None) -> Modality | None:
        """Return what a sentence claims by its cues alone, None where it claims nothing."""
        return self._rules.judge(sentence, language).modality

    def read(self, sentences: Sequence[str], languages: Sequence[str | None], vectors: Floats) -> list[Modality | None]:
        """Return what each sentence claims, None where nothing; `vectors` are theirs, `(n, d)`.

        Cues alone decide in languages that the weights were not trained for.
        """
        scores = vectors @ self._coefficients.T + self._intercepts
        read = []
        for sentence, language, row in zip(sentences, languages, scores, strict=True):
            judgement = self._rules.judge(sentence, language)
            if self.knows(language):
                row[self._claims.index(judgement.modality or "nothing")] += self._trust(judgement)
                read.append(_modality(self._claims[int(row.argmax())]))
            else:
                read.append(judgement.modality)
        return read

    def _trust(self, judgement: Judgement) -> float:
        trust = self._weights.trust
        if judgement.modality is None:
            return trust.nothing
        if judgement.strength >= STRONG:
            return trust.strong
        return trust.plain if judgement.strength >= PLAIN else trust.weak


def _modality(claim: Claim) -> Modality | None:
    return None if claim == "nothing" else claim
