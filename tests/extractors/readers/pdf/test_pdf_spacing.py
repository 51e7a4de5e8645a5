"""Spaces inside words: wide-set letters drawn in pieces are one word, real spaces stay."""

import pytest

from tests.extractors.readers.rawpdf import one_page

TEXT = "China Ocean Shipping Container Lines Company Limited of the Peoples Republic of China"


def drawn(words: list[str], *, size: int, apart: float) -> bytes:
    """Words set `apart` points wide, the last letter of each drawn by itself, a space of the file after each."""
    out, x, y = [], 60.0, 700.0
    for word in words:
        for piece in (word[:-1], word[-1] + " "):
            out.append(f"BT /F2 {size} Tf {apart} Tc {x:.2f} {y:.2f} Td ({piece}) Tj ET")
            x += len(piece) * (0.6 * size + apart)
        if x > 440:
            x, y = 60.0, y - 1.5 * size
    return "\n".join(out).encode()


@pytest.mark.parametrize("apart", [2.5, 3.0, 4.0])
def test_letters_drawn_apart_belong_to_their_words(read_bytes, apart):
    fonts, courier = b"/F2 6 0 R", b"<</Type/Font/Subtype/Type1/BaseFont/Courier>>"
    data = one_page(drawn(TEXT.split(), size=9, apart=apart), fonts=fonts, more=(courier,))
    assert " ".join(block.text for block in read_bytes(data, "wide.pdf").blocks) == TEXT


def test_letters_that_stand_alone_stay_so(read_bytes):
    letters = "A B C D E F G H I K L M"
    data = one_page(f"BT /F1 12 Tf 60 700 Td (Annexes {letters} and N) Tj ET".encode())
    assert read_bytes(data, "letters.pdf").blocks[0].text == f"Annexes {letters} and N"
