"""Reports as web pages that need nothing else.

Nothing here measures: reports get what `pipelines` measured.
"""
