"""The group of all commands, and how any error becomes one line and an exit code."""

import errno
import logging
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from importlib import import_module

import click

from configs.system.errors import CustomsLensError
from configs.system.folders import keep_private
from portal.cli import INTERRUPTED, TERMINATED
from portal.cli.options import log_format_of
from portal.cli.output import complain, is_terminal, pointed_at, prepare_streams, say
from portal.cli.stopping import TerminatedError, leave

_UNEXPECTED = 70
"""Exit code for a fault of the program itself (EX_SOFTWARE of sysexits.h)."""
_USAGE = 2
_UNAVAILABLE = 3
_FULL = (errno.ENOSPC, errno.EDQUOT)
_MODULES = {
    "alerts": "alerts",
    "backup": "backup",
    "briefings": "briefings",
    "correct": "correct",
    "decisions": "decisions",
    "demo": "demo",
    "doctor": "doctor",
    "evaluate": "evaluate",
    "export": "export",
    "extract": "extract",
    "failures": "runs",
    "ingest": "ingest",
    "keys": "keys",
    "matrix": "matrix",
    "mcp": "mcp",
    "metrics": "metrics",
    "models": "models",
    "profile": "profile",
    "rebuild": "backup",
    "reindex": "reindex",
    "restore": "backup",
    "retrain": "retrain",
    "runs": "runs",
    "save-search": "alerts",
    "schedule": "schedule",
    "search": "search",
    "serve": "serve",
    "show": "search",
    "similar": "search",
    "since": "since",
    "sources": "sources",
    "sweep": "sweep",
    "tag": "extract",
    "themes": "matrix",
    "trends": "trends",
    "verify": "verify",
    "vocabulary": "vocabulary",
}
"""The commands, and the module of `portal.cli` that each stands in under its own name."""


class _Commands(click.Group):
    """All commands, each imported when it is asked for: none waits for what only another one needs."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(_MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _MODULES:
            return None
        module = import_module(f"portal.cli.{_MODULES[cmd_name]}")
        command: click.Command = getattr(module, cmd_name.replace("-", "_"))
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in _MODULES and (near := get_close_matches(args[0], _MODULES, 1)):
            ctx.fail(f"No such command '{args[0]}'. Did you mean '{near[0]}'?")
        return super().resolve_command(ctx, args)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="customs-lens")
def cli() -> None:
    """Read the working papers of customs bodies, tag them to a digital-customs maturity model, search them.

    \b
    Start with:
      customs-lens demo                       the samples, read, tagged and searched
      customs-lens ingest PAPERS/             ingest your own
      customs-lens search "single window"     ask

    The command line reads with the rights of the home's owner: every paper, whatever its access class.

    Each command says more with --help. Exit codes: 0 done; 1 done, but some documents failed; 2 wrong usage or
    settings; 3 a needed file or service is not there.
    """


def main(arguments: Sequence[str] | None = None, *, commands: click.Command = cli, name: str = "customs-lens") -> None:
    """Run the command line, or other commands under their own name, and exit the process with the documented code."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in arguments
    keep_private()
    prepare_streams(debug=debug, log_format=log_format_of(arguments))
    for logger in ("index.encoder", "index.embedded.writer", "pipelines"):  # what a person waits for is told meanwhile
        logging.getLogger(logger).setLevel(logging.DEBUG if debug else logging.INFO)
    try:
        code = commands.main(arguments, prog_name=name, standalone_mode=False)
    except (KeyboardInterrupt, click.Abort):  # click makes an abort of the first, after an empty line
        complain("interrupted; what was finished is kept, run the same command again to go on")
        sys.exit(INTERRUPTED)
    except TerminatedError as terminated:
        complain(str(terminated))
        leave(TERMINATED)
    except Exception as error:
        if debug:
            logging.exception("this command failed")  # noqa: LOG015 - not raised: the log holds no credentials
        sys.exit(_explain(error, name))
    sys.exit(code if isinstance(code, int) else 0)


def _explain(error: Exception, name: str) -> int:
    if isinstance(error, CustomsLensError):
        complain(str(error))
        if error.place and is_terminal(sys.stderr):
            say(pointed_at(*error.place))
        return error.exit_code
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        say(error.format_message())
        return _USAGE
    if isinstance(error, click.ClickException):
        complain(f"{error.format_message()} ({_dashes(error)}{name} {_command(error)}--help tells more)")
        return _USAGE
    if isinstance(error, OSError) and error.strerror:
        remedy = "free some space" if error.errno in _FULL else "check the path and its rights"
        complain(f"{error.filename or 'a file'}: {error.strerror} ({remedy})")
        return _UNAVAILABLE
    complain(f"unexpected fault: {type(error).__name__}: {error} (run again with --debug and report what it prints)")
    return _UNEXPECTED


def _command(error: click.ClickException) -> str:
    """Return the words of the command that an error is about: those of a group come before its command."""
    context, words = getattr(error, "ctx", None), ""
    while context is not None and context.parent is not None:
        context, words = context.parent, f"{context.info_name} {words}"
    return words


def _dashes(error: click.ClickException) -> str:
    """Return how an argument is distinguished from an option, where a query may have been taken for one."""
    if not isinstance(error, click.NoSuchOption) or error.option_name.startswith("--"):
        return ""
    return "put -- before a query that begins with -; "
