"""Credentials and signatures taken out of what earlier versions of the program stored in the names of sources.

`scrub` and `scrub_if_needed` are the ways in; nothing else belongs here, and what it does to a name is said in
`configs.redaction`.
"""

from pipelines.maintenance.scrubbing.scrub import Scrubbed, found, is_needed, scrub, scrub_if_needed

__all__ = ["Scrubbed", "found", "is_needed", "scrub", "scrub_if_needed"]
