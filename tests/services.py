"""Servers that all processes of a run share: the first test that needs one starts it, the end of the run stops it."""

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from filelock import FileLock

_FOLDER = "TESTS_SERVICES"
"""The variable that names the folder in which a run notes its servers; the processes of the run inherit it."""


def begin():
    """Make the folder of a run; by the process that starts the others, before it does."""
    os.environ[_FOLDER] = tempfile.mkdtemp(prefix="services-")


def end():
    """Stop the servers of the run and delete their folder."""
    folder = Path(os.environ.pop(_FOLDER))
    for noted in folder.glob("*.json"):
        subprocess.run(json.loads(noted.read_text())["stop"], check=False, capture_output=True)
    shutil.rmtree(folder, ignore_errors=True)


def folder():
    """Return the folder of the run, which its end deletes."""
    return Path(os.environ[_FOLDER])


def shared(name, start):
    """Return the URL of a server of the run.

    `start` begins it on a folder that is not there yet, and returns its URL and the command that stops it.
    """
    noted = folder() / f"{name}.json"
    with FileLock(folder() / f"{name}.lock"):
        if not noted.exists():
            url, stop = start(folder() / name)
            noted.write_text(json.dumps({"url": url, "stop": [str(part) for part in stop]}))
    return json.loads(noted.read_text())["url"]
