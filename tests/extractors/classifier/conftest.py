"""A small classifier of the toy language; torch, which fits it, by one thread, as a busy machine waits for several."""

import pytest
import torch

from pipelines.fitting import network
from pipelines.fitting.fit import fit_classifier
from tests.toy_passages import examples, target


@pytest.fixture(scope="session", autouse=True)
def _one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def toy_weights():
    """A classifier that was hardly trained: what it says is of the right shape."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(network, "EPOCHS", 2)
        return fit_classifier([], examples(30), target(), 2)
