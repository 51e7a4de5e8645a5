"""Documents, records and themes as text for people.

Nothing here prints or asks the index.
"""
