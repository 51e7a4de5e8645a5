"""A folder that is watched: papers are ingested as they arrive.

Nothing here reads a paper: that is `pipelines.ingest`, which is given what is complete.
"""
