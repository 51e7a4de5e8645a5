"""`compose.yaml`, the Dockerfile and `.env.example`, as far as they can be checked without Docker."""

import re
import subprocess
import sys
import tomllib
from contextlib import closing
from pathlib import Path

import click
import pytest
import yaml
from filelock import FileLock
from pydantic import SecretStr

from configs.settings import load_settings
from configs.sources import load_sources
from pipelines.storage.ledger import Ledger
from pipelines.storage.state import State
from pipelines.workspace import SCHEDULE_LOCK
from portal.cli.app import cli
from tests import postgresql

CHECKOUT = Path(__file__).resolve().parents[1]
SERVICE_KEYS = {
    "annotations", "build", "cap_add", "cap_drop", "command", "configs", "container_name", "cpus", "depends_on",
    "deploy", "entrypoint", "env_file", "environment", "expose", "extra_hosts", "healthcheck", "hostname", "image",
    "init", "labels", "logging", "mem_limit", "networks", "platform", "ports", "profiles", "pull_policy", "read_only",
    "restart", "secrets", "security_opt", "shm_size", "stop_grace_period", "stop_signal", "sysctls", "tmpfs", "tty",
    "ulimits", "user", "volumes", "working_dir",
}  # fmt: skip
"""What the Compose Specification allows in a service, without what is outdated."""
CONDITIONS = {"service_started", "service_healthy", "service_completed_successfully"}
_PINNED = re.compile(r"[a-z0-9-]+(/[a-z0-9-]+)?:\d+\.\d+[\w.-]*")
_VARIABLE = re.compile(r"(?<!\$)\$\{(\w+)(?::[?-][^}]*)?\}")


class OnceLoader(yaml.SafeLoader):
    """Refuses a key that stands twice in a mapping, as Compose does."""

    def construct_mapping(self, node, deep=False):  # noqa: FBT002 - its signature
        keys = [key.value for key, _ in node.value]
        assert len(keys) == len(set(keys)), keys
        return super().construct_mapping(node, deep=deep)


@pytest.fixture(scope="module")
def text():
    return (CHECKOUT / "compose.yaml").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def compose(text):
    return yaml.load(text, OnceLoader)


@pytest.fixture(scope="module")
def services(compose):
    return compose["services"]


@pytest.fixture(scope="module")
def dockerfile():
    lines = (CHECKOUT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    return [line.split(maxsplit=1) for line in lines if line and not line.startswith("#")]


def environment(service):
    return service.get("environment", {})


def filled(value):
    """A value with the defaults of its variables, or a password in place of those that have none."""
    return _VARIABLE.sub(lambda found: found[0].partition(":-")[2][:-1] if ":-" in found[0] else "secret-1", value)


def test_there_are_a_portal_a_worker_and_what_they_need(compose, services):
    assert compose.keys() - {"x-program"} <= {"name", "services", "volumes", "networks", "configs", "secrets"}
    assert services.keys() == {"elasticsearch", "postgres", "prefect", "portal", "worker"}
    assert [name for name, service in services.items() if not service["healthcheck"]["test"]] == []
    assert {key for service in services.values() for key in service} <= SERVICE_KEYS
    assert "@postgres:5432/" in environment(services["prefect"])["PREFECT_SERVER_DATABASE_CONNECTION_URL"]


def test_every_image_has_a_version_and_comes_from_the_public_registry(services, dockerfile):
    images = [service["image"] for service in services.values()]
    images += [words for name, words in dockerfile if name == "FROM"]
    assert [image for image in images if not _PINNED.fullmatch(image)] == []


def test_the_versions_are_those_of_the_tests(services):
    constraints = (CHECKOUT / "constraints.txt").read_text(encoding="utf-8")
    prefect = re.search(r"^prefect==(\S+)", constraints, re.MULTILINE)[1]
    assert services["prefect"]["image"] == f"prefecthq/prefect:{prefect}-python3.11"
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert services["worker"]["image"] == f"customs-lens:{project['version']}"
    assert services["elasticsearch"]["image"].startswith("elasticsearch:9.")


def test_who_is_waited_for_is_there_and_can_be_healthy(services):
    assert any("depends_on" in service for service in services.values())
    for name, service in services.items():
        for other, how in service.get("depends_on", {}).items():
            assert other in services, name
            assert how["condition"] in CONDITIONS
            assert how["condition"] != "service_healthy" or services[other]["healthcheck"]["test"], other


def test_every_volume_is_declared_and_used(compose, services):
    mounts = [mount.split(":") for service in services.values() for mount in service.get("volumes", ())]
    assert {source for source, *_ in mounts if re.fullmatch(r"\w+", source)} == set(compose["volumes"])
    assert all(target.startswith("/") for *_, target in (mount[:2] for mount in mounts if "$" not in mount[0]))


def test_every_variable_is_in_the_example_and_the_other_way_round(text):
    lines = (CHECKOUT / ".env.example").read_text(encoding="utf-8").splitlines()
    given = {line.partition("=")[0] for line in lines if line and not line.startswith("#")}
    assert set(_VARIABLE.findall(text)) == given
    assert ".env" in (CHECKOUT / ".gitignore").read_text(encoding="utf-8").splitlines()


def test_passwords_have_no_default_and_nothing_is_published_beyond_this_machine(text, services):
    assert re.findall(r"\$\{\w*PASSWORD(?!:\?)", text) == []
    ports = [port for service in services.values() for port in service.get("ports", ())]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)
    assert environment(services["elasticsearch"])["xpack.security.enabled"] == "true"


def test_nothing_reports_its_use(services, dockerfile):
    told = {"DO_NOT_TRACK": "1", "PREFECT_SERVER_ANALYTICS_ENABLED": "false"}
    for name in ("prefect", "portal", "worker"):
        assert told.items() <= environment(services[name]).items(), name
    image = " ".join(words for name, words in dockerfile if name == "ENV")
    assert all(f"{name}={value}" in image for name, value in told.items())
    assert environment(services["elasticsearch"])["ingest.geoip.downloader.enabled"] == "false"


@pytest.mark.parametrize("name", ["portal", "worker"])
def test_portal_and_worker_run_commands_that_exist(services, name):
    command, *arguments = services[name]["command"]
    root = click.Context(cli, **cli.context_settings)
    made = cli.get_command(root, command).make_context(command, arguments, parent=root)
    assert command != "serve" or (made.params["await_key"], made.params["port"]) == (True, 8000)


def test_the_worker_is_healthy_as_long_as_it_holds_the_lock_of_its_home(services, tmp_path):
    *_, code = services["worker"]["healthcheck"]["test"]
    here = code.replace("/home/lens/home", str(tmp_path))

    def is_healthy():
        return subprocess.run([sys.executable, "-c", here], stderr=subprocess.DEVNULL, check=False).returncode == 0

    assert not is_healthy()
    with FileLock(tmp_path / SCHEDULE_LOCK):
        assert is_healthy()
    assert not is_healthy()


def test_the_worker_has_a_source_that_it_can_read(compose, services, tmp_path):
    worker = services["worker"]
    (config,) = worker["configs"]
    assert config["target"] == "/home/lens/home/sources.yaml"
    (tmp_path / "sources.yaml").write_text(filled(compose["configs"]["sources"]["content"]))
    (source,) = load_sources(tmp_path)
    assert (str(source.path), source.schedule.cron, source.schedule.timezone) == ("/papers", "17 * * * *", "UTC")
    assert any(mount.endswith(":/papers:ro") for mount in worker["volumes"])
    assert {mount.partition(":")[2] for mount in worker["volumes"]} >= {"/home/lens/home", "/home/lens/cache"}


def test_the_settings_of_the_worker_can_be_read(services, monkeypatch, tmp_path):
    for name, value in environment(services["worker"]).items():
        if name.startswith(("CUSTOMS_LENS_", "ELASTICSEARCH_")):
            monkeypatch.setenv(name, filled(value))
    settings = load_settings(tmp_path)
    assert (settings.index, settings.blobs) == ("elasticsearch", None)
    assert settings.elasticsearch.url == "http://elastic:secret-1@elasticsearch:9200"
    assert settings.database.get_secret_value() == "postgresql://lens:secret-1@postgres:5432/lens"


@pytest.mark.postgresql
def test_the_state_has_a_role_and_a_database_of_its_own_on_the_server_of_prefect(compose, services, tmp_path):
    assert environment(services["postgres"])["POSTGRES_USER"] == "prefect"
    (config,) = services["postgres"]["configs"]
    assert config["target"].startswith("/docker-entrypoint-initdb.d/")
    statements = _VARIABLE.sub("secret-1", compose["configs"][config["source"]]["content"]).replace("lens", "desk")
    with postgresql.Server() as server:
        for statement in filter(str.strip, statements.split(";")):
            postgresql.execute(server.url, statement)
        url = server.url.replace(f"{postgresql.USER}@", "desk:secret-1@").replace("/postgres", "/desk")
        settings = load_settings(tmp_path).model_copy(update={"database": SecretStr(url)})
        with closing(Ledger(State(settings))) as ledger, ledger.run("r"):
            assert [run.id for run in ledger.runs()] == ["r"]


def test_the_image_is_made_by_pip_with_the_constraints_and_runs_as_nobody_special(dockerfile):
    installs = [words for name, words in dockerfile if name == "RUN" and "pip install" in words]
    extras = set(re.search(r'"\.\[([\w,]+)\]"', " ".join(installs))[1].split(","))
    assert extras == {"elasticsearch", "postgresql", "s3", "sftp", "sharepoint", "mcp", "ocr"}
    assert all("-c constraints.txt" in words or "--no-deps" in words for words in installs)
    users = [place for place, (name, _) in enumerate(dockerfile) if name == "USER"]
    assert dockerfile[users[-1]][1] != "root"
    assert [name for name, _ in dockerfile[users[-1] :] if name in ("RUN", "COPY", "ADD")] == []
    copied = {source for name, words in dockerfile if name == "COPY" for source in words.split()[:-1]}
    assert all((CHECKOUT / source).exists() for source in copied)
    passed = (CHECKOUT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert {f"!{source}" for source in copied} <= set(passed)
