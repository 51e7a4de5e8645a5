"""The command line: one module a group of commands; `main` is the entry point.

Commands parse, call `pipelines` and `index`, and print. With `--json` one document goes to standard output
and nothing else; progress and messages go to standard error.
"""

from portal.cli.app import main

__all__ = ["main"]
