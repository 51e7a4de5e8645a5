"""Ingestion under Prefect: thin flows over plain functions, the only place that imports Prefect.

No logic of the pipeline lies here, and nothing of it imports this folder.
"""
