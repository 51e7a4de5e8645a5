"""Runs under Prefect: thin flows over plain functions, their deployments and their recovery.

Prefect is imported here alone. A flow calls a plain function with JSON parameters that hold nothing secret and reports
its outcome; state stays in the ledger. No logic of the pipeline lies here, and nothing of it imports this folder.
"""

import os

# Prefect reads these when it is imported; it reports usage otherwise.
os.environ.setdefault("DO_NOT_TRACK", "1")
os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
