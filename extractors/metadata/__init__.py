"""What a paper is: symbol, body, session, dates, language, kind and title, from the evidence of its header.

Nothing here opens a file; names of bodies and kinds come from `configs`.
"""

from extractors.metadata.keys import own_key
from extractors.metadata.symbols import LETTER_LANGUAGES, document_key, may_be_year, parse_symbol, symbol_shaped

__all__ = ["LETTER_LANGUAGES", "document_key", "may_be_year", "own_key", "parse_symbol", "symbol_shaped"]
