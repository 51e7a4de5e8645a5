"""Settings and every piece of data that a user may swap: bodies, vocabularies, maturity models, encoders.

Loaders and the value types that they validate live here. Nothing in this package reads a document.
"""
