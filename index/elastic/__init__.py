"""The Elasticsearch engine: it answers as the embedded engine does, from an index that several machines share.

elasticsearch-py is an extra and is imported in `index.elastic.client` and `index.elastic.bulk` alone.
"""
