"""Measured quality of tags and themes on real papers, from one data file, for display."""

from configs.figures import Figures, load_figures
from configs.maturity import MaturityModel
from configs.settings import Settings
from index.encoder import encoder_identity
from pipelines.storage.classifiers import fitted_path


def measured_of(settings: Settings, model: MaturityModel) -> Figures | None:
    """Return the measures of the shipped classifier; None if another encoder, model or classifier is in use."""
    figures, encoder = load_figures(), encoder_identity(settings)
    is_own = fitted_path(settings.home, encoder).is_file()
    return figures if (figures.encoder, figures.model) == (encoder.model_hash, model.id) and not is_own else None
