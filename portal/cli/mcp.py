"""`mcp`: the server for assistants."""

import click

from configs.settings import Settings
from configs.system.errors import UnavailableError
from configs.system.packages import install_command
from pipelines.access.keys import KeyStore
from portal.cli.options import common
from portal.cli.output import say
from portal.cli.stopping import stoppable

_MOST_WAITING = 20
"""Requests of a key that wait for the one at work: assistants call several tools at once."""


@click.command()
@click.option("--http", is_flag=True, help="Serve streamable HTTP on this machine, not standard input and output.")
@click.option("--port", type=click.IntRange(1, 65535), default=8001, show_default=True, help="Port of --http.")
@common
def mcp(
    *,
    settings: Settings,
    as_json: bool,  # noqa: ARG001 - it answers nothing itself
    http: bool,
    port: int,
) -> None:
    """Serve the papers to assistants by the Model Context Protocol: search, read, verify quotations.

    The assistant reads what the access key in $CUSTOMS_LENS_KEY may read; without one, as the command line does, every
    paper. --http listens on 127.0.0.1 alone, where every user of this machine can connect: where the home has access
    keys, each request brings one ('Authorization: Bearer KEY') and reads what that key may read; where it has none,
    each reads every paper. Needs the extra 'mcp'.

    \b
    Example, in the settings of an assistant:
      {"mcpServers": {"customs-lens": {"command": "customs-lens", "args": ["mcp", "--home", "/srv/papers"]}}}
    """
    try:
        from portal.mcp.server import PaperAnswers, create_server, http_app
    except ModuleNotFoundError as error:
        if error.name and error.name.partition(".")[0] == "mcp":
            raise UnavailableError("the extra 'mcp' is not installed", install_command("mcp")) from error
        raise
    if not http:
        with PaperAnswers(settings) as answers:
            answers.reader()  # a wrong key is told now
            create_server(answers).run(transport="stdio")
        return
    from portal.web.gate import Gate, GateRules
    from portal.web.serving import GRACE, serve
    from portal.web.turns import in_turn

    with (
        stoppable(f"stopped by SIGTERM; requests at work had {GRACE} seconds to end"),
        PaperAnswers(settings, over_http=True) as answers,
    ):
        rules = GateRules(frozenset({"127.0.0.1", "localhost"}))
        app = Gate(in_turn(http_app(answers), _MOST_WAITING), keys=KeyStore(settings.home), sessions=None, rules=rules)
        serve(app, "127.0.0.1", port, ready=lambda at: say(f"Customs Lens is at {at}/mcp (stop it with Ctrl-C)"))
