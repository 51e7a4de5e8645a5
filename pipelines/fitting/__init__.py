"""Training of the classifier of themes and tags: judged passages in, weights out; torch is imported here alone.

What a classifier answers lies in `extractors/classifier`; of a home's index only the judged passages are read.
"""
