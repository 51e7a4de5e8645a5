"""Search as every way in uses it: requests in, answers out, explained and exported.

Nothing here writes to an index.
"""
