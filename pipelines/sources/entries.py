"""What a folder on another machine lists."""

from typing import NamedTuple


class Entry(NamedTuple):
    """A file, a folder or a link: its URL, and its path in the terms of its file system."""

    url: str
    path: str
    is_folder: bool = False
    is_link: bool = False
