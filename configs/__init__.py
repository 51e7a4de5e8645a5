"""Settings and every piece of data that a user may replace: bodies, vocabularies, gazetteer, maturity models, encoders.

Loaders and the value types that they validate live here, with the file and line of each error. Nothing in this package
reads a document.
"""
