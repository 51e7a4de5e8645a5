"""Connectors: one for each kind of configured source, all behind one contract."""
