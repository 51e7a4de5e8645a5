"""Ingestion: runs, what they have to do, the session on a home, the stages of each document and its commit.

`runs` is the way in and `plan` says what has to be done. Nothing here lists sources: that is `pipelines.sources`.
"""
