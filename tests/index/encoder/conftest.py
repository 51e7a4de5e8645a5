"""Encoders for these tests: the shipped ones from the machine's cache folder, and a tiny one made here."""

import pytest

from configs.settings import load_settings
from index.encoder import open_encoder
from index.encoder.source import go_quiet

go_quiet(offline=True)

WORDS = [
    "the",
    "customs",
    "single",
    "window",
    "data",
    "exchange",
    "of",
    "and",
    "a",
    "in",
    "border",
    "risk",
    "paper",
    "douane",
    "guichet",
    "unique",
]


@pytest.fixture(scope="session")
def multilingual(tmp_path_factory):
    """The default encoder; converted and exported into the user's cache folder by the first test ever."""
    return open_encoder(load_settings(tmp_path_factory.mktemp("home"), encoder="multilingual-e5-small"))


@pytest.fixture(scope="session")
def minilm(tmp_path_factory):
    """The small English encoder."""
    return open_encoder(load_settings(tmp_path_factory.mktemp("home"), encoder="all-MiniLM-L6-v2"))


@pytest.fixture(scope="session")
def make_tiny(tmp_path_factory):
    """A function that writes a two-layer BERT with random weights, a WordPiece tokenizer and prompts."""

    def make(pooling="mean", max_tokens=32):
        import torch
        from sentence_transformers import SentenceTransformer, models
        from tokenizers import Tokenizer, normalizers, pre_tokenizers, processors
        from tokenizers.models import WordPiece
        from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

        torch.manual_seed(7)
        special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "ask", "tell", ":"]
        vocabulary = {word: number for number, word in enumerate(special + WORDS)}
        tokenizer = Tokenizer(WordPiece(vocabulary, unk_token="[UNK]"))
        tokenizer.normalizer = normalizers.Lowercase()
        tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        tokenizer.post_processor = processors.TemplateProcessing(
            single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
        )
        tokenizer.enable_padding(length=24)  # as files from the hub do
        folder = tmp_path_factory.mktemp("tiny")
        size = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64}
        config = BertConfig(vocab_size=len(vocabulary), max_position_embeddings=64, **size)
        BertModel(config).save_pretrained(folder / "bert")
        named = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
        inputs = ["input_ids", "token_type_ids", "attention_mask"]
        fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_input_names=inputs, **named)
        fast.save_pretrained(folder / "bert")
        bert = models.Transformer(str(folder / "bert"), max_seq_length=max_tokens)
        modules = [bert, models.Pooling(32, pooling_mode=pooling), models.Normalize()]
        model = SentenceTransformer(modules=modules, prompts={"query": "ask: ", "document": "tell: "})
        model.save(str(folder / "model"))
        return folder / "model"

    return make


@pytest.fixture(scope="session")
def tiny(make_tiny):
    """A tiny model with mean pooling."""
    return make_tiny()
