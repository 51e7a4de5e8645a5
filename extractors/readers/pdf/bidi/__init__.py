"""Lines of right-to-left scripts in the order of reading.

Nothing here knows pages or tables.
"""
