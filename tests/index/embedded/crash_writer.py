"""A writer to be killed: `crash_writer.py FOLDER SEED`. Says on standard output what it tries and what is safe."""

import json
import os
import random
import sys
from pathlib import Path

import numpy as np

from extractors.document import Document, Passage, document_id
from index.embedded import vector_files, writer
from index.embedded.engine import open_embedded
from index.encoder import EncoderIdentity

DOCUMENTS, DIMENSION = 30, 8


def paper(name: int, state: int) -> Document:
    source = f"file:///{name}"
    number = document_id(source)
    texts = [f"zdoc{name} zstate{name}n{state} passage {place}" for place in range(1 + (name * 7 + state) % 9)]
    passages = [Passage(id=f"{number}-{n}", ordinal=n, text=text, language="en") for n, text in enumerate(texts)]
    return Document(
        id=number,
        key=number,
        sha256="0",
        source=source,
        media_type="text/plain",
        title=str(state),
        passages=tuple(passages),
    )


def main() -> None:
    folder, seed, states = Path(sys.argv[1]), int(sys.argv[2]), json.loads(sys.argv[3])
    # small enough that text index and vector files are written all the time
    writer._BATCH, vector_files._LAG_ROWS, vector_files._SMALL_ROWS = 7, 20, 60
    identity = EncoderIdentity(name="tiny", model_hash="0" * 16, dimension=DIMENSION, engine="torch", max_tokens=256)
    choice = random.Random(seed)
    engine = open_embedded(folder, identity, write=True)
    os.write(1, b"ready\n")
    while True:
        name = choice.randrange(DOCUMENTS)
        state = states[str(name)] = states.get(str(name), 0) + 1
        one = paper(name, state)
        os.write(1, f"try {name} {state}\n".encode())
        vectors = np.random.default_rng(name * 1000 + state).standard_normal((len(one.passages), DIMENSION))
        engine.put(one, vectors.astype(np.float32), versions={})
        os.write(1, f"safe {name} {state}\n".encode())


if __name__ == "__main__":
    main()
