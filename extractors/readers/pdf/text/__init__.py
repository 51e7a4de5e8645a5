"""From characters to lines of text: spacing, accents, unmapped glyphs, words.

Nothing here knows blocks.
"""
