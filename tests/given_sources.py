"""What SOURCEs of a command stand for, without a home."""

from pathlib import Path

from configs.settings import ReadingLimits, Settings
from pipelines.sources import given

NO_HOME = Path("/nonexistent/home")


def find_sources(names, *, passwords=(), limits=None, credentials=(), follow_links=False, delete=False):
    """Return what the names stand for, as `pipelines.sources.given.find_given` does."""
    settings = Settings(
        home=NO_HOME, reading=limits or ReadingLimits(), credentials=tuple(credentials), follow_links=follow_links
    )
    return given.find_given(given.given_sources(names, settings, delete=delete), settings, passwords)


def discover(names, **options):
    """Return the sources alone."""
    return find_sources(names, **options).sources
