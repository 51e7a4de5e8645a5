"""The engines that a test is run on."""

import pytest

ENGINES = ("embedded", pytest.param("elasticsearch", marks=pytest.mark.elasticsearch))
"""Parameters of a fixture `settings`."""
ON_ONE_ENGINE = pytest.mark.parametrize("settings", ["embedded"], indirect=True)
"""For what does not depend on the engine."""
