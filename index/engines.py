"""Which engine serves an index."""

from configs.errors import UnavailableError
from configs.settings import Settings
from index.encoder import EncoderIdentity
from index.filters import Descendants
from index.labels import LabelStore
from index.protocol import Engine


def open_engine(
    settings: Settings,
    encoder_identity: EncoderIdentity | None,
    *,
    write: bool,
    descendants: Descendants | None = None,
) -> Engine:
    """Return the engine of the settings; `descendants` resolves sub-bodies in queries (`body:ptc`).

    Questions that need no vector may go without an identity; writing needs one. Raises `UnavailableError`
    where there is no index to read, where another process is writing it or where the home cannot be used, and
    `MismatchError` where the index was made with another encoder or another version of the program.
    """
    if settings.index == "elasticsearch":
        message = "the Elasticsearch engine is not part of this version yet"
        raise UnavailableError(message, "use --index embedded")
    from index.embedded.engine import open_embedded

    folder, labels = settings.home / "index", LabelStore(settings.home)
    return open_embedded(folder, encoder_identity, write=write, descendants=descendants, labels=labels)
