"""Background colours that hide text, as six hexadecimal digits."""

_DARK = 0x30  # maximum of each component of black
_LEAST_CONTRAST = 0x30  # minimum difference in one component of distinguishable colours
_GREYS = range(0x80, 0xF3)  # lighter colours count as paper


def is_hidden_by(ink: str | None, ground: str) -> bool:
    """Return whether a background hides text: it has the text's colour, or is black where the text has no colour."""
    if ink is None:
        return all(part < _DARK for part in _parts(ground))
    return all(abs(one - other) < _LEAST_CONTRAST for one, other in zip(_parts(ink), _parts(ground), strict=True))


def is_grey(ground: str) -> bool:
    """Return whether a background is a grey on which text is legible."""
    parts = _parts(ground)
    return max(parts) - min(parts) < 0x10 and parts[0] in _GREYS  # noqa: PLR2004 - nearly no colour


def _parts(colour: str) -> tuple[int, int, int]:
    return int(colour[:2], 16), int(colour[2:4], 16), int(colour[4:], 16)
