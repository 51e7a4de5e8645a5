"""What a home stores beside the index: ledger, blobs, saved searches; in files or in a cluster.

Nothing here decides what is stored.
"""
