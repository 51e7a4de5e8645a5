"""What a paper is: symbol, body, session, dates, language, kind and title, from the evidence of its header.

Nothing here opens a file; names of bodies and kinds come from `configs`.
"""

from extractors.metadata.describe import describe
from extractors.metadata.symbols import document_key, parse_symbol

__all__ = ["describe", "document_key", "parse_symbol"]
