"""Themes and tags measured on passages that independent readers judged: rows, folds, measures.

Nothing here trains or tags; `pipelines/evaluation` says the same of its other parts.
"""
