"""`extract` and `tag`: one file looked at, nothing stored."""

import hashlib
import os
import re
import sys
import tempfile
from pathlib import Path
from typing import Any, BinaryIO

import click

from configs.settings import Settings
from configs.system.errors import UnavailableError, UsageError
from configs.system.files import IrregularFileError, open_regular
from extractors.document import Document, document_id
from extractors.media import UNKNOWN
from portal.cli.options import common
from portal.cli.output import console, echo, print_json, say, styled
from portal.cli.render.markdown import markdown
from portal.cli.render.records import theme_lines

_MIB = 1 << 20
_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):/")


@click.command()
@click.argument("file", type=click.Path(readable=False, path_type=Path))
@click.option("--password", "passwords", multiple=True, metavar="P", help="Try this on an encrypted file (repeatable).")
@click.option(
    "--format",
    "form",
    type=click.Choice(["json", "markdown"]),
    default="markdown",
    show_default=True,
    help="What to print; json is the same as --json.",
)
@common
def extract(*, settings: Settings, as_json: bool, file: Path, passwords: tuple[str, ...], form: str) -> int:
    """Read one file and show what was made of it; store nothing.

    Markdown shows the cover and the text; JSON also pages, boxes, tables, passages and tags. A sidecar beside
    the file (NAME.meta.yaml) overrides what is read. Exit code 1 where the file could not be read; the status
    says why.
    """
    with_passages = as_json or form == "json"
    _check_names(settings)
    document = _read(file, settings, passwords)
    if with_passages:
        print_json(_tagged(document, settings).model_dump(mode="json"))
    else:
        echo(markdown(document))
    return 0 if _is_readable(document) else 1


@click.command()
@click.argument("file", metavar="FILE|-", type=click.Path(readable=False, path_type=Path, allow_dash=True))
@click.option("--text", is_flag=True, help="Take the input as plain text, whatever it looks like.")
@common
def tag(*, settings: Settings, as_json: bool, file: Path, text: bool) -> int:
    """Show the themes and maturity tags of a file; store nothing.

    A theme after ≈ is inferred from the meaning of a passage, with its confidence; every other one is named in it.
    With - in place of FILE, standard input is read. Passages without themes and tags are left out, except in
    JSON. Exit code 1 where the file could not be read.

    \b
    Example:
      echo "The single window went live in 2021." | customs-lens tag - --text
    """
    document = _tagged(read_here(file, settings, text=text), settings)
    if not _is_readable(document):
        say(f"{file}: {document.status}: {'; '.join(document.warnings)}")
        if as_json:
            print_json({"passages": []})
        return 1
    if as_json:
        print_json({"passages": [_tags_of(passage.model_dump(mode="json")) for passage in document.passages]})
    else:
        _print_tags(document)
    return 0


def read_here(file: Path, settings: Settings, *, text: bool = False) -> Document:
    """Return the document in a file, or on standard input where its name is `-`, of whatever status."""
    return _piped(settings, text=text) if str(file) == "-" else _read(file, settings, (), text=text)


def _check_names(settings: Settings) -> None:
    """Raise for an encoder, model or vocabulary that there is not, also where the output needs none of them."""
    from configs.encoders import resolve_encoder
    from configs.maturity import load_model
    from configs.vocabulary import load_vocabulary

    resolve_encoder(settings.encoder)
    load_model(settings.model)
    load_vocabulary(settings.vocabulary)


def _is_readable(document: Document) -> bool:
    return document.status in ("read", "needs_ocr")


def _piped(settings: Settings, *, text: bool) -> Document:
    """Return the document on standard input, of which no more is taken than a file may hold."""
    if sys.stdin is None:
        raise UnavailableError("standard input: is closed", "pipe a text into it, or name a file")
    left = settings.reading.file_mib * _MIB + 1  # one byte more says that it is too large
    with tempfile.NamedTemporaryFile(prefix="customs-lens-") as copy:
        while left and (piece := sys.stdin.buffer.read(min(_MIB, left))):
            copy.write(piece)
            left -= len(piece)
        copy.flush()
        return _read(Path(copy.name), settings, (), text=text)


def _tagged(document: Document, settings: Settings) -> Document:
    """Return a document that could be read with its passages and their tags: what needs the encoder."""
    from pipelines.stages import components, tagging

    return tagging.tag(document, components.PipelineComponents(settings))[0] if _is_readable(document) else document


def _read(file: Path, settings: Settings, passwords: tuple[str, ...], *, text: bool = False) -> Document:
    from extractors.reading import read_document
    from pipelines.sources.inside import sidecar_of
    from pipelines.sources.source import uri_of
    from pipelines.stages.language_model import prepare_languages

    _refuse_url(file)
    most = settings.reading.file_mib
    try:
        with open_regular(file) as stream:
            if os.fstat(stream.fileno()).st_size > most * _MIB:
                return _too_large(uri_of(str(file)), f"it is larger than {most} MiB")
            digest = _digest(stream, most * _MIB)
        sidecar = sidecar_of(file)
    except IrregularFileError as error:
        message = f"{error.filename}: cannot be read: {error.strerror}"
        raise UnavailableError(message, "save what it gives to a file, and name that") from error
    except OSError as error:
        message = f"{error.filename or file}: cannot be read: {error.strerror}"
        raise UnavailableError(message, "check that it exists and that this user may read it") from error
    if digest is None:
        return _too_large(uri_of(str(file)), f"it is larger than {most} MiB")
    prepare_languages(settings.cache)
    document = read_document(
        file,
        source=uri_of(str(file)),
        sha256=digest,
        media_type="text/plain" if text else None,
        passwords=passwords + settings.document_passwords + (sidecar.passwords() if sidecar else ()),
        limits=settings.reading,
        alone=True,
    )
    return sidecar.apply(document) if sidecar else document


def _refuse_url(file: Path) -> None:
    """Raise `UsageError` for a URL, of which a path has one slash; a file of such a name is read all the same."""
    match = _URL.match(str(file))
    if match is None or file.exists():
        return
    is_local = match[1].lower() == "file"
    url = str(file).replace(":/", ":///" if is_local else "://", 1)
    message = f"{url}: {click.get_current_context().info_name} reads a file of this machine, and no URL"
    remedy = (
        "write the path without file://" if is_local else "download it first, or run customs-lens ingest on the URL"
    )
    raise UsageError(message, remedy)


def _digest(stream: BinaryIO, most: int) -> str | None:
    """Return the sha256 of a file as hex digits, None where it has more bytes than it may have, perhaps without end."""
    digest = hashlib.sha256()
    while piece := stream.read(_MIB):
        digest.update(piece)
        most -= len(piece)
        if most < 0:
            return None
    return digest.hexdigest()


def _too_large(source: str, reason: str) -> Document:
    """Return the document of a file of which nothing was read, not even for its hash."""
    identity = document_id(source)
    return Document(
        id=identity, key=identity, sha256="", source=source, media_type=UNKNOWN, status="too_large", warnings=(reason,)
    )


def _tags_of(passage: dict[str, Any]) -> dict[str, Any]:
    return {name: passage[name] for name in ("text", "themes", "maturity")}


def _print_tags(document: Document) -> None:
    out = console()
    for passage in document.passages:
        if not passage.themes and not passage.maturity:
            continue
        pages = ", ".join(map(str, passage.pages))
        section = " › ".join(passage.section) or "passage"
        out.print(styled("\n", (section, "bold"), f" (p. {pages})" if pages else ""))
        out.print(passage.text)
        for theme in theme_lines(passage.themes):
            out.print(styled("  ", ("theme", "cyan"), f"     {theme}"))
        for mark in passage.maturity:
            said = (
                f"  {mark.dimension} {mark.level or '–'} {mark.modality or 'topic'}"
                f" {mark.confidence:.2f} {mark.status}"
                f"{' ' + mark.subject if mark.subject else ''} ({mark.provenance} model {mark.model})"
            )
            out.print(styled("  ", ("maturity", "green"), said))
            out.print(f"            evidence: “{passage.text[mark.start : mark.end]}”")
            out.print(f"            matched:  {mark.statement}", style="dim")
