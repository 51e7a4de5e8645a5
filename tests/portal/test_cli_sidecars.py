"""Sidecars beside the file that `extract` or `tag` looks at."""

import io

import docx
import msoffcrypto
import pytest

pytestmark = pytest.mark.model

TEXT = "The national single window was opened in 2018."


@pytest.fixture
def paper(tmp_path):
    path = tmp_path / "paper.txt"
    path.write_text(TEXT, encoding="utf-8")
    return path


def beside(path, text):
    path.with_name(f"{path.name}.meta.yaml").write_text(text, encoding="utf-8")


def test_it_overrides_what_is_read(cli, paper):
    beside(paper, "title: Given beside it\nlanguage: fr\nsymbol: {raw: SC0042E1, prefix: SC, serial: '0042'}\n")
    found = cli("extract", paper, "--json").json
    assert (found["title"], found["language"], found["key"]) == ("Given beside it", "fr", "SC0042")
    assert "# Given beside it" in cli("extract", paper).out


@pytest.mark.parametrize("command", ["extract", "tag"])
def test_its_password_opens_a_file(cli, tmp_path, command):
    document, plain, sealed = docx.Document(), io.BytesIO(), io.BytesIO()
    document.add_paragraph(TEXT)
    document.save(plain)
    msoffcrypto.OfficeFile(plain).encrypt("secret", sealed)
    paper = tmp_path / "paper.docx"
    paper.write_bytes(sealed.getvalue())
    assert cli(command, paper, "--json").code == 1
    beside(paper, "password: secret\n")
    assert TEXT in cli(command, paper, "--json").out


@pytest.mark.parametrize("command", ["extract", "tag"])
def test_a_broken_one_is_a_mistake_of_the_user(cli, paper, command):
    beside(paper, "titel: misspelt\n")
    done = cli(command, paper)
    assert (done.code, done.out) == (2, "")
    assert "paper.txt.meta.yaml" in done.line
    assert "titel" in done.line
