"""The command line: one module a group of commands; `main` is the entry point.

Commands parse, call `pipelines` and `index`, and print. With `--json` one document goes to standard output
and nothing else; progress and messages go to standard error.
"""

import gc
import sys
from collections.abc import Sequence

INTERRUPTED = 130
"""Exit code of a command that Ctrl-C ended."""
TERMINATED = 143
"""Exit code of a command that SIGTERM ended, as a shell reports it."""
_NEW_OBJECTS = 50_000
"""After so many more the collector looks for cycles: Python's 700 have it look again and again while modules are
imported and data files read, which are there to stay, for a tenth of a short command's time."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit the process with the documented code."""
    gc.set_threshold(_NEW_OBJECTS)
    try:
        from portal.cli.app import main as run  # so that Ctrl-C while it is imported is no traceback
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    run(arguments)
