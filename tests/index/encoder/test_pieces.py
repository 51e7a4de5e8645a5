"""A vocabulary left on disk: texts are divided as by the whole of it, and the whole is not loaded for it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from configs.settings import load_settings
from configs.system.errors import UnavailableError
from index.encoder import pieces
from index.encoder.pieces import Pieces, keep_pieces
from index.encoder.preparing import prepare_encoder
from index.encoder.tokens import PIECES, TOKENIZER, TokenReader

TEXTS = [
    "query: single window data exchange at the border",
    "query: échange de données par guichet unique, à l'import",
    "Единое окно и обмен данными",
    "  spaces\tand\nlines  ",
    "ﬁnancial № ½ Ⅳ",
    "海关 单一窗口 🛃 e\u0301",
    "\ufffe \x00 \u200b",
    "a" * 400,
    "▁",
    "",
]
LETTERS = st.characters(codec="utf-8", exclude_categories=["Cs"])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The prepared multilingual encoder."""
    home = tmp_path_factory.mktemp("home")
    return prepare_encoder(load_settings(home, encoder="multilingual-e5-small"))


@pytest.fixture(scope="module")
def whole(folder):
    tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


@pytest.fixture(scope="module")
def cut(folder):
    return Pieces(folder / PIECES)


@pytest.mark.parametrize("text", TEXTS)
def test_texts_are_divided_as_by_the_whole_vocabulary(cut, whole, text):
    assert cut.ids(text, 10_000) == whole.encode(text).ids


@given(st.text(LETTERS, max_size=60) | st.lists(st.sampled_from("▁aeéouàñст -'.,1"), max_size=40).map("".join))
def test_any_text_is_divided_as_by_the_whole_vocabulary(cut, whole, text):
    assert cut.ids(text, 10_000) == whole.encode(text).ids


@pytest.mark.slow
def test_a_query_loads_no_vocabulary_and_is_cut_at_the_limit(folder, whole, tmp_path):
    (tmp_path / PIECES).symlink_to(folder / PIECES)  # and no tokenizer.json
    asked = "query: the single window and the exchange of data"
    ids = TokenReader(tmp_path, 8).ids_of_query(asked)
    assert len(ids) == 8
    assert TokenReader(folder, 8).ids([asked]) == [ids]
    assert ids[:-1] == whole.encode(asked).ids[:7]
    assert ids[-1] == whole.token_to_id("</s>")


@pytest.mark.slow
def test_a_special_token_in_a_query_is_left_to_the_whole_vocabulary(folder, cut, whole):
    asked = "query: what is </s> for"
    assert cut.ids(asked, 100) is None
    assert TokenReader(folder, 100).ids_of_query(asked) == whole.encode(asked).ids


@pytest.fixture
def small(monkeypatch, tmp_path):
    """A function that writes a tokenizer, every vocabulary counting as large."""
    monkeypatch.setattr(pieces, "_LARGE", 1)

    def write(model, **parts):
        tokenizer = Tokenizer(model)
        for name, part in parts.items():
            setattr(tokenizer, name, part)
        tokenizer.save(str(tmp_path / TOKENIZER))
        keep_pieces(tmp_path / TOKENIZER, tmp_path / PIECES)
        return tmp_path / PIECES, tokenizer

    return write


VOCABULARY = [("<pad>", 0.0), ("?", 0.0), ("a", -2.0), ("ab", -2.5), ("b", -3.0), ("▁", -4.0)]


@pytest.mark.parametrize(
    "parts",
    [
        {},
        {"normalizer": normalizers.Lowercase()},
        {"pre_tokenizer": pre_tokenizers.Metaspace(), "normalizer": normalizers.NFKC()},
        {"post_processor": processors.TemplateProcessing("<pad> $A", special_tokens=[("<pad>", 0)])},
    ],
)
@pytest.mark.parametrize("text", ["abba ab", "AB xx a", "x", "", "aaab"])
def test_tokenizers_of_other_parts_are_divided_alike(small, parts, text):
    file, tokenizer = small(models.Unigram(VOCABULARY, 1, byte_fallback=False), **parts)
    assert Pieces(file).ids(text, 100) == tokenizer.encode(text).ids


@pytest.mark.parametrize(
    "model",
    [
        models.Unigram(VOCABULARY, 1, byte_fallback=True),
        models.WordPiece({"[UNK]": 0, "a": 1}, unk_token="[UNK]"),
        models.BPE({"a": 0}, []),
    ],
)
def test_pieces_of_other_models_are_not_kept(small, model):
    file, _ = small(model)
    assert not file.exists()


def test_a_small_vocabulary_is_not_kept(tmp_path):
    Tokenizer(models.Unigram(VOCABULARY, 1, byte_fallback=False)).save(str(tmp_path / TOKENIZER))
    keep_pieces(tmp_path / TOKENIZER, tmp_path / PIECES)
    assert not (tmp_path / PIECES).exists()


@pytest.mark.parametrize("content", [b"", b"no database at all" * 100])
def test_a_damaged_database_is_named_with_the_remedy(tmp_path, content):
    (tmp_path / PIECES).write_bytes(content)
    with pytest.raises(UnavailableError, match=PIECES) as raised:
        Pieces(tmp_path / PIECES)
    assert str(tmp_path) in raised.value.remedy


def as_whole(whole, texts):
    return [(encoding.ids, encoding.offsets) for encoding in whole.encode_batch(list(texts))]


def test_texts_have_their_tokens_where_they_have_them_by_the_whole_vocabulary(cut, whole):
    assert cut.tokens(TEXTS) == as_whole(whole, TEXTS)


@given(
    st.lists(
        st.text(LETTERS, max_size=60)
        | st.lists(st.sampled_from("▁aeéouàñст -'.,1ﬁ½e\u0301\n"), max_size=40).map("".join),
        min_size=1,
        max_size=3,
    )
)
def test_any_texts_have_their_tokens_where_they_have_them_by_the_whole_vocabulary(folder, whole, texts):
    few = Pieces(folder / PIECES).tokens(texts)
    assert few == as_whole(whole, texts)


@pytest.mark.parametrize("most", [3, 8, 100])
def test_tokens_are_cut_as_by_the_whole_vocabulary(folder, tmp_path, most):
    (tmp_path / TOKENIZER).symlink_to(folder / TOKENIZER)  # and no pieces
    few, whole = TokenReader(folder, most), TokenReader(tmp_path, most)
    texts = ["the single window and the exchange of data", "", "guichet"]
    assert few.ids_and_places(texts) == whole.ids_and_places(texts)
    assert few.ids(texts) == whole.ids(texts)
    assert few.counts(texts) == whole.counts(texts)
    assert few._loaded is None


def test_many_words_are_left_to_the_whole_vocabulary(folder, whole, monkeypatch):
    monkeypatch.setattr(pieces, "_MOST_PARTS", 200)
    reader = TokenReader(folder, 100)
    texts = ["single window", "the exchange of data between administrations across borders", "single window"]
    assert [reader.ids_and_places([text]) for text in texts] == [as_whole(whole, [text]) for text in texts]
    assert reader._loaded is not None


def test_texts_with_a_special_token_are_left_to_the_whole_vocabulary(cut):
    assert cut.tokens(["what is </s> for", "a window"]) is None


@pytest.mark.parametrize("text", ["abba ab", "AB xx a", "x", "", "aaab"])
def test_tokens_of_other_tokenizers_stand_where_they_stand(small, text):
    parts = {"pre_tokenizer": pre_tokenizers.Metaspace(), "normalizer": normalizers.NFKC()}
    parts["post_processor"] = processors.TemplateProcessing("<pad> $A", special_tokens=[("<pad>", 0)])
    file, tokenizer = small(models.Unigram(VOCABULARY, 1, byte_fallback=False), **parts)
    assert Pieces(file).tokens([text]) == as_whole(tokenizer, [text])
