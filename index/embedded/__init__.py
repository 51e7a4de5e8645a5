"""The embedded engine: SQLite is the primary store; text index and vector files are derived and can be rebuilt.

The state of a document is one row that is superseded in one transaction. The text index (tantivy) and the vector files
follow in batches and record the last write that they contain; a reader answers from a snapshot that all parts have
reached. One process writes at a time.
"""
