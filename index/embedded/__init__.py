"""The embedded engine: SQLite is the only truth, tantivy and the vector file follow it and can be made again."""
