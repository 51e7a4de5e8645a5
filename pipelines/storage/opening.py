"""Which stores serve a home: the one place that asks which engine the settings name."""

from configs.settings import Settings
from pipelines.storage.storage import Storage


def open_storage(settings: Settings) -> Storage:
    """Return the stores of a home; nothing is opened yet."""
    if settings.index == "elasticsearch":
        from pipelines.storage.cluster import ClusterStorage

        return ClusterStorage(settings)
    from pipelines.storage.local import LocalStorage

    return LocalStorage(settings)
