"""Login sessions by access keys: a signed cookie each, and records of sessions that ended early."""

import hashlib
import logging
import secrets
import time
from contextlib import suppress
from pathlib import Path

from itsdangerous import BadSignature, URLSafeTimedSerializer
from pydantic import TypeAdapter, ValidationError

from configs.system.files import read_file, sync_folder, write_atomically
from configs.system.folders import make_home
from pipelines.workspace import ENDED_SESSIONS, SESSION_KEY

_log = logging.getLogger(__name__)
SESSION_COOKIE = "customs_lens_session"
SESSION_SECONDS = 12 * 3600
_SAID = TypeAdapter(tuple[str, str])
"""What a cookie says: the id of a key, and a random name of the session."""


class Sessions:
    """Session cookies: signed with a secret of the home, each valid as long as its key.

    An ended session is an empty file of the home, so that it is ended for every server of the home and after a restart.
    The file goes when the cookie would be too old anyway, and none is made for a cookie that is no session: there are
    as many as people signed in within that time, at most.
    """

    def __init__(self, home: Path, *, secure: bool = False) -> None:
        """`secure` says that readers come by HTTPS, whatever the proxy before this server speaks to it."""
        self.secure = secure
        self._ended = home / ENDED_SESSIONS
        self._serializer = URLSafeTimedSerializer(_session_secret(home), salt="session")

    def begin(self, key_id: str) -> str:
        """Return the value of the cookie of a session with a key."""
        return str(self._serializer.dumps((key_id, secrets.token_urlsafe(16))))

    def key_of(self, cookie: str) -> str | None:
        """Return the id of the key that a session was begun with; None where the cookie is forged, too old or ended."""
        found = self._verified(cookie)
        return None if found is None or self._is_ended(found[1]) else found[0]

    def end(self, cookie: str) -> None:
        """End a session; raises `OSError` where that cannot be noted."""
        if (found := self._verified(cookie)) is None:
            return
        self._ended.mkdir(mode=0o700, exist_ok=True)
        oldest = time.time() - SESSION_SECONDS
        for note in self._ended.iterdir():
            with suppress(FileNotFoundError):  # another server deletes them too
                if note.stat().st_mtime < oldest:
                    note.unlink()
        self._note_of(found[1]).touch(mode=0o600)
        sync_folder(self._ended)

    def _verified(self, cookie: str) -> tuple[str, str] | None:
        try:
            return _SAID.validate_python(self._serializer.loads(cookie, max_age=SESSION_SECONDS))
        except (BadSignature, ValidationError):
            return None

    def _is_ended(self, session: str) -> bool:
        """Return whether a session was ended; where that cannot be seen, it is taken for one."""
        try:
            self._note_of(session).lstat()
        except FileNotFoundError:
            return False
        except OSError as error:
            _log.error("nobody who signed in is let in: %s: %s", self._ended, error.strerror)
        return True

    def _note_of(self, session: str) -> Path:
        return self._ended / hashlib.sha256(session.encode()).hexdigest()


def _session_secret(home: Path) -> str:
    """Return the secret that sessions are signed with, made once for a home."""
    file = home / SESSION_KEY
    try:
        found = read_file(file).decode("ascii", "ignore").strip()
    except FileNotFoundError:
        found = ""
    if not found:
        make_home(home)
        found = secrets.token_urlsafe(32)
        write_atomically(file, found)
        file.chmod(0o600)
    return found
