"""The stages that make passages, themes, tags and vectors of a document, and what they share.

Nothing here knows where documents come from or where they are stored.
"""
