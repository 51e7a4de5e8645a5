"""What a run of ingestion is made of: the writer on a home, reading ahead, the stages of one document, its intake.

Here lies no way in: runs begin in `pipelines.ingest`. Nothing here decides what has to be done: `pipelines.plan` does.
"""
