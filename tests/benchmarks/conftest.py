"""Homes as the tests of the pipeline have them, and commands in this process as those of the command line do."""

from tests.pipelines.conftest import (  # noqa: F401 - fixtures
    _opened,
    dummy_cache,
    real_encoder,
    settings,
    warm,
    warm_tools,
)
from tests.portal.conftest import _no_settings_from_outside, _without_ocr, assert_shape  # noqa: F401 - fixtures
