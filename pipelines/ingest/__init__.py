"""Ingestion: runs, what they have to do, the session on a home, the stages of each document and its commit.

`runs` is the entry point; it chooses the kind of run and with it the plan. `run` works through the plan batch by batch,
`session` holds the home, and `commit` writes a document to the index and then its row to the ledger, so that a row
never claims more than the index holds. Calls go one way, `runs` to `run` to `session` to `commit`. Nothing here lists
sources: that is `pipelines.sources`.
"""
