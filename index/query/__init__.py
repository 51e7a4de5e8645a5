"""The query language: lexer, parser, tree, expansion, translation, and suggestions where nothing matches.

Nothing here knows how an engine stores rows; `compiler` gives it what it looks for.
"""
