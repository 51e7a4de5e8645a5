"""The engines that a test is run on."""

import pytest

from configs.settings import load_settings

ENGINES = ("embedded", pytest.param("elasticsearch", marks=pytest.mark.elasticsearch))
"""Parameters of a fixture `settings`."""
ON_ONE_ENGINE = pytest.mark.parametrize("settings", ["embedded"], indirect=True)
"""For what does not depend on the engine."""


def settings_on(request, home, **more):
    """Return the settings of a home with the engine that a fixture is asked for."""
    found = load_settings(home, **more)
    if request.param == "embedded":
        return found
    cluster = request.getfixturevalue("cluster")
    return found.model_copy(update={"index": "elasticsearch", "elasticsearch": cluster})
