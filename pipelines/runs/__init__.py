"""The history of runs: what they did with which documents, what failed and why, and the report of one run.

Reads the ledger and the index and changes neither; what runs write is in `pipelines.ingest` and `pipelines.storage`.
"""
