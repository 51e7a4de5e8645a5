"""The Elasticsearch engine: the same answers as the embedded one, from an index that several machines share.

elasticsearch-py is an extra and is imported in `index.elastic.client` and `index.elastic.bulk` alone.
"""
