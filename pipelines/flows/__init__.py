"""Runs under Prefect: thin flows over plain functions, their deployments and their recovery; only here is it imported.

No logic of the pipeline lies here, and nothing of it imports this folder.
"""

import os

# Prefect reads these when it is imported; it reports usage otherwise.
os.environ.setdefault("DO_NOT_TRACK", "1")
os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
