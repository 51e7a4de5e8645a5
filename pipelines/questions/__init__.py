"""What can be asked of a collection, a module a question: its parameters, its answer, the columns of its table.

Command, API, pages, files and tools for assistants ask these and keep none of it; see CONTRIBUTING, *A question*. The
parameters are imported with the command line, so what only an answer needs is imported in it.
"""
