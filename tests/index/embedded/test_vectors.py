"""The vector files: what they hold, when they are written, and that they rank as the exact products do."""

import logging
import struct
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.embedded import nearest as scanning
from index.embedded import vector_files
from index.embedded.nearest import PassageSelection, nearest
from index.embedded.vector_files import LARGE, SMALL
from index.embedded.vectors import is_sound, open_file, part_of, write_file
from index.filters import EVERYTHING
from index.quantised import Quantised
from index.results import SearchRequest

NAME = "0123456789abcdef0123456789abcdef"


def random_vectors(count, dimension=64, seed=0, lean=0.5):
    """Vectors of length one that all lean one way, as those of texts do."""
    found = np.random.default_rng(seed).standard_normal((count, dimension)) / np.sqrt(dimension)
    found[:, 0] += lean
    return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)


def documents_of(vectors, *sizes):
    """Give each document, numbered 3, 6, 9, …, the next vectors."""
    ends = np.cumsum((0, *sizes))
    return [(3 * n, Quantised.of(vectors[a:b])) for n, (a, b) in enumerate(pairwise(ends), 1)]


def written(folder, documents, dimension=64, name=NAME):
    counts = {doc: len(one.scales) for doc, one in documents}
    write_file(folder / LARGE, name, dimension, counts, (one for _, one in documents))
    return folder / LARGE


def all_of(part):
    return PassageSelection(part, np.empty(0, np.int64), but_not=True)


def exact(query, vectors, rows, most):
    scores = Quantised.of(vectors).floats(slice(None)) @ query
    order = np.argsort(-scores, kind="stable")[:most]
    return rows[order], scores[order]


def test_a_file_gives_back_what_was_written(tmp_path):
    documents = documents_of(random_vectors(10, dimension=70), 3, 0, 7)
    path = written(tmp_path, documents, dimension=70)
    part, memory = open_file(path, NAME, 70), part_of(documents, 70)
    assert part.docs.tolist() == [3, 6, 9]
    assert part.counts.tolist() == [3, 0, 7]
    for place, (_, one) in enumerate(documents):
        assert np.array_equal(part.document(place).values, one.values)
        assert np.array_equal(part.document(place).scales, one.scales)
    assert np.array_equal(part.first, memory.first)
    assert np.array_equal(part.others, memory.others)
    assert np.array_equal(part.rows(np.arange(10)), memory.rows(np.arange(10)))
    assert np.array_equal(part.located(part.rows(np.arange(10)), np.ones(3, bool))[1], np.arange(10))


def test_the_file_is_mapped_and_not_read(tmp_path):
    path = written(tmp_path, documents_of(random_vectors(9), 9))
    part = open_file(path, NAME, 64)
    path.write_bytes(path.read_bytes()[:-64] + bytes(64))
    assert not part.vectors.values[-1].any()


def test_no_file_is_an_empty_part(tmp_path, caplog):
    assert not open_file(tmp_path / LARGE, NAME, 64).docs.size
    assert not caplog.records


@pytest.mark.parametrize(
    "damage",
    [
        lambda _: b"",
        lambda _: b"short",
        lambda whole: whole[:-1],
        lambda whole: whole + b"x",
        lambda whole: b"CLVECT03" + whole[8:],
        lambda whole: whole.replace(NAME.encode(), b"f" * 32),
        lambda whole: whole[:8] + struct.pack("<I", 63) + whole[12:],
    ],
    ids=["empty", "short", "cut", "longer", "earlier form", "foreign", "other dimension"],
)
def test_a_file_that_is_not_whole_or_not_ours_is_passed_over_and_said(tmp_path, caplog, damage):
    path = written(tmp_path, documents_of(random_vectors(9), 9))
    path.write_bytes(damage(path.read_bytes()))
    with caplog.at_level(logging.WARNING):
        assert not open_file(path, NAME, 64).docs.size
    assert "ingest" in caplog.text


@pytest.mark.parametrize("place", [20, 40, 63, 64, 700, -1])
def test_one_byte_that_changed_is_found(tmp_path, place):
    path = written(tmp_path, documents_of(random_vectors(9), 9))
    assert is_sound(path, NAME, 64)
    whole = bytearray(path.read_bytes())
    whole[place] ^= 1
    path.write_bytes(whole)
    assert not is_sound(path, NAME, 64)


def test_a_write_that_fails_leaves_the_old_file(tmp_path):
    path = written(tmp_path, documents_of(random_vectors(9), 9))
    before = path.read_bytes()
    with pytest.raises(ValueError, match="not as many"):
        write_file(path, NAME, 64, {1: 5}, iter([Quantised.of(random_vectors(4))]))
    assert path.read_bytes() == before


@given(
    sizes=st.lists(st.integers(0, 9), min_size=1, max_size=12),
    most=st.integers(1, 30),
    seed=st.integers(0, 99),
    gone=st.sets(st.integers(0, 11)),
    but_not=st.booleans(),
)
@settings(max_examples=60)
def test_few_passages_rank_exactly(sizes, most, seed, gone, but_not):
    vectors = random_vectors(sum(sizes), seed=seed) if sum(sizes) else np.empty((0, 64), np.float32)
    part = part_of(documents_of(vectors, *sizes), 64)
    chosen = part.of_documents(np.array(sorted(place for place in gone if place < len(sizes)), np.int64))
    left = np.setdiff1d(np.arange(sum(sizes)), chosen) if but_not else chosen
    query = random_vectors(1, seed=seed + 100)[0]
    rows, scores = exact(query, vectors[left], part.rows(left), most) if len(left) else ([], [])
    found = nearest(query, [PassageSelection(part, chosen, but_not)], most)
    order = np.argsort(-found.scores, kind="stable")
    assert np.allclose(found.scores[order], scores, atol=1e-5)
    assert set(found.rows.tolist()) <= set(part.rows(left).tolist())
    assert len(found.rows) == len(rows)


@pytest.mark.slow
@pytest.mark.parametrize("but_not", [False, True])
def test_many_passages_are_found_by_their_bits(monkeypatch, but_not):
    monkeypatch.setattr(scanning, "_EXACT", 0)
    centres = random_vectors(40, dimension=384, seed=1)
    vectors = np.repeat(centres, 500, axis=0) + random_vectors(20_000, dimension=384, seed=2, lean=0) * 0.9
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    part = part_of(documents_of(vectors, *[20] * 1000), 384)
    gone = part.of_documents(np.arange(0, 1000, 7))
    left = np.setdiff1d(np.arange(20_000), gone)
    recall = []
    for query in vectors[:: 997 * 2]:
        rows, _ = exact(query, vectors[left], part.rows(left), 20)
        found = nearest(query, [PassageSelection(part, gone if but_not else left, but_not)], 500)
        assert set(found.rows.tolist()) <= set(part.rows(left).tolist())
        best = found.rows[np.argsort(-found.scores)[:20]]
        recall.append(len(set(rows.tolist()) & set(best.tolist())) / 20)
    assert np.mean(recall) >= 0.97


def test_several_parts_rank_as_one(monkeypatch):
    vectors = random_vectors(900)
    documents = documents_of(vectors, *[9] * 100)
    whole, query = part_of(documents, 64), random_vectors(1, seed=7)[0]
    parts = [part_of(documents[start:end], 64) for start, end in ((0, 70), (70, 70), (70, 100))]
    for limit in (scanning._EXACT, 0):
        monkeypatch.setattr(scanning, "_EXACT", limit)
        together = nearest(query, [all_of(part) for part in parts], 25)
        alone = exact(query, vectors, whole.rows(np.arange(900)), 25)[1]
        assert np.allclose(np.sort(together.scores)[-3:], np.sort(alone)[-3:], atol=1e-5)
        assert len(together.rows) == 25


@pytest.mark.slow
class TestFollowing:
    """When the files of an index are written."""

    @pytest.fixture(autouse=True)
    def _small(self, monkeypatch):
        monkeypatch.setattr(vector_files, "_LAG_ROWS", 4)
        monkeypatch.setattr(vector_files, "_SMALL_ROWS", 20)

    @pytest.fixture
    def store(self, writer, make):
        """Store papers of two passages, each seen at once."""

        def put(*names, texts=("one", "two")):
            for name in names:
                one = make.paper(name, *texts)
                writer.put(one, make.vectors(one), versions={})
                writer.flush()

        return put

    @pytest.fixture
    def held(self, folder, writer):
        """How many passages each file holds."""
        name = writer._store.connection.execute("SELECT value FROM meta WHERE name = 'index'").fetchone()[0]
        return lambda: tuple(int(open_file(folder / file, name, 8).starts[-1]) for file in (LARGE, SMALL))

    def test_a_few_are_read_from_the_truth(self, store, held, writer):
        store("a", "b")
        assert held() == (0, 0)
        assert writer.counts().vectors == 4

    def test_more_go_into_the_small_file(self, store, held, writer):
        store(*"abc")
        assert held() == (0, 6)
        store(*"de")
        assert held() == (0, 6)
        assert writer.counts().vectors == 10

    def test_many_go_into_the_large_file(self, store, held, writer):
        store(*"abcdefghijk")
        assert held() == (22, 0)
        assert writer.counts().vectors == 22

    def test_those_that_are_gone_stay_until_they_are_many(self, store, held, writer, make):
        store(*"abcdefghijk")
        for name in "abcdefghij":
            writer.remove(make.paper(name).id)
            writer.flush()
        assert (held(), writer.counts().vectors) == ((22, 0), 2)
        store("k", texts=("changed",))
        assert (held(), writer.counts().vectors) == ((1, 0), 1)

    def test_the_large_file_may_lag_one_in_twenty(self, store, held, monkeypatch):
        monkeypatch.setattr(vector_files, "_SMALL_ROWS", 0)
        store("large", texts=["text"] * 200)
        store(*"abcde")
        assert held() == (200, 6)
        store("f")
        assert held() == (212, 0)

    def test_all_parts_rank_as_one(self, store, writer, make):
        store(*"abcdefghijklmnopq")
        store("a", texts=("changed",))
        vectors = np.concatenate([make.vectors(make.paper(name, "one", "two")) for name in "bcdefghijklmnopq"])
        query = vectors[3]
        found = writer.search(SearchRequest(filters=EVERYTHING, query="x", mode="vector", k=100, passages=9), query)
        scores = [passage.score for hit in found.hits for passage in hit.passages if hit.document.source != "file:///a"]
        assert np.allclose(sorted(scores), sorted(vectors @ query), atol=0.02)

    def test_a_reader_answers_the_same_while_files_are_written_again(self, store, held, opened, make):
        store(*"abc")
        reader = opened()
        request = SearchRequest(filters=EVERYTHING, query="x", mode="vector", k=100)
        query = make.vectors(make.paper("a", "one", "two"))[1]
        before = reader.search(request, query)
        store(*"defghijklmno")
        assert held()[0] == 22
        again = reader.search(request, query)
        assert again.listed == 15
        assert again.hits[0] == before.hits[0]

    @pytest.mark.parametrize("file", [LARGE, SMALL])
    def test_a_damaged_or_lost_file_is_made_good_by_the_truth(self, store, held, opened, writer, folder, make, file):
        store(*"abcdefghijklmn")
        whole = held()
        assert all(whole)
        query = make.vectors(make.paper("n", "one", "two"))[1]
        request = SearchRequest(filters=EVERYTHING, query="x", mode="vector")
        for damage in (lambda path: path.write_bytes(b"CLVECT01"), lambda path: path.unlink()):
            damage(folder / file)
            best = opened().search(request, query).hits[0].passages[0]
            assert best.text == "two"
            assert best.score == pytest.approx(1, abs=0.02)
        writer.close()
        opened(write=True)
        assert sum(held()) >= 24

    def test_what_is_damaged_is_not_carried_into_another_file(self, store, folder, writer, make):
        store(*"abcdefghijklm")
        path = folder / SMALL
        path.write_bytes(path.read_bytes()[:-1] + b"\x55")
        assert [one.name for one in writer.checks() if not one.ok] == ["vectors"]
        store(*"nopqrstuvwxyz")
        assert all(one.ok for one in writer.checks())
        query = make.vectors(make.paper("m", "one", "two"))[1]
        best = writer.search(SearchRequest(filters=EVERYTHING, query="x", mode="vector"), query).hits[0].passages[0]
        assert best.score == pytest.approx(1, abs=0.02)
