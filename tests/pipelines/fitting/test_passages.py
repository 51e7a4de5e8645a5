"""Files of judged passages, and folds in which no paper is on both sides."""

import json
import os
from collections import Counter, defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configs.system.errors import ConfigError, UnavailableError, UsageError
from pipelines.fitting.passages import folds_of, read_judged, read_passages
from tests.judged_passages import judged

ROW = {"id": "a-1", "language": "en", "text": "The room was full.", "about": "none"}


@pytest.fixture
def folder(tmp_path):
    """Write files of rows; a row that is text stands as it is."""

    def write(**files):
        for name, rows in files.items():
            lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
            (tmp_path / f"{name}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
        return tmp_path

    return write


def test_a_row_says_what_a_reader_found(folder):
    tag = {"dimension": "x", "level": "L1", "modality": "planned", "evidence": "The room"}
    row = ROW | {"themes": ["b", "a"], "tags": [tag, {"dimension": "y"}], "source": "paper", "weight": 2.5}
    (found,) = read_passages(folder(papers=[row | {"title": "not asked for"}]) / "papers.jsonl")
    assert (found.text, found.themes, found.weight) == ("The room was full.", ("b", "a"), 2.5)
    assert (found.stated, found.dimensions) == ({"x"}, {"x", "y"})
    assert found.tags[0].model_dump() == tag | {"subject": None}
    assert (found.tags[1].modality, found.tags[1].level) == (None, None)


def test_passages_of_the_committee_count_one_each_and_those_of_papers_as_they_say(folder):
    rows = [ROW | {"weight": 7.0}, ROW | {"id": "a-2"}]
    others = [row | {"id": f"b{row['id']}"} for row in rows]
    found = read_judged(folder(committee=rows, papers=others))
    assert [row.weight for row in found["committee"]] == [1.0, 1.0]
    assert [row.weight for row in found["papers"]] == [7.0, None]


@pytest.mark.parametrize("name", ["committee", "papers", "hard", "more"])
def test_one_of_the_files_is_enough_and_names_the_set(folder, name):
    found = read_judged(folder(**{name: [ROW]}))
    assert {known: {row.set for row in rows} for known, rows in found.items()} == {name: {name}}


@pytest.mark.parametrize(
    ("one", "other", "are_one"),
    [
        ("acts/12r1_en.xml", "acts/12r1_fr.xml", True),
        ("A-EN.pdf", "A-FR.docx", True),
        ("deck.pdf", "deck.pptx", True),
        ("minutes-2.pdf", "minutes-3.pdf", False),
        ("one/a.pdf", "other/a.pdf", False),
        ("open.pdf", "op.pdf", False),
    ],
)
def test_languages_and_formats_of_a_paper_are_one_group(one, other, are_one):
    groups = {judged(source=source).group for source in (one, other)}
    assert (len(groups) == 1) == are_one


def test_lines_without_anything_and_other_ends_of_lines_count_nothing(tmp_path):
    text = f"\ufeff{json.dumps(ROW)}\r\n\r\n  \n{json.dumps(ROW | {'id': 'a-2'})}"
    (tmp_path / "papers.jsonl").write_text(text, encoding="utf-8", newline="")
    assert [row.id for row in read_passages(tmp_path / "papers.jsonl")] == ["a-1", "a-2"]


@pytest.mark.parametrize("kind", ["empty", "missing", "file"])
def test_a_folder_without_passages_is_not_there(tmp_path, kind):
    path = tmp_path / kind
    if kind == "empty":
        path.mkdir()
    elif kind == "file":
        path.touch()
    with pytest.raises(UnavailableError) as error:
        read_judged(path)
    assert str(error.value) == (
        f"{path}: has none of committee.jsonl, papers.jsonl, hard.jsonl, more.jsonl, reports.jsonl"
        " (give the folder of the judged passages)"
    )


@pytest.mark.parametrize("kind", ["pipe", "folder"])
def test_what_is_no_file_is_refused_and_not_waited_for(tmp_path, kind):
    path = tmp_path / "papers.jsonl"
    os.mkfifo(path) if kind == "pipe" else path.mkdir()
    with pytest.raises(UnavailableError, match=f"{path}: cannot be read: it is a {kind}"):
        read_judged(tmp_path)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("{", "broken JSON"),
        ("[]", ""),
        (json.dumps(ROW | {"text": "\ud800"}), "broken JSON"),
        (ROW | {"text": ""}, "text"),
        ({"id": "x"}, "language"),
        (ROW | {"about": "customs"}, "about"),
        (ROW | {"weight": 0}, "weight"),
        (ROW | {"weight": -1}, "weight"),
        (ROW | {"tags": [{"dimension": "x", "modality": "done"}]}, "tags.0.modality"),
        (ROW | {"tags": [{"modality": "planned"}]}, "tags.0.dimension"),
        (ROW | {"themes": "a"}, "themes"),
        *((json.dumps(ROW | {"weight": 1})[:-2] + f"{number}}}", "") for number in ("NaN", "Infinity", "1e999")),
    ],
)
def test_a_broken_row_is_named_by_file_and_line(folder, row, said):
    path = folder(papers=[ROW, "", row]) / "papers.jsonl"
    with pytest.raises(ConfigError) as error:
        read_judged(path.parent)
    assert str(error.value).startswith(f"{path}:3: ")
    assert said in str(error.value)


def test_bytes_that_are_no_text_are_named_by_file_and_line(tmp_path):
    path = tmp_path / "papers.jsonl"
    path.write_bytes(json.dumps(ROW).encode() + b"\n\xff\n")
    with pytest.raises(ConfigError, match=f"{path}:2: is not UTF-8"):
        read_judged(tmp_path)


@pytest.mark.parametrize(
    "files", [{"papers": [ROW, ROW]}, {"committee": [ROW], "papers": [ROW | {"id": "a-0"}, ROW | {"text": "Another."}]}]
)
def test_a_second_passage_of_one_id_is_named_by_file_and_line(folder, files):
    path = folder(**files)
    with pytest.raises(ConfigError) as error:
        read_judged(path)
    assert str(error.value) == f"{path / 'papers.jsonl'}:2: a second passage a-1 (give each passage an id of its own)"


# folds

PAPERS = st.lists(st.integers(0, 12), min_size=1, max_size=60)
"""The paper of each passage."""


def of_papers(papers):
    return [judged(source=f"paper {paper}") for paper in papers]


@given(PAPERS, st.data())
def test_papers_stay_whole_and_folds_depend_on_no_order(papers, data):
    rows = of_papers(papers)
    folds = data.draw(st.integers(2, 5))
    if len(set(papers)) < folds:
        with pytest.raises(UsageError):
            folds_of(rows, folds)
        return
    chosen = folds_of(rows, folds)
    of_paper = defaultdict(set)
    for paper, fold in zip(papers, chosen, strict=True):
        of_paper[paper].add(fold)
    assert all(len(one) == 1 for one in of_paper.values())
    assert set(chosen) == set(range(folds))
    order = data.draw(st.permutations(range(len(rows))))
    assert folds_of([rows[place] for place in order], folds) == [chosen[place] for place in order]


@given(PAPERS, st.integers(2, 5))
def test_folds_get_about_as_many_passages_each(papers, folds):
    if len(set(papers)) < folds:
        return
    sizes = Counter(folds_of(of_papers(papers), folds))
    largest = max(Counter(papers).values())
    assert max(sizes.values()) - min(sizes.values()) <= largest


def test_passages_without_a_paper_stay_with_their_body_and_writer():
    names = ["a-1", "a-2", "b-1"]
    rows = [judged(id=f"{name}{body}", source=None, body=body) for body in ("WCO", "WTO", None) for name in names]
    chosen = folds_of(rows, 6)
    assert [chosen[place] == chosen[place + 1] for place in (0, 3, 6)] == [True] * 3
    assert len(set(chosen)) == 6


def test_a_paper_stays_whole_across_files():
    rows = [judged(source="paper 1"), *(judged(source=f"paper {n}") for n in range(2, 9)), judged(source="paper 1")]
    chosen = folds_of(rows, 4)
    assert chosen[0] == chosen[-1]


@pytest.mark.parametrize(
    ("folds", "said"), [(1, "--folds 1"), (0, "--folds 0"), (-3, "--folds -3"), (4, "from 3 papers")]
)
def test_folds_that_are_too_few_or_too_many_are_refused(folds, said):
    with pytest.raises(UsageError, match=said):
        folds_of(of_papers([1, 2, 3, 3]), folds)
