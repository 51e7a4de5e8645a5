"""Makes `home.zip` and `backup.zip` beside it, and writes their sha256 into `tests/test_upgrade.py`.

`python -m tests.release.make` was run by the commit that set the version to 0.1.0, and is never run again: what that
version stored is what every newer one has to take over.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from configs.settings import load_settings
from index.filters import EVERY_CLASS
from tests import answers
from tests.conftest import CHECKOUT

HERE = Path(__file__).parent
PLACE = Path("/tmp/customs-lens-0.1.0")
PAPERS = ("PC9001E1a.pdf", "PC9001F1a.pdf", "PC9005E1a.pdf")
OF_THE_MACHINE = ("heartbeat.json", "index/lock")


def run(*arguments):
    """Run a command over the home, without text recognition, which not every machine has."""
    environment = {**os.environ, "CUSTOMS_LENS_HOME": str(PLACE / "home"), "CUSTOMS_LENS_READING__OCR__ENABLED": "off"}
    subprocess.run([sys.executable, "-m", "portal.cli", *map(str, arguments)], check=True, env=environment)


def main():
    """Ingest three papers, correct one, judge a tag, save a search, back up; pack both."""
    shutil.rmtree(PLACE, ignore_errors=True)
    (PLACE / "papers").mkdir(parents=True)
    for name in PAPERS:
        shutil.copy(CHECKOUT / "samples" / "papers" / name, PLACE / "papers")
    run("ingest", PLACE / "papers")
    run("correct", "PC9001E1a", "title=Corrected by hand", "--by", "ana")
    run("save-search", "windows", "single window")
    settings, rights = load_settings(PLACE / "home"), {"access_classes": EVERY_CLASS}
    passages = answers.show(settings, "PC9005E1a", full=True, **rights)["passages"]
    answers.judge(settings, "accept", [next(tag["id"] for one in passages for tag in one["maturity"])], "ana", **rights)
    (HERE / "backup.zip").unlink(missing_ok=True)
    run("backup", HERE / "backup.zip")
    with zipfile.ZipFile(HERE / "home.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        for path in sorted((PLACE / "home").rglob("*")):
            if (name := path.relative_to(PLACE / "home").as_posix()) not in OF_THE_MACHINE and path.is_file():
                packed.write(path, name)
    shutil.rmtree(PLACE)
    test = HERE.parent / "test_upgrade.py"
    text = test.read_text()
    for name in ("home.zip", "backup.zip"):
        digest = hashlib.sha256((HERE / name).read_bytes()).hexdigest()
        text = re.sub(rf'("{re.escape(name)}": ")[0-9a-f]*"', rf'\g<1>{digest}"', text)
    test.write_text(text)


if __name__ == "__main__":
    main()
