"""Lines of right-to-left scripts in the order of reading.

The package does not depend on pages or tables.
"""
