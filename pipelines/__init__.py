"""Stages as plain functions, the ledger and ingestion; Prefect flows on top, thin.

`pipelines.flows` alone imports Prefect. The command line calls the plain functions.
"""
