"""The search index behind one protocol: encoder, text analysis, query language, ranking and two engines.

`protocol` says what an engine does, `results` what it returns, and `search` answers a request with either engine. The
index stores documents that `extractors` made; it reads no files of a user.
"""
