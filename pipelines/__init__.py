"""What is done with papers, by plain functions: sources, stages, runs, search, review, alerts, maintenance.

The command line and the portal call these functions; `pipelines.flows` wraps some of them for Prefect and alone imports
it.
"""
