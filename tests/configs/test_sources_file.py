import re
from pathlib import Path

import pytest

from configs.errors import ConfigError, UsageError
from configs.sources import FolderConfig, MailboxConfig, load_sources

FOLDER = "  - name: ptc\n    kind: folder\n    path: /srv/ptc\n"


def _write(home: Path, text: str) -> Path:
    (home / "sources.yaml").write_text(f"sources:\n{text}")
    return home


def test_home_without_file_has_no_sources(tmp_path):
    assert load_sources(tmp_path) == ()


def test_source_has_its_defaults(tmp_path):
    (source,) = load_sources(_write(tmp_path, FOLDER + '    schedule: "17 2 * * *"\n'))
    assert isinstance(source, FolderConfig)
    assert source.path == Path("/srv/ptc")
    assert source.deletions.policy == "withdraw"
    assert source.schedule
    assert source.schedule.cron == "17 2 * * *"


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (FOLDER + "    colour: red\n", 5, "no such field"),
        (FOLDER + FOLDER, None, "several sources have the name ptc"),
        ("  - name: P T C\n    kind: folder\n    path: /srv\n", 2, "name"),
        ("  - name: ptc\n    kind: pigeon\n", None, "pigeon|kind"),
        ("  - name: a\n    kind: url\n    url: https://u:p@host/x\n", 4, "holds credentials"),
        ("  - name: a\n    kind: mailbox\n    host: h\n    username: u\n    password: geheim\n", 6, "write \\$"),
    ],
)
def test_broken_file_names_line_and_field(tmp_path, text, line, words):
    with pytest.raises(ConfigError, match=words) as error:
        load_sources(_write(tmp_path, text))
    assert "geheim" not in str(error.value)
    assert line is None or f":{line}" in str(error.value) or f"line {line}" in str(error.value)


def test_secret_comes_from_the_environment(tmp_path, monkeypatch):
    text = "  - name: a\n    kind: mailbox\n    host: h\n    username: u\n    password: ${MAIL_PASSWORD}\n"
    (source,) = load_sources(_write(tmp_path, text))
    assert isinstance(source, MailboxConfig)
    with pytest.raises(UsageError, match="MAIL_PASSWORD"):
        source.password.reveal()
    monkeypatch.setenv("MAIL_PASSWORD", "geheim")
    assert source.password.reveal() == "geheim"
    assert "geheim" not in repr(source)


def test_examples_of_the_documentation_are_read(tmp_path):
    page = (Path(__file__).resolve().parents[2] / "docs" / "sources.md").read_text(encoding="utf-8")
    found = re.findall(r"^```yaml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    kinds = set()
    for example in found:
        (tmp_path / "sources.yaml").write_text(example, encoding="utf-8")
        kinds |= {source.kind for source in load_sources(tmp_path)}
    assert kinds == {"folder", "url", "listing", "feed", "mailbox", "sharepoint"}
