"""`models`: the encoders of this machine, and how they are made ready."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.table import Table

from configs.settings import Settings
from index.filters import EVERY_CLASS
from portal.cli.options import common
from portal.cli.output import console, print_json, progress_bar

if TYPE_CHECKING:
    from pipelines.maintenance.encoders import EncoderStatus, PreparedEncoder

_VERIFIED = {True: "yes", False: "no", None: "–"}


@click.group()
def models() -> None:
    """Show the encoders of this machine and make them ready."""


@models.command("list")
@common
def list_models(*, settings: Settings, as_json: bool) -> int:
    """Show which encoders there are, from where, and how they run.

    The files of an encoder from a package are checked against their sha256. Exit code 3 where something is wrong
    with the encoder in use.
    """
    from pipelines.maintenance.encoders import listed

    encoders = listed(settings)
    if as_json:
        print_json({"models": [one.model_dump(mode="json") for one in encoders]})
    else:
        _print_encoders(encoders)
    return 3 if any(one.problem and one.in_use for one in encoders) else 0


@models.command()
@click.argument("name", required=False)
@click.option("--download", is_flag=True, help="Allow to fetch a model of the hub that is not on this machine.")
@common
def prepare(*, settings: Settings, as_json: bool, name: str | None, download: bool) -> None:
    """Check, convert and export an encoder now, and not at the first text.

    NAME is a shipped encoder, a sentence-transformers folder or a hub name; without it the encoder of the settings.
    """
    from pipelines.maintenance import encoders as work

    chosen = {"encoder": name or settings.encoder, "offline": settings.offline and not download}
    _print_done(work.prepare(settings.model_copy(update=chosen)), as_json=as_json)


@models.command()
@click.option("--judged", "folder", metavar="DIR", type=click.Path(path_type=Path), help="A folder of judged passages.")
@click.option("--folds", type=int, default=5, show_default=True, help="Parts that are held out in turn to calibrate.")
@common
def fit(*, settings: Settings, as_json: bool, folder: Path | None, folds: int) -> None:
    """Fit the classifier of themes and tags to the encoder, vocabulary and maturity model of the settings.

    It trains on the passages that come with the product, on those of the home that people judged, and on those of DIR
    (committee.jsonl, papers.jsonl, hard.jsonl, more.jsonl), and is kept in the home. The next ingest tags all documents
    again. It takes about half an hour on two cores. Without DIR no passage of a real paper says how sure it may be.
    """
    from pipelines.fitting.run import fit as work

    with progress_bar("reading the passages") as show:
        done = work(settings, access_classes=EVERY_CLASS, folder=folder, folds=folds, progress=show)
    if as_json:
        print_json(done.model_dump(mode="json"))
        return
    out = console()
    out.print(f"Classifier {done.version} for {done.encoder} and {done.model}: fitted to {done.passages} passages.")
    if not done.of_papers:
        out.print("No passage of a real paper calibrated it, so that its confidences may not hold: see --judged.")
    out.print(
        f"  {done.file} ({done.seconds} s). The next 'customs-lens ingest' tags all documents again.", style="dim"
    )


def _print_done(done: "PreparedEncoder", *, as_json: bool) -> None:
    if as_json:
        print_json(done.model_dump(mode="json"))
        return
    differs = done.query_precision not in (None, done.precision)
    queries = f", queries in {done.query_precision}" if differs else ""
    cosine = f", mean cosine to the original {done.cosine:.4f}" if done.cosine else ""
    console().print(f"{done.name}: ready, runs by {_way(done)}{queries}{cosine} ({done.seconds} s)")


def _print_encoders(encoders: "Sequence[EncoderStatus]") -> None:
    out = console()
    table = Table()
    for column in ("encoder", "verified", "runs by", "tokens", "dimension", "in use"):
        table.add_column(column)
    for one in encoders:
        table.add_row(
            one.name,
            _VERIFIED[one.verified],
            _way(one) + ("" if one.prepared else ", not prepared yet"),
            str(one.tokens),
            str(one.dimension or "–"),
            "yes" if one.in_use else "",
        )
    out.print(table)
    for one in encoders:
        out.print(f"{one.name}: {one.source}, {one.licence or 'licence unknown'}")
        out.print(f"  {one.problem or one.where}", style="red" if one.problem else "dim")


def _way(encoder: "EncoderStatus") -> str:
    return f"{encoder.engine} in {encoder.precision}" if encoder.engine else "–"
