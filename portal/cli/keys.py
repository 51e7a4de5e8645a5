"""`keys`: who may use the portal from elsewhere."""

import click
from rich.table import Table

from configs.settings import Settings
from portal.cli.options import common
from portal.cli.output import console, print_json, say, styled


@click.group()
def keys() -> None:
    """Access keys of the portal: add, list, revoke."""


@keys.command()
@click.argument("name")
@click.option(
    "--role",
    type=click.Choice(["reader", "reviewer", "admin"]),
    default="reader",
    show_default=True,
    help="Read; judge tags and themes too; see the audit log too.",
)
@click.option(
    "--access",
    multiple=True,
    metavar="CLASS",
    help="Papers of this access class too, besides public ones; 'every' for all (repeatable).",
)
@click.option(
    "--names-from",
    metavar="HEADER",
    help="A proxy's key: it lets people in, and says in this header who asks, such as X-Forwarded-User.",
)
@common
def add(
    *, settings: Settings, as_json: bool, name: str, role: str, access: tuple[str, ...], names_from: str | None
) -> None:
    """Make a key for NAME and show it, this once: the home keeps no copy of it."""
    from pipelines.access import audit
    from pipelines.access.keys import KeyStore

    said = {"role": role, "access": ", ".join(access) or None, "names_from": names_from}
    held = None if "every" in access else access
    with audit.recorded(settings.home, "command line", "key added", name=name, **said):
        made = KeyStore(settings.home).add(name, role, held, names_from=names_from)  # type: ignore[arg-type]
    if as_json:
        print_json({**made.key.model_dump(mode="json", exclude={"sha256"}), "key": made.secret})
        return
    console().print(made.secret, soft_wrap=True)
    use = f"Its proxy sends it with {names_from}" if names_from else "Its owner signs in with it at /login"
    say(f"This key of {made.key.name} ({made.key.role}) is not shown again. {use}.")


@keys.command("list")
@common
def list_keys(*, settings: Settings, as_json: bool) -> None:
    """List the keys: names, roles and access classes."""
    from pipelines.access.keys import KeyStore

    store = KeyStore(settings.home)
    found = store.all()
    if as_json:
        print_json({"keys": [key.model_dump(mode="json", exclude={"sha256"}) for key in found]})
        return
    if not found:
        if store.was_keyed:
            say("There are no keys any more: the portal answers nobody until 'customs-lens keys add NAME' makes one.")
        else:
            say("There are no keys: the portal answers on this machine alone, to everybody on it.")
        return
    table = Table()
    columns = ["id", "name", "role", "access", "created", *["names from"] * any(key.names_from for key in found)]
    for column in columns:
        table.add_column(column)
    for key in found:
        access = "every" if key.access is None else ", ".join(key.access)
        row = (key.id, key.name, key.role, access, f"{key.created:%Y-%m-%d}", key.names_from or "")
        table.add_row(*row[: len(columns)])
    console().print(table)


@keys.command()
@click.argument("name")
@common
def revoke(*, settings: Settings, as_json: bool, name: str) -> None:
    """Take a key back, by its name or id; its sessions end at once."""
    from pipelines.access import audit
    from pipelines.access.keys import KeyStore

    with audit.recorded(settings.home, "command line", "key revoked", name=name):
        store = KeyStore(settings.home)
        key = store.revoke(name)
    if as_json:
        print_json(key.model_dump(mode="json", exclude={"sha256"}))
    else:
        console().print(styled("revoked ", (key.name, "bold")))
    if not store.all():
        say("That was the last key: the portal answers nobody until 'customs-lens keys add NAME' makes another.")
