"""The file of configured sources: its defaults, its errors with their lines, its schema, and hostile files."""

import json
import re
from contextlib import suppress
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from configs.sources import FolderConfig, MailboxConfig, SourcesFile, UrlConfig, load_sources
from configs.system.errors import ConfigError, UnavailableError, UsageError

CHECKOUT = Path(__file__).resolve().parents[2]
SCHEMA = CHECKOUT / "configs" / "sources.schema.json"
FOLDER = "  - name: ptc\n    kind: folder\n    path: /srv/ptc\n"
URL = "  - name: a\n    kind: url\n    url: https://host/x\n"
MAIL = "  - name: a\n    kind: mailbox\n    host: h\n    username: u\n"
SHAREPOINT = "  - name: a\n    kind: sharepoint\n    tenant: t\n    client_id: c\n    site: s\n"
EXAMPLES = [
    example
    for page in ("sources.md", "sources-remote.md")
    for example in re.findall(
        r"^```yaml\n(sources:.*?)^```$", (CHECKOUT / "docs" / page).read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
]


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
        ("  - name: ptc\n    path: /srv\n", None, "kind"),
        ("  - name: a\n    kind: url\n    url: https://u:p@host/x\n", 4, "holds credentials"),
        ("  - name: a\n    kind: url\n    url: s3://bucket/x?X-Amz-Signature=geheim\n", 4, "holds credentials"),
        ("  - name: a\n    kind: url\n    url: papers/x\n", 4, "is no URL"),
        (MAIL + "    password: geheim\n", 6, "write \\$"),
        (MAIL + "    password: ${geheim\n", 6, "write \\$"),
        (MAIL + "    password: {variable: geheim}\n", 6, "write \\$"),
        (MAIL + "    password: ${MAIL}\n    port: 70000\n", 7, "65535"),
        (URL + "    options: {secret: 'geheim ${A}'}\n", 5, "options.secret: holds more .* write \\$"),
        (URL + "    options:\n      headers: {x: ['${A} geheim']}\n", 6, "options.headers: holds more"),
        (URL + "    quiet_seconds: -1\n", 5, "quiet_seconds"),
        (URL + "    quiet_seconds: .inf\n", 5, "quiet_seconds"),
        (URL + "    quiet_seconds: .nan\n", 5, "quiet_seconds"),
        (FOLDER + "    include: '*.pdf'\n", 5, "no list"),
        (FOLDER + "    path: /srv/other\n", 5, "stands twice"),
        ('  - name: ptc\n    kind: folder\n    path: "/srv\\0/ptc"\n', 4, "NUL"),
        (FOLDER + "    deletions: {policy: burn}\n", 5, "policy"),
        (FOLDER + "    deletions: {grace_days: 1e9}\n", 5, "grace_days"),
        (SHAREPOINT, None, "client_secret or certificate"),
        (SHAREPOINT + "    client_secret: ${A}\n    certificate: /x\n", None, "client_secret or certificate"),
        ("  - &a [*a]\n", None, "broken YAML|nested|mapping|kind"),
        ("  - just text\n", 2, "mapping|kind"),
        ("  ptc: {kind: folder}\n", None, "no list"),
    ],
)
def test_broken_file_names_line_and_field(tmp_path, text, line, words):
    with pytest.raises(ConfigError, match=words) as error:
        load_sources(_write(tmp_path, text))
    assert "geheim" not in str(error.value)
    assert "sources.yaml" in str(error.value)
    assert line is None or f":{line}" in str(error.value) or f"line {line}" in str(error.value)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xff\xfe", "not UTF-8"),
        (b"sources: [", "broken YAML"),
        (b"- a\n- b\n", "mapping"),
        (b"sources: [" + b"[" * 100_000, "broken YAML|nested"),
        (
            b"a: &a [x,x,x,x,x,x,x,x,x,x]\n"
            + b"".join(
                b"%c: &%c [%s]\n" % (one + 1, one + 1, b",".join([b"*%c" % one] * 10)) for one in range(97, 107)
            ),
            "stands for more than|no such field",
        ),
        (b"version: 2\nsources: []\n", "version"),
        (b"sources: !!python/object/apply:os.system ['true']\n", "sources.yaml"),
        (b"? [a]\n: b\n", "a name is no text"),
    ],
)
def test_hostile_file_is_one_line(tmp_path, content, words):
    (tmp_path / "sources.yaml").write_bytes(content)
    with pytest.raises(ConfigError, match=words):
        load_sources(tmp_path)


@pytest.mark.parametrize("value", ["'${A}'", "{key: '${A}'}", "[x, '${A}']", "{keys: [{inner: '${A}'}]}"])
def test_reference_under_options_is_a_secret_however_nested(tmp_path, monkeypatch, value):
    monkeypatch.setenv("A", "geheim")
    (source,) = load_sources(
        _write(tmp_path, URL.replace("https", "ftp") + f"    options: {{token: {value}, anon: false, n: 3}}\n")
    )
    (secret,) = re.findall(r"Secret\([^)]*\)", repr(source.options["token"]))
    assert secret == "Secret(variable='A')"
    assert "${A}" not in repr(source)
    assert "geheim" not in repr(source) + str(source) + source.model_dump_json()
    assert (source.options["anon"], source.options["n"]) == (False, 3)


def test_file_that_is_none_is_not_waited_for(tmp_path):
    (tmp_path / "sources.yaml").symlink_to("/dev/zero")
    with pytest.raises(UnavailableError, match="a device"):
        load_sources(tmp_path)


_WORDS = st.text(alphabet=st.characters(codec="utf-8"), max_size=20)
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_WORDS, inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=40)
@given(
    kind=st.sampled_from(["folder", "url", "listing", "feed", "mailbox", "sharepoint"]),
    fields=st.dictionaries(
        st.sampled_from([*UrlConfig.model_fields, *MailboxConfig.model_fields, *FolderConfig.model_fields]), _VALUES
    ),
)
def test_any_fields_are_a_source_or_an_error_of_ours(tmp_path_factory, kind, fields):
    home = tmp_path_factory.mktemp("home", numbered=True)
    text = yaml.safe_dump({"sources": [{"name": "a", **fields, "kind": kind}]}, allow_unicode=True)
    (home / "sources.yaml").write_bytes(text.encode("utf-8", "surrogatepass"))
    with suppress(ConfigError):
        assert len(load_sources(home)) == 1


def test_secret_comes_from_the_environment(tmp_path, monkeypatch):
    (source,) = load_sources(_write(tmp_path, MAIL + "    password: ${MAIL_PASSWORD}\n"))
    assert isinstance(source, MailboxConfig)
    with pytest.raises(UsageError, match="MAIL_PASSWORD"):
        source.password.reveal()
    monkeypatch.setenv("MAIL_PASSWORD", "geheim")
    assert source.password.reveal() == "geheim"
    assert "geheim" not in repr(source)


class TestDocumentation:
    def test_examples_are_read(self, tmp_path):
        kinds = set()
        for example in EXAMPLES:
            (tmp_path / "sources.yaml").write_text(example, encoding="utf-8")
            kinds |= {source.kind for source in load_sources(tmp_path)}
        assert kinds == {"folder", "url", "listing", "feed", "mailbox", "sharepoint"}

    def test_schema_is_that_of_the_model(self, request):
        schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **SourcesFile.model_json_schema()}
        text = json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
        if request.config.getoption("--regenerate-golden"):
            SCHEMA.write_text(text, encoding="utf-8")
        assert SCHEMA.read_text(encoding="utf-8") == text

    @pytest.mark.parametrize("example", EXAMPLES)
    def test_examples_fit_the_schema(self, example):
        schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
        Draft202012Validator.check_schema(schema)
        assert [error.message for error in Draft202012Validator(schema).iter_errors(yaml.safe_load(example))] == []

    @pytest.mark.parametrize("text", [MAIL + "    password: geheim\n", FOLDER + "    colour: red\n"])
    def test_what_is_refused_does_not_fit_the_schema(self, text):
        schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
        assert not Draft202012Validator(schema).is_valid(yaml.safe_load(f"sources:\n{text}"))
