"""What discovery makes of archives and mails: each file inside is a source, hostile ones are refused in a sentence."""

import io
import os
import zipfile
from functools import partial

import pytest

from configs.settings import ReadingLimits
from extractors.containers.archive import MAX_MEMBERS
from extractors.containers.opening import MAX_DEPTH
from pipelines.sources.source import SourceError, lies_under
from tests.access_papers import mail
from tests.given_sources import discover
from tests.pipelines.sources.conftest import content

# "locked.txt" holds "secret words", locked by zip's own cipher with the password "sesame"
LOCKED = bytes.fromhex(
    "504b030414000100000000002100714dd8dd180000000c0000000a0000006c6f636b65642e747874df01494f0bc1721e317d"
    "9da3aa58b6eb192bbf0b276bcfcc504b0102140314000100000000002100714dd8dd180000000c0000000a00000000000000"
    "000000008001000000006c6f636b65642e747874504b0506000000000100010038000000400000000000"
)

ONE_MIB = ReadingLimits(file_mib=1)
NO_TIME = ReadingLimits(cpu_seconds=1, wall_seconds=1e-9)
"""Over before anybody looks at the clock, however fast or slow the machine is: every child is too late."""


@pytest.fixture
def found(found):
    return partial(found, name="box.zip")


def zipped(*members, method=zipfile.ZIP_DEFLATED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as out:
        for name, content in members:
            out.writestr(name, content)
    return buffer.getvalue()


def refusals(sources):
    return {uri: source.refusal[0] for uri, source in sources.items() if source.refusal}


def test_members_of_an_archive_count_and_it_does_not(found, tmp_path):
    sources = found(zipped(("one.txt", "first"), ("deep/two.txt", "second"), ("one.txt.meta.yaml", "title: One")))
    assert list(sources) == ["zip://deep/two.txt", "zip://one.txt"]
    one = sources["zip://one.txt"]
    assert content(one, tmp_path) == b"first"
    assert (one.name, one.parent) == ("one.txt", f"file://{tmp_path}/box.zip")
    assert one.sidecar.content == b"title: One"
    assert not list((tmp_path / "work").iterdir())


def test_an_archive_is_told_by_its_bytes(found):
    assert list(found(zipped(("one.txt", "first")), name="box.dat")) == ["zip://one.txt"]
    assert [source.parent for source in found(b"Words.", name="words.zip").values()] == [None]


def test_an_office_file_is_no_archive(found, samples):
    (source,) = found((samples / "papers" / "PC9002E1a.docx").read_bytes(), name="paper.zip").values()
    assert (source.parent, source.refusal) == (None, None)


def test_archives_and_mails_inside_each_other_are_opened(found, tmp_path):
    inner = zipped(("three.txt", "third"))
    sources = found(zipped(("two.eml", mail("Agenda", ("one.zip", inner)))))
    assert list(sources) == ["zip://three.txt::mail://one.zip::zip://two.eml", "zip://two.eml"]
    three = sources["zip://three.txt::mail://one.zip::zip://two.eml"]
    assert content(three, tmp_path) == b"third"
    assert three.parent == f"mail://one.zip::zip://two.eml::file://{tmp_path}/box.zip"
    assert lies_under(three.uri, three.parent)
    assert lies_under(three.uri, f"file://{tmp_path}/box.zip")
    assert discover([three.uri]) == [three]


def test_a_mail_counts_and_so_does_each_attachment(found, tmp_path):
    sources = found(mail("Agenda", ("a.txt", b"first"), ("a.txt", b"second"), ("../b.txt", b"third")), name="m.eml")
    assert sorted(sources) == [f"file://{tmp_path}/m.eml", "mail://a.txt", "mail://a.txt#1", "mail://b.txt"]
    assert content(sources["mail://a.txt#1"], tmp_path) == b"second"


def test_a_locked_member_is_opened_with_its_password(found, tmp_path):
    sources = found(LOCKED)
    assert refusals(sources) == {"zip://locked.txt": "encrypted"}
    with pytest.raises(SourceError, match="--password"):
        sources["zip://locked.txt"].sha256()
    assert refusals(found(LOCKED, passwords=["wrong"])) == {"zip://locked.txt": "encrypted"}
    opened = found(LOCKED, passwords=["wrong", "sesame"])["zip://locked.txt"]
    assert content(opened, tmp_path) == b"secret words"


def test_the_password_of_an_archive_may_stand_in_its_sidecar(found, tmp_path):
    (tmp_path / "box.zip.meta.yaml").write_text("password: sesame")
    assert refusals(found(LOCKED)) == {}


@pytest.mark.parametrize(
    "name", ["../../evil.txt", "/etc/evil.txt", "C:\\evil.txt", "a\x1b[2J.txt", "x" * 40_000, "a::file:///b"]
)
def test_hostile_names_lead_nowhere(found, tmp_path, name):
    (source,) = found(zipped((name, "words"))).values()
    assert content(source, tmp_path) == b"words"
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["box.zip", "work"]
    assert not list(tmp_path.parent.glob("**/evil.txt"))
    assert source.uri.isprintable()
    assert len(source.uri) < 1000
    assert lies_under(source.uri, f"file://{tmp_path}/box.zip")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_members_of_the_same_name_are_told_apart(found, tmp_path):
    sources = found(zipped(("a.txt", "first"), ("a.txt", "second")))
    contents = {uri: content(source, tmp_path) for uri, source in sources.items()}
    assert contents == {"zip://a.txt": b"first", "zip://a.txt#1": b"second"}


def nested(levels):
    data = zipped(("core.txt", "words"))
    for _ in range(levels):
        data = zipped(("in.zip", data))
    return data


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (lambda: zipped(("zeros", bytes(5_000_000))), "bomb"),
        (lambda: zipped(*((f"{place}.txt", "x") for place in range(MAX_MEMBERS + 1))), "members"),
        (lambda: zipped(("a.txt", "words"))[:-30], "broken"),
        (lambda: zipped(*((f"{place}", bytes(1_000_000)) for place in range(5))), "unpacks to 4 MiB"),
    ],
)
def test_a_refused_archive_is_one_failure(found, tmp_path, data, words):
    ((uri, source),) = found(data(), limits=ONE_MIB).items()
    assert uri == f"file://{tmp_path}/box.zip"
    with pytest.raises(SourceError, match=words):
        source.sha256()


def test_what_lies_too_deep_or_is_refused_inside_is_one_failure_beside_the_others(found):
    assert refusals(found(nested(MAX_DEPTH - 1))) == {}
    assert list(refusals(found(nested(MAX_DEPTH))).values()) == ["too_large"]
    sources = found(zipped(("good.txt", "words"), ("bomb.zip", zipped(("zeros", bytes(5_000_000))))))
    assert sorted(sources) == ["zip://bomb.zip", "zip://good.txt"]
    assert refusals(sources) == {"zip://bomb.zip": "too_large"}


def test_a_member_that_is_not_what_it_says_fails_alone(found):
    data = bytearray(zipped(("a.txt", "first words"), ("b.txt", "second words"), method=zipfile.ZIP_STORED))
    at = data.index(b"first words")
    data[at : at + 5] = b"wrong"
    assert refusals(found(bytes(data))) == {"zip://a.txt": "malformed"}


@pytest.mark.parametrize("head", [b"words", b"%PDF-1.7\n", b"From: a\nTo: b\nSubject: c\n\n"])
def test_a_file_of_a_terabyte_is_refused_before_it_is_gone_through(tmp_path, head):
    path = tmp_path / "paper"
    path.write_bytes(head)
    os.truncate(path, 1 << 40)  # the rest takes no space on the disk
    (source,) = discover([str(path)])
    with pytest.raises(SourceError, match="larger than 512 MiB") as refused:
        source.sha256()
    assert refused.value.status == "too_large"


def test_an_archive_may_be_larger_than_what_is_read_of_it(found):
    whole = zipped(("a.txt", "words"), ("rest", os.urandom(3 << 19)), method=zipfile.ZIP_STORED)
    sources = found(whole, limits=ONE_MIB)
    assert refusals(sources) == {"zip://rest": "too_large"}
    assert "zip://a.txt" in sources


def test_a_mail_whose_attachments_cannot_be_listed_is_read_all_the_same(found, tmp_path):
    ((uri, source),) = found(mail("Agenda", ("a.txt", b"words")), name="m.eml", limits=NO_TIME).items()
    assert (uri, source.refusal) == (f"file://{tmp_path}/m.eml", None)


def test_a_process_that_dies_of_an_archive_makes_one_failure(found, tmp_path):
    ((uri, source),) = found(zipped(("a.txt", "words")), limits=NO_TIME).items()
    assert (uri, source.refusal[0]) == (f"file://{tmp_path}/box.zip", "timeout")
