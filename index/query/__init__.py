"""The query language: lexer, parser, tree, expansion, translation, and suggestions where nothing matches.

A query is split once, its symbols and the labels of themes are found, and the tree is compiled for either engine.
The package does not depend on how an engine stores rows.
"""
