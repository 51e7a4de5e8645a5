"""Saved searches, and what is new for each of them.

Nothing here decides what matches: that is `pipelines.search`.
"""
