"""A store of artefacts that several homes share: in a folder, and in an object store behind a login."""

import os
import shutil
import time
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from pydantic import SecretStr

from configs.settings import load_settings
from configs.system.errors import UnavailableError, UsageError
from index.filters import EVERY_CLASS
from pipelines.ingest.runs import ingest
from pipelines.maintenance import health
from pipelines.storage import shared_blobs
from pipelines.storage.blobs import BlobMissingError
from pipelines.storage.opening import open_storage
from pipelines.storage.shared_blobs import SharedBlobStore
from pipelines.viewing.originals import original_file
from pipelines.workspace import BLOBS
from tests.conftest import needs
from tests.servers import PORT_OF_NOBODY, ObjectStore


@pytest.fixture(scope="module")
def objects():
    for package in ("s3fs", "moto", "flask"):
        needs(package)
    store = ObjectStore()
    store.client.create_bucket(Bucket="blobs")
    yield store
    store.stop()


def s3(objects, monkeypatch, url="s3://blobs/lens", endpoint=None):
    monkeypatch.setenv("S3_SECRET", objects.secret)
    options = {"endpoint_url": endpoint or objects.url, "client_kwargs.region_name": "us-east-1"}
    options["config_kwargs.retries.total_max_attempts"] = 1
    return {"url": url, "username": objects.key, "password": "${S3_SECRET}", "options": options}


@pytest.fixture(params=["folder", pytest.param("s3", marks=pytest.mark.slow)])
def place(request, tmp_path, monkeypatch):
    if request.param == "folder":
        return f"file://{tmp_path}/shared"
    return s3(request.getfixturevalue("objects"), monkeypatch, f"s3://blobs/{tmp_path.name}")


@pytest.fixture
def store(place, tmp_path):
    return opened(tmp_path / "home", place)


def opened(home, place):
    settings = load_settings(home, index="elasticsearch", blobs=place)
    return SharedBlobStore(settings.blobs, settings)


def later(monkeypatch, hours):
    """Let so many hours pass, as far as the store knows."""
    monkeypatch.setattr(shared_blobs, "_SPARED", shared_blobs._SPARED - timedelta(hours=hours))
    monkeypatch.setattr(shared_blobs, "_RENEWED", shared_blobs._RENEWED - timedelta(hours=hours))


def test_another_home_has_what_one_has_put(store, place, tmp_path):
    name, large = store.put(b"paper"), store.put_pieces([b"a" * (6 << 20), b"b"])
    other = opened(tmp_path / "other", place)
    assert other.get(name) == b"paper"
    assert b"".join(other.pieces(large)) == b"a" * (6 << 20) + b"b"
    assert other.get_text(store.put_text("numéro")) == "numéro"
    with other.as_file(name) as path:
        assert path.read_bytes() == b"paper"
    with other.opened(name) as (stream, size):
        assert (stream.read(), size) == (b"paper", 5)
    assert other.is_sound(name)
    with pytest.raises(BlobMissingError, match="--force"):
        other.get("0" * 64)


def test_a_sweep_spares_what_is_young(store, place, tmp_path, monkeypatch):
    kept, loose = store.put(b"kept"), store.put(b"loose")
    other = opened(tmp_path / "other", place)
    assert other.sweep({kept}) == 0
    later(monkeypatch, hours=25)
    assert other.sweep({kept}) == 1
    assert (store.has(kept), store.has(loose)) == (True, False)


def test_what_is_put_again_is_young_again(store, tmp_path, monkeypatch, place):
    name = store.put(b"again")
    before = written(store, name)
    time.sleep(1.1)  # an object store knows seconds alone
    store.put(b"again")
    assert written(store, name) == before
    later(monkeypatch, hours=13)
    store.put_pieces([b"ag", b"ain"])
    assert written(store, name) > before
    assert store.get(name) == b"again"


def written(store, name):
    store._files.invalidate_cache()
    return shared_blobs._modified(store._files.info(store._path(name)))


@pytest.mark.slow
def test_a_server_that_is_away_or_refuses_is_said_without_the_secret(objects, tmp_path, monkeypatch):
    away = opened(tmp_path, s3(objects, monkeypatch, endpoint=f"http://127.0.0.1:{PORT_OF_NOBODY}"))
    with pytest.raises(UnavailableError, match="blobs: s3://blobs/lens: ") as error:
        away.put(b"paper")
    assert objects.secret not in str(error.value)
    refused = s3(objects, monkeypatch)
    monkeypatch.setenv("S3_SECRET", "n0t-this-one")
    with pytest.raises(UnavailableError, match="blobs: s3://blobs/lens: ") as error:
        opened(tmp_path, refused).has("0" * 64)
    assert "n0t-this-one" not in str(error.value)


def test_a_process_opens_it_once_and_again_after_an_error(objects, tmp_path, monkeypatch):
    given = s3(objects, monkeypatch, endpoint=f"http://127.0.0.1:{PORT_OF_NOBODY}")
    settings = load_settings(tmp_path, index="elasticsearch", blobs=given)
    first = open_storage(settings).blobs()
    assert open_storage(settings).blobs() is first
    with pytest.raises(UnavailableError):
        first.has("0" * 64)
    assert open_storage(settings).blobs() is not first


@pytest.mark.parametrize(
    ("blobs", "index", "words"),
    [
        ("papers/blobs", "elasticsearch", "CUSTOMS_LENS_BLOBS: is no URL"),
        ("s3://u:p4ss@bucket/x", "elasticsearch", "CUSTOMS_LENS_BLOBS: holds credentials"),
        ("s3://bucket/x", "embedded", "an embedded index keeps its blobs in its home"),
    ],
)
def test_a_store_that_cannot_be_is_said(tmp_path, monkeypatch, blobs, index, words):
    monkeypatch.setenv("CUSTOMS_LENS_BLOBS", blobs)
    with pytest.raises(UsageError, match=words) as error:
        load_settings(tmp_path, index=index)
    assert "p4ss" not in str(error.value)


def test_a_store_that_nobody_can_write_is_said(tmp_path):
    with pytest.raises(UsageError, match="cannot be written"):
        opened(tmp_path, "https://files.example/blobs")


def test_the_example_of_the_documentation_is_one(objects, tmp_path, monkeypatch):
    page = (Path(__file__).resolve().parents[3] / "docs" / "elasticsearch.md").read_text("utf-8")
    example = yaml.safe_load(page.partition("```yaml\n")[2].partition("```")[0])
    bucket = example["blobs"]["url"].split("/")[2]
    objects.client.create_bucket(Bucket=bucket)
    monkeypatch.setenv("S3_SECRET", objects.secret)
    example["blobs"]["username"], example["blobs"]["options"]["endpoint_url"] = objects.key, objects.url
    (tmp_path / "settings.yaml").write_text(yaml.safe_dump({"index": "elasticsearch", **example}))
    store = open_storage(load_settings(tmp_path)).blobs()
    assert store.get(store.put(b"paper")) == b"paper"
    assert [one["Key"].split("/")[0] for one in objects.client.list_objects_v2(Bucket=bucket)["Contents"]] == [
        example["blobs"]["url"].split("/")[3]
    ]


class TestHomes:
    @pytest.fixture
    def home_of(self, settings, cluster, database):
        def made(name, **fields):
            home = settings.home.with_name(name)
            given = load_settings(home, index="elasticsearch", encoder="all-MiniLM-L6-v2", workers=2, **fields)
            return given.model_copy(update={"elasticsearch": cluster, "database": SecretStr(database)})

        return made

    @pytest.mark.slow
    def test_a_home_that_is_gone_takes_nothing_with_it(self, warm, home_of, papers, place):
        (papers / "paper.txt").write_text("A single window for traders. " * 20)
        first, second = (home_of(name, blobs=place) for name in ("first", "second"))
        assert ingest(first, [str(papers)]).indexed == 1
        assert not (first.home / BLOBS).exists()
        shutil.rmtree(first.home)
        (papers / "paper.txt").unlink()
        assert found(second).ok
        (document,) = documents(second)
        with original_file(second, document) as path:
            assert path.read_text().startswith("A single window")
        with open_storage(second).blobs().opened(document.sha256) as (stream, _):
            assert stream.read(8) == b"A single"

    @pytest.mark.slow
    def test_doctor_names_the_home_that_took_its_blobs_along(self, warm, home_of, papers):
        (papers / "paper.txt").write_text("A single window for traders. " * 20)
        first, second = home_of("first"), home_of("second")
        assert ingest(first, [str(papers)]).indexed == 1
        assert ingest(second, [str(papers)]).unchanged == 1
        assert found(second).detail == "what was made of 1 documents is in other homes of this machine"
        shutil.rmtree(first.home)
        check = found(second)
        assert not check.ok
        assert f"{os.uname().nodename}:{first.home} is gone" in check.detail
        assert "paper.txt" in check.detail
        assert "CUSTOMS_LENS_BLOBS" in check.remedy


def found(settings):
    return next(check for check in health.checks(settings) if check.name == "blobs")


def documents(settings):
    with closing(open_storage(settings).open_engine(None, write=False)) as engine:
        names = [name for name, _ in engine.documents(access_classes=EVERY_CLASS)]
        return [engine.document(name, access_classes=EVERY_CLASS) for name in names]
