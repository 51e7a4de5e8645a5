"""HTML from templates, the one way to it: pages that need nothing else, and what the portal's pages are made with.

Templates hold all HTML; they get the values that the rest of `pipelines` made, and nothing here measures or asks.
"""
