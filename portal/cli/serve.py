"""`serve`: the portal and the HTTP API."""

import click

from configs.settings import Settings
from configs.system.errors import UsageError
from pipelines.access.keys import MAKE_FIRST
from portal.cli.options import common
from portal.cli.output import say
from portal.cli.stopping import stoppable

_ANY = ("0.0.0.0", "::")  # noqa: S104 - compared, not listened on


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="Port to listen on.")
@click.option(
    "--host-name", "host_names", multiple=True, metavar="NAME", help="A name that browsers reach it by (repeatable)."
)
@click.option("--behind-proxy", is_flag=True, help="A proxy stands before it: nobody is let in without a key.")
@click.option("--await-key", is_flag=True, help="Until there is a key, serve nothing but how the first one is made.")
@click.option(
    "--requests-per-minute", type=click.IntRange(1), default=600, show_default=True, help="What one key may ask."
)
@common
def serve(
    *,
    settings: Settings,
    as_json: bool,  # noqa: ARG001 - it answers nothing itself
    host: str,
    port: int,
    host_names: tuple[str, ...],
    behind_proxy: bool,
    await_key: bool,
    requests_per_minute: int,
) -> None:
    """Serve the portal in the browser, and the HTTP API.

    On this machine alone, nobody has to sign in as long as there are no keys. On any other address, readers need keys:
    'customs-lens keys add'. Put a proxy with TLS before it there.
    """
    from portal.web.gate import GateRules, is_loopback
    from portal.web.serving import GRACE, is_without_keys, run

    own = {host.strip("[]").casefold(), *(name.casefold() for name in host_names)}
    if is_loopback(host):
        own |= {"localhost", "127.0.0.1", "::1"}
    elif host in _ANY and not host_names:
        raise UsageError(f"--host {host}: by which name will browsers reach it?", "add --host-name NAME")
    rules = GateRules(frozenset(own), behind_proxy, await_key, requests_per_minute)

    def say_where(address: str) -> None:
        if host in _ANY:
            address = f"http://{host_names[0]}:{address.rpartition(':')[2]}"
        say(f"Customs Lens is at {address} (stop it with Ctrl-C)")
        if await_key and is_without_keys(settings):
            say(f"It answers nobody until an administrator has a key, made in a terminal of this machine: {MAKE_FIRST}")

    message = f"stopped by SIGTERM; requests at work had {GRACE} seconds to end"
    with stoppable(message):
        run(settings, rules, host, port, ready=say_where)
