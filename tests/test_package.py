"""The archive of the source and the wheel: each stands alone, and two builds are alike."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import urllib.request
import zipfile

import pytest

from tests.conftest import CHECKOUT

pytestmark = [pytest.mark.slow, pytest.mark.long]
EPOCH = "1700000000"


def run(*command, **options):
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, done.stderr
    return done.stdout


def sdist_of(folder, target):
    build = f"from setuptools.build_meta import build_sdist; build_sdist({str(target)!r})"
    run(sys.executable, "-c", build, cwd=folder, env=os.environ | {"SOURCE_DATE_EPOCH": EPOCH})
    (made,) = target.glob("*.tar.gz")
    return made


def wheel_of(source, target):
    """The wheel of a folder or an archive, made by what is installed here: nothing is fetched."""
    options = ("--no-deps", "--no-index", "--no-build-isolation", "-w", target)
    environment = os.environ | {"SOURCE_DATE_EPOCH": EPOCH}
    run(sys.executable, "-m", "pip", "wheel", *options, source, env=environment)
    (made,) = target.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """The files of the repository, in a folder of their own."""
    folder = tmp_path_factory.mktemp("clone")
    for name in run("git", "ls-files", "--cached", "--others", "--exclude-standard", cwd=CHECKOUT).splitlines():
        if (CHECKOUT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(CHECKOUT / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def sdist(clone, tmp_path_factory):
    return sdist_of(clone, tmp_path_factory.mktemp("sdist"))


@pytest.fixture(scope="module")
def wheel(sdist, tmp_path_factory):
    return wheel_of(sdist, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def program(wheel, tmp_path_factory):
    """The program in an environment of its own, with the packages that are installed here and not the checkout."""
    environment = tmp_path_factory.mktemp("environment")
    run(sys.executable, "-m", "venv", "--without-pip", environment)
    python = environment / "bin" / "python"
    run(sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--no-index", "--no-compile", wheel)
    (inside,) = environment.glob("lib/*/site-packages")
    (inside / "others.pth").write_text(f"{sysconfig.get_path('purelib')}\n")  # whose own .pth files are not read
    return environment / "bin" / "customs-lens"


def test_the_archive_of_the_source_is_whole_and_always_the_same(clone, sdist, tmp_path):
    assert sdist_of(clone, tmp_path).read_bytes() == sdist.read_bytes()
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    wanted = {"README.md", "CHANGELOG.md", "LICENSE", "CITATION.cff", "constraints.txt", "compose.yaml", "Dockerfile"}
    wanted |= {"docs/install.md", "docs/systemd/customs-lens-serve.service", "samples/sources/layout.yaml"}
    assert wanted <= names
    assert [name for name in names if name.startswith(("tests", "benchmarks", ".git"))] == []


def test_the_wheel_of_the_archive_is_that_of_the_repository_and_has_the_samples_once(clone, wheel, tmp_path):
    def files(path):
        with zipfile.ZipFile(path) as packed:
            return {name: hashlib.sha256(packed.read(name)).hexdigest() for name in packed.namelist()}

    assert files(wheel_of(clone, tmp_path)) == files(wheel)
    tops = {name.partition("/")[0] for name in files(wheel)}
    assert {name for name in tops if not name.endswith(".dist-info")} == {
        "configs", "extractors", "index", "pipelines", "portal",
    }  # fmt: skip
    samples = {f"papers/{path.name}" for path in (CHECKOUT / "samples" / "papers").iterdir()} | {"gazetteer.yaml"}
    assert {name.partition("portal/samples/")[2] for name in files(wheel) if "/samples/" in name} == samples


@pytest.mark.model
def test_the_wheel_works_without_the_checkout(program, tmp_path):
    outside = ("CUSTOMS_LENS_", "PYTHON")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(outside)}
    environment["CUSTOMS_LENS_READING__OCR__ENABLED"] = "off"
    here = {"cwd": tmp_path, "env": environment}
    shown = run(program, "demo", **here)
    assert "Found 21 documents: 21 indexed" in shown
    assert str(CHECKOUT) not in shown
    paper = next(program.parents[1].glob("lib/*/site-packages/portal/samples/papers/HC9001E1a.pdf"))
    shutil.copy(paper, tmp_path / "mine.pdf")
    assert "Found 1 document: 0 indexed" in run(program, "ingest", "mine.pdf", **here)  # the same bytes as a sample
    assert "PC9005E1a" in run(program, "search", "interconnected single windows", **here)
    assert "--via" not in run(program, "schedule", "--help", **here)
    with subprocess.Popen([program, "serve", "--port", "0"], stderr=subprocess.PIPE, text=True, **here) as serving:
        try:
            address = next(filter(None, (re.search(r"http://127\.0\.0\.1:\d+", line) for line in serving.stderr)))
            with urllib.request.urlopen(f"{address[0]}/?q=interconnected", timeout=120) as page:
                assert b"PC9005E1a" in page.read()
        finally:
            serving.terminate()
