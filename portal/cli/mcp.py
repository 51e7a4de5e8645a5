"""`mcp`: the server for assistants."""

import click

from configs.settings import Settings
from configs.system.errors import UnavailableError
from portal.cli.options import common
from portal.cli.output import say


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
    paper. --http listens on 127.0.0.1 alone. Needs the extra 'mcp'.

    \b
    Example, in the settings of an assistant:
      {"mcpServers": {"customs-lens": {"command": "customs-lens", "args": ["mcp", "--home", "/srv/papers"]}}}
    """
    try:
        from portal.mcp.server import PaperAnswers, create_server
    except ModuleNotFoundError as error:
        if error.name and error.name.partition(".")[0] == "mcp":
            raise UnavailableError("the extra 'mcp' is not installed", "pip install 'customs-lens[mcp]'") from error
        raise
    with PaperAnswers(settings) as answers:
        answers.held()  # a wrong key is told now
        server = create_server(answers)
        if http:
            say(f"Customs Lens is at http://127.0.0.1:{port}/mcp (stop it with Ctrl-C)")
            server.run(
                transport="streamable-http", host="127.0.0.1", port=port, json_response=True, stateless_http=True
            )
        else:
            server.run(transport="stdio")
