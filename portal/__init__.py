"""The command line and the portal: parse a request, call `pipelines` and `index`, print the answer.

No work on documents happens here.
"""
