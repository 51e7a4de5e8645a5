"""How good search, themes, tags and decisions are, measured on judged data through the code that answers users.

usage: python -m benchmarks.evaluate COMMAND --help

Here lie one module for each thing that is measured, the measures of it and the commands; nothing here trains or changes
what it measures. Judged passages and their folds belong to `pipelines.fitting`, which trains on them.
"""
