"""Connectors: one for each kind of configured source, all behind one contract.

A connector lists items with what tells a changed one from an unchanged one, names the parts that could not be listed,
and opens the bytes of an item. A source that does not answer is never an empty one.
"""
