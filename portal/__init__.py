"""The ways in: the command line today. It parses, calls `pipelines` and `index`, and prints.

No work on documents happens here.
"""
