"""What a reader of one document sees: its pages, outline and passages, its other languages, its file, its permalinks.

Nothing here searches, writes to an index, or knows how a page of the portal looks.
"""
