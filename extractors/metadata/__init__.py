"""Metadata of papers: symbol, body, session, dates, language, kind, title, agenda, decisions, references.

Each field weighs the evidence of the header, running heads and cover. Nothing here opens a file; names of bodies and
kinds, and the words of covers, come from `configs`.
"""

from extractors.metadata.keys import own_key
from extractors.metadata.symbols import LETTER_LANGUAGES, document_key, may_be_year, parse_symbol, symbol_shaped

__all__ = ["LETTER_LANGUAGES", "document_key", "may_be_year", "own_key", "parse_symbol", "symbol_shaped"]
