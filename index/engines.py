"""Which engine serves an index."""

from configs.settings import Settings
from index.annotations.store import Labels, LabelStore
from index.encoder import EncoderIdentity
from index.filters import Descendants
from index.protocol import Engine
from index.query.expansion import ThemesIn
from index.replacing import refuse_unfinished


def open_engine(
    settings: Settings,
    encoder_identity: EncoderIdentity | None,
    *,
    write: bool,
    descendants: Descendants | None = None,
    themes_in: ThemesIn | None = None,
) -> Engine:
    """Return the engine of the settings.

    `descendants` resolves sub-bodies in queries (`body:ptc`), `themes_in` finds the labels of themes in them.

    Questions that need no vector may go without an identity; writing needs one. Raises `UnavailableError`
    where there is no index to read, where another process is writing it or where the home or the cluster cannot be
    used, `MismatchError` where the index was made with another encoder or another version of the program, and
    `UsageError` where the cluster is not named or refuses the key.
    """
    labels = open_labels(settings, write=write)
    if settings.index == "elasticsearch":
        from index.elastic.engine import ElasticEngine

        return ElasticEngine(
            settings.elasticsearch,
            encoder_identity,
            write=write,
            descendants=descendants,
            themes_in=themes_in,
            labels=labels,
        )
    from index.embedded.engine import open_embedded

    refuse_unfinished(settings.home)
    folder = settings.home / "index"
    return open_embedded(
        folder, encoder_identity, write=write, descendants=descendants, themes_in=themes_in, labels=labels
    )


def open_labels(settings: Settings, *, write: bool) -> Labels:
    """Return the store of labels that goes with the engine of the settings; `write` is that of the engine."""
    if settings.index == "elasticsearch":
        from index.elastic.annotations import ClusterLabels

        return ClusterLabels(settings.elasticsearch, patient=write)
    return LabelStore(settings.home)
