"""Judgements on tags and themes: the protocol of their store, and how they are applied to an index's answers.

Judgements are stored apart from the index and anchored to quoted words, so that they take effect at once and survive
re-ingestion. `extractors.judgements` defines their meaning.
"""
