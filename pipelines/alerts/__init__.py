"""Saved searches, what is new for each of them, and how that is sent to people.

Each target of a saved search has a mark that moves when the target has received its papers. Nothing here decides what
matches: that is `pipelines.search`.
"""
