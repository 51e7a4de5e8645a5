"""What is told to install where the packages of an extra are missing."""

import subprocess

from configs.system.packages import install_command, modules_of_others, packages_of
from tests.conftest import CHECKOUT


def test_the_packages_of_an_extra_are_named_as_the_metadata_state_them():
    assert install_command("ocr") == "pip install 'tesserocr>=2.7'"
    assert [name.partition(">")[0] for name in packages_of("sftp")] == ["bcrypt", "sshfs"]
    assert packages_of("no such extra") == ()


def test_where_the_program_is_not_installed_the_extra_is_that_of_its_source(monkeypatch):
    monkeypatch.setattr("configs.system.packages.packages_of", lambda _: ())
    assert install_command("ocr") == "pip install '.[ocr]'"


def test_nothing_installs_the_program_by_a_name_that_is_on_no_registry():
    pattern = r"pip install [^|]*[ '\"]customs-lens\b|install customs-lens\["
    found = subprocess.run(
        ["git", "grep", "-nE", pattern, "--", "*.py", "*.md", "*.yaml", "Dockerfile", "Makefile", ":!tests"],
        cwd=CHECKOUT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (found.returncode, found.stdout) == (1, "")


def test_a_module_of_the_programs_names_in_another_package_is_found(tmp_path, monkeypatch):
    assert modules_of_others() == ()
    stated = tmp_path / "door-1.dist-info"
    stated.mkdir()
    (stated / "METADATA").write_text("Metadata-Version: 2.1\nName: door\nVersion: 1\n")
    (stated / "RECORD").write_text("portal/__init__.py,,\n")
    (tmp_path / "portal").mkdir()
    (tmp_path / "portal" / "__init__.py").touch()  # newer versions of Python leave out files that are not there
    monkeypatch.syspath_prepend(tmp_path)
    assert modules_of_others() == (f"{tmp_path / 'portal'} of the package door",)
