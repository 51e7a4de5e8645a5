"""Search as the portal, the command line and programs use it: requests in, answers out, explained and exported.

A request is parsed once and answered from one snapshot of the index, for the access classes of its reader. Nothing here
writes to an index.
"""
