"""Training of the classifier of themes and tags: judged passages in, weights out; torch is imported here alone.

Here lie the files of judged passages, their folds and the measures of probabilities. What a classifier answers lies in
`extractors/classifier`; of a home's index only the judged passages are read.
"""
