"""The command line: one module a group of commands; `main` is the entry point.

Commands parse, call `pipelines` and `index`, and print. With `--json` one document goes to standard output
and nothing else; progress and messages go to standard error.
"""

import sys
from collections.abc import Sequence

INTERRUPTED = 130
"""Exit code of a command that Ctrl-C ended."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit the process with the documented code."""
    try:
        from portal.cli.app import main as run  # so that Ctrl-C while it is imported is no traceback
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    run(arguments)
