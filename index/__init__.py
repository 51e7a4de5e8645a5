"""The search index behind one protocol: encoder, text analysis, query, filters, fusion and the engines.

It stores documents that `extractors` made and answers questions about them; it reads no files of a user.
"""
