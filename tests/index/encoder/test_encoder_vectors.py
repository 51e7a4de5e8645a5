"""The shipped encoders: the vectors of the original model, in any order and company, without torch."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from configs.encoders import resolve_encoder
from configs.settings import load_settings
from index.encoder import open_encoder
from index.encoder.source import model_folder
from index.encoder.torch_encoder import load_sentence_transformer

pytestmark = pytest.mark.model
CHECKOUT = Path(__file__).resolve().parents[3]

PASSAGES = [
    "The Single Window connects nine agencies; declarations reach them within seconds.",
    "Certificates of origin are still presented on paper at the border posts.",
    "Risk scores are computed from advance data that carriers send before arrival.",
    "The Committee took note of the report.",
    "Le guichet unique relie neuf organismes, qui reçoivent les déclarations en quelques secondes.",
    "Les certificats d'origine sont encore présentés sur papier aux postes frontières.",
    "Les notes de risque sont calculées à partir des données que les transporteurs envoient avant l'arrivée.",
    "Le Comité a pris acte du rapport.",
]


@pytest.mark.parametrize("name", ["multilingual-e5-small", "all-MiniLM-L6-v2"])
def test_vectors_are_those_of_sentence_transformers(name, tmp_path):
    settings = load_settings(tmp_path, encoder=name)
    spec = resolve_encoder(name)
    original = load_sentence_transformer(model_folder(spec, settings), spec.max_tokens)
    encoder = open_encoder(settings)
    wanted = original.encode(PASSAGES, prompt=spec.prompts.passage, normalize_embeddings=True)
    made = encoder.passages(PASSAGES)
    assert made.shape == (len(PASSAGES), encoder.identity.dimension)
    assert made.dtype == np.float32
    assert (made * wanted).sum(axis=1).mean() >= 0.997
    asked = original.encode("single window", prompt=spec.prompts.query, normalize_embeddings=True)
    assert encoder.query("single window") @ asked >= 0.996


def test_a_translation_is_nearer_than_any_other_passage(multilingual):
    vectors = multilingual.passages(PASSAGES)
    english, french = vectors[:4], vectors[4:]
    assert (english @ french.T).argmax(axis=1).tolist() == [0, 1, 2, 3]
    assert (french @ english.T).argmax(axis=1).tolist() == [0, 1, 2, 3]


def test_a_query_finds_its_passage(multilingual):
    vectors = multilingual.passages(PASSAGES)
    assert (vectors @ multilingual.query("origin certificates on paper")).argmax() == 1
    assert (vectors @ multilingual.query("guichet unique")).argmax() == 4


@pytest.mark.parametrize("name", ["multilingual", "minilm"])
def test_company_and_order_change_nothing(name, request):
    encoder = request.getfixturevalue(name)
    alone = np.concatenate([encoder.passages([text]) for text in PASSAGES])
    long = [" ".join(PASSAGES * 2), " ".join(PASSAGES)]
    together = encoder.passages([*PASSAGES * 3, *long])
    assert np.abs(together[: len(PASSAGES)] - alone).max() < 1e-6
    assert np.abs(encoder.passages(PASSAGES[::-1])[::-1] - alone).max() < 1e-6


def test_vectors_have_length_one(minilm):
    vectors = minilm.passages([*PASSAGES, "", " ", "\ud800 half a pair"])
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-4)


def test_no_texts_give_no_vectors(minilm):
    assert minilm.passages([]).shape == (0, 384)
    assert minilm.count_tokens([]) == []


def test_a_long_text_is_cut_at_the_limit(minilm):
    head = "customs data " * 127  # two tokens each: with the two special ones just the limit
    vectors = minilm.passages([head, head + "border risk paper " * 5_000])
    assert minilm.count_tokens([head]) == [256]
    assert vectors[0] @ vectors[1] == pytest.approx(1, abs=1e-4)


def test_tokens_are_counted_uncut_with_specials_and_prompt(minilm, multilingual):
    assert minilm.count_tokens(["customs", "customs " * 1_000]) == [3, 1_002]
    bare = multilingual.count_tokens([""])[0]
    assert bare == 4  # <s>, "passage", ":", </s>
    assert multilingual.count_tokens(["customs"])[0] > bare


@pytest.mark.parametrize(
    ("one", "other"),
    [("état", "e\u0301tat"), ("finance", "ﬁnance"), ("a b", "a\u00a0\u2028 b "), ("ab", "a\u0007b"), ("ABC", "ＡＢＣ")],
)
def test_writings_of_the_same_text_have_the_same_vector(multilingual, one, other):
    vectors = multilingual.passages([one, other])
    assert vectors[0] @ vectors[1] == pytest.approx(1, abs=1e-4)


def test_progress_adds_up_to_all_texts(minilm):
    steps = []
    minilm.passages(PASSAGES * 5, steps.append)
    assert sum(steps) == 40
    assert len(steps) > 1


def ran(script, folder):
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    command, more = [sys.executable, "-c", script], {"capture_output": True, "text": True, "timeout": 300}
    return subprocess.run(command, cwd=folder, env=environment, check=True, **more)


def test_the_query_path_imports_no_torch(minilm, tmp_path):
    minilm.query("prepared")
    script = (
        "import json, sys; from configs.settings import load_settings; from index.encoder import open_encoder; "
        "vector = open_encoder(load_settings(encoder='all-MiniLM-L6-v2')).query('single window'); "
        "heavy = {'torch', 'transformers', 'sentence_transformers', 'spacy', 'prefect', 'huggingface_hub'}; "
        "print(json.dumps([len(vector), sorted(heavy & set(sys.modules))]))"
    )
    assert json.loads(ran(script, tmp_path).stdout) == [384, []]


def test_two_threads_may_be_the_first_to_ask(minilm, tmp_path):
    minilm.query("prepared")
    script = """
import threading
from configs.settings import load_settings
from index.encoder import open_encoder
encoders = [open_encoder(load_settings(encoder="all-MiniLM-L6-v2")) for _ in range(2)]
gate = threading.Barrier(2)
def work(encoder):
    gate.wait()
    encoder.passages(["customs"] * 32)
threads = [threading.Thread(target=work, args=[encoder]) for encoder in encoders]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
"""
    ran(script, tmp_path)
