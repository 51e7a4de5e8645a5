"""`demo`: the main job on the sample papers."""

import json
import shlex
import shutil
import sys
from pathlib import Path

import click

from configs.settings import DEFAULT_HOME, Settings
from configs.system.errors import UnavailableError
from configs.system.files import write_atomically
from configs.system.folders import make_home
from pipelines.access.keys import LOCAL
from pipelines.collection import Collection
from portal.cli.ingest import print_report
from portal.cli.matrix import print_matrix
from portal.cli.options import common
from portal.cli.output import console, print_json, say
from portal.cli.search import print_hits

_FOLDERS = tuple(above / "samples" / "papers" for above in Path(__file__).parents[1:3])
SAMPLES = next((folder for folder in _FOLDERS if folder.is_dir()), _FOLDERS[-1])
"""The sample papers: in the package where that was built, else those of the checkout."""
QUERY = "single window connected to other border agencies"
PORTAL = "http://127.0.0.1:8000"
"""Where `serve` answers unless it is told another address."""
_SHOWN = 3
"""Documents that the demonstration shows, each with one passage."""


@click.command()
@click.option(
    "--samples",
    type=click.Path(readable=False, path_type=Path),
    default=SAMPLES,
    help="Folder of the sample papers  [those that come with the program]",
)
@common
def demo(*, settings: Settings, as_json: bool, samples: Path) -> int:
    """Ingest the sample papers, search them once, show the matrix.

    The samples are illustrations written for this project, not documents of the World Customs Organization.
    """
    from pipelines.ingest.runs import ingest
    from pipelines.questions import matrix as counting
    from pipelines.questions import search
    from pipelines.search.requests import SearchParameters

    if not samples.is_dir():
        raise UnavailableError(
            f"{samples}: the sample papers are not here", "install the program again, or name --samples"
        )
    say(f"Reading the papers in {samples} (the first time, the encoder is prepared: about a minute) …")
    settings = _with_names(settings, samples.with_name("gazetteer.yaml"))
    report = ingest(settings, [str(samples)], progress=lambda done, total, name: say(f"  {done}/{total} {name}"))
    with Collection(settings) as collection:
        found = search.answer(collection, SearchParameters(q=QUERY, limit=_SHOWN), LOCAL)
        matrix = counting.answer(collection, counting.MatrixParameters(), LOCAL)
    if as_json:
        shown = {"searches": [found.model_dump(mode="json")], "matrix": matrix.model_dump(mode="json")}
        print_json({"ingest": report.model_dump(mode="json"), **shown})
        return 1 if report.failed else 0
    out = console()
    out.rule("Ingestion")
    print_report(report, settings)
    out.rule(f"Search: {QUERY}")
    hits = tuple(hit.model_copy(update={"passages": hit.passages[:1]}) for hit in found.hits)
    print_hits(found.model_copy(update={"hits": hits}), {})
    out.rule("Maturity matrix")
    print_matrix(matrix)
    out.rule("How to go on")
    command, home = _command(), _home_option(settings.home)
    for what in ("serve", 'search "your question"', "show PC9001", "ingest YOUR-PAPERS/"):
        out.print(f"  {command} {what}{home}", soft_wrap=True)
    out.print(f"The first of them shows the papers in the browser, at {PORTAL}", soft_wrap=True)
    return 1 if report.failed else 0


def _with_names(settings: Settings, names: Path) -> Settings:
    """Return the settings with the names of the samples' countries, which a home without settings of its own keeps."""
    file = settings.home / "settings.yaml"
    if settings.gazetteer or file.exists() or not names.is_file():
        return settings
    make_home(settings.home)
    write_atomically(file, f"gazetteer: {json.dumps(str(names.absolute()))}\n")
    return settings.model_copy(update={"gazetteer": str(names.absolute())})


def _command() -> str:
    """Return how this program is run in the shell that runs it now: from a virtual environment that may be inactive."""
    program = Path(sys.argv[0])
    on_path = shutil.which("customs-lens")
    if on_path and Path(on_path).resolve() == program.resolve():
        return "customs-lens"
    if program.name == "__main__.py":
        return shlex.join([_near(Path(sys.executable)), "-m", "portal.cli"])
    return shlex.quote(_near(program))


def _home_option(home: Path) -> str:
    return "" if home == Path(DEFAULT_HOME).absolute() else f" --home {shlex.quote(_near(home))}"


def _near(path: Path) -> str:
    """Return a path from the current folder, where it lies below that."""
    path = path.absolute()
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)
