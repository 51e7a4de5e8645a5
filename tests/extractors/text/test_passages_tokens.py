"""No passage is longer than the encoder's limit, by the real tokenizers."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from configs.sentences import load_sentence_rules
from configs.settings import load_settings
from extractors.document import Block, Document, Table
from extractors.text.passages import MAX_TOKENS, split_passages
from index.encoder import open_encoder

pytestmark = pytest.mark.model
SENTENCES = [
    "The Committee took note of Doc. PC9001E1a (paras. 4 to 7) and agreed. ",
    "Les délégués ont examiné l'état d'avancement du guichet unique, p. ex. au n° 5. ",
    "Антонов сказал: всё готово. ",
    "https://example.org/" + "a1b2" * 90 + " ",
    "x" * 700 + " ",
    "日本語の文書。" * 40,
    "e\u0301" * 60 + "\u00a0" + "ﬁ" * 50 + "! ",
    ". " * 40,
    "…" * 300,
    "\u200b\u00ad",
    "🛃🚢" * 90,
]
TEXTS = st.lists(st.one_of(st.sampled_from(SENTENCES), st.text(max_size=40)), max_size=12).map("".join)
BLOCKS = st.lists(st.tuples(st.sampled_from(["heading", "paragraph", "item", "table"]), TEXTS), max_size=6)


@pytest.fixture(scope="module", params=["multilingual-e5-small", "all-MiniLM-L6-v2"])
def count_tokens(request, tmp_path_factory):
    return open_encoder(load_settings(tmp_path_factory.mktemp("home"), encoder=request.param)).count_tokens


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(BLOCKS, st.integers(0, 2))
def test_no_passage_is_longer_than_the_encoder_reads(count_tokens, given_blocks, header_rows):
    blocks = tuple(Block(id=number, kind=kind, text=text) for number, (kind, text) in enumerate(given_blocks))
    tables = tuple(Table(block=one.id, header_rows=header_rows, rows=()) for one in blocks if one.kind == "table")
    document = Document(
        id="d" * 16, key="k", sha256="0", source="file:///x", media_type="text/plain", blocks=blocks, tables=tables
    )
    passages = split_passages(document, count_tokens, language_of=lambda _: "en", sentences=load_sentence_rules())
    assert max(count_tokens([passage.text for passage in passages]), default=0) <= MAX_TOKENS
