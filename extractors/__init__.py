"""From bytes to a tagged document: readers, metadata, language, passages, themes, maturity.

Functions here are pure: they get bytes or text and give values back. Storage and search live in `index`.
"""
