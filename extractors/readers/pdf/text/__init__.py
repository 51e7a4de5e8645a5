"""From characters to lines of text: spacing, accents, unmapped glyphs, words.

The package does not depend on blocks.
"""
