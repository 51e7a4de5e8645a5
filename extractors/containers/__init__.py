"""Containers: archives, mails and PDFs, and the files inside them, which are documents of their own.

Whatever opens a container runs in a killable child; nothing is unpacked but the one file that is asked for, to
the place that the caller names. The names inside a container are never used as paths.
"""

from extractors.containers.contents import Contents, Member, Step
from extractors.containers.opening import contents_of, is_without_files, may_contain, unpack

__all__ = ["Contents", "Member", "Step", "contents_of", "is_without_files", "may_contain", "unpack"]
