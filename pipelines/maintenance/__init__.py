"""What keeps a home for years: health, repair, backup and restore, encoders, secrets taken out.

Nothing here is needed to ingest or to search.
"""
