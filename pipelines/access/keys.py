"""Access keys of the portal: random 256-bit secrets, of which a file of the home stores the SHA-256.

A fast hash suffices: 256 random bits cannot be guessed. The file contains no secret, so a copy of it grants no access.
"""

import datetime as dt
import hashlib
import hmac
import logging
import os
import re
import secrets
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Literal, TypeAlias, get_args

from filelock import FileLock
from pydantic import TypeAdapter, ValidationError

from configs.system.errors import ConfigError, CustomsLensError, UnavailableError, UsageError
from configs.system.files import read_file, sync_folder, write_atomically
from configs.system.folders import make_home
from extractors.access import JOINT, PUBLIC, UNKNOWN
from extractors.document import Value
from index.filters import EVERY_CLASS, AccessClasses
from pipelines.access.actors import key_actor, person_actor
from pipelines.workspace import ACCESS_KEYS, ACCESS_KEYS_LOCK, HAD_KEYS

Role: TypeAlias = Literal["reader", "reviewer", "admin"]
"""Roles of keys in ascending order: to read, also to judge tags and themes, also to see the audit log."""
ROLES: tuple[Role, ...] = get_args(Role)
_PREFIX = "cl_"
"""The prefix of every key, by which secret scanners recognise it."""
_BYTES = 32
_ID_LENGTH = 8
_HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
_NOBODYS_NAME = frozenset({"authorization", "cookie", "host"})
"""Headers that cannot contain a user name."""
LONGEST_NAME = 200
"""Length limit of the name of a key or a person."""
REMEDY_GONE = "make new keys with 'customs-lens keys add NAME', or put the file back from a copy"
_log = logging.getLogger(__name__)


class Reader(Value):
    """The authenticated user of a request: a name, a role, and the access classes of the readable papers.

    `actor` is the stored identity for actions. `through_proxy` says that a proxy authenticated the user, who signs out
    there.
    """

    name: str
    role: Role
    access_classes: AccessClasses
    actor: str
    through_proxy: bool = False

    def may(self, role: Role) -> bool:
        """Return whether the role includes another."""
        return ROLES.index(self.role) >= ROLES.index(role)

    @property
    def oversees(self) -> bool:
        """Whether this reader may see data about all papers together: an administrator, or a reader of every class."""
        return self.may("admin") or self.access_classes == EVERY_CLASS


LOCAL = Reader(name="local", role="admin", access_classes=EVERY_CLASS, actor="local")
"""The user of the machine itself, if there are no keys: the owner of the home."""


MAKE_FIRST = "customs-lens keys add NAME --role admin --access every"
"""The command that creates the key of the first administrator."""


class AccessKey(Value):
    """One key as the home keeps it; `access` are its classes, null for every one.

    `names_from` makes it the key of a proxy that lets people in: the header in which the proxy says who asks.
    """

    id: str
    name: str
    role: Role
    access: tuple[str, ...] | None
    sha256: str
    created: dt.datetime
    names_from: str | None = None

    def reader(self, named: str) -> Reader | None:
        """Return the reader with this key; None for a proxy's key without a user.

        `named` is the value of the header in which a proxy says who asks.
        """
        held: AccessClasses = EVERY_CLASS if self.access is None else frozenset(self.access)
        is_proxy = self.names_from is not None
        name = _person(named) if is_proxy else self.name
        if not name:
            return None
        actor = person_actor(name) if is_proxy else key_actor(name)
        return Reader(name=name, role=self.role, access_classes=held, actor=actor, through_proxy=is_proxy)


class NewKey(Value):
    """A key that was made just now: what the home keeps of it, and the secret, which is shown this once."""

    key: AccessKey
    secret: str


_KEYS = TypeAdapter(tuple[AccessKey, ...])


class KeyStore:
    """The access keys of a home. Changes by another process are visible to the next call.

    A home that has ever had keys has a marker file, which backups leave out. If its keys are missing, access is denied:
    otherwise any user of the machine would be its administrator.
    """

    def __init__(self, home: Path) -> None:
        self._home = home
        self._file, self._mark = home / ACCESS_KEYS, home / HAD_KEYS
        self._stamp: tuple[int, int] | None = None
        self._keys: tuple[AccessKey, ...] = ()
        self._had_keys = False
        self._fault: str | None = None

    @property
    def was_keyed(self) -> bool:
        """Whether there have ever been keys; raises `ConfigError` if that cannot be determined."""
        try:
            return self._had_keys or bool(self._mark.lstat())
        except FileNotFoundError:
            return False
        except OSError as error:
            raise ConfigError(self._mark, f"cannot be read: {error.strerror}", remedy="check its rights") from error

    def all(self) -> tuple[AccessKey, ...]:
        """Return every key, the oldest first; raises `ConfigError` for a file that cannot be read."""
        try:
            state = self._file.stat()
            stamp = (state.st_mtime_ns, state.st_ino)
            if stamp != self._stamp:
                self._keys, self._stamp = _KEYS.validate_json(read_file(self._file)), stamp
        except FileNotFoundError:
            self._stamp, self._keys = None, ()
        except (OSError, ValidationError) as error:
            self._stamp = None
            reason = error.strerror if isinstance(error, OSError) else error.errors()[0]["msg"]
            remedy = "put it back from a copy, or delete it and make new keys with 'customs-lens keys add'"
            raise ConfigError(self._file, f"access keys cannot be read: {reason}", remedy=remedy) from error
        if self._keys and not self._had_keys:
            with suppress(OSError):  # the disk is read-only; this process remembers it
                self._create_marker()
            self._had_keys = True
        return self._keys

    def in_force(self) -> tuple[AccessKey, ...]:
        """Return the valid keys; none if the home has never had keys.

        Raises `ConfigError` for an unreadable file, and `UnavailableError` if all keys have been lost; either is logged
        when it first occurs.
        """
        try:
            keys = self.all()
            if not keys and self.was_keyed:
                raise UnavailableError(f"{self._file}: this home had access keys, and has none any more", REMEDY_GONE)
        except CustomsLensError as error:
            if self._fault != str(error):
                self._fault = str(error)
                _log.error("nobody is let in: %s", error)
            raise
        self._fault = None
        return keys

    def add(self, name: str, role: Role, access: Sequence[str] | None, *, names_from: str | None = None) -> NewKey:
        """Make a key.

        Raises `UsageError` for a name that is empty or that another key has, for an unfit header, and for a class that
        no key holds by its name.
        """
        name = name.strip()
        if names_from is not None and (not _HEADER.fullmatch(names_from) or names_from.casefold() in _NOBODYS_NAME):
            raise UsageError(f"'{names_from}' is no header that names a person", "X-Forwarded-User is the usual one")
        if not name or not name.isprintable() or len(name) > LONGEST_NAME:
            message = f"a key needs a name that can be printed, of at most {LONGEST_NAME} characters"
            raise UsageError(message, "name its owner or its use")
        for one in access or ():
            if one.strip() == UNKNOWN:
                message = f"'{UNKNOWN}' closes what nobody can say the class of: no key holds it by name"
                raise UsageError(message, "'--access every' reads these papers too")
            if JOINT in one or not one.strip():
                raise UsageError(f"'{one}' is no name of a class", "name each one by itself: --access A --access B")
        secret = _PREFIX + secrets.token_urlsafe(_BYTES)
        digest = _digest(secret)
        key = AccessKey(
            id=digest[:_ID_LENGTH],
            name=name,
            role=role,
            access=None if access is None else tuple(sorted({PUBLIC, *access})),
            sha256=digest,
            created=dt.datetime.now(dt.UTC).replace(microsecond=0),
            names_from=names_from,
        )
        make_home(self._home)
        with self._locked():
            keys = self.all()
            if any(one.name == name for one in keys):
                raise UsageError(f"there is a key named '{name}'", "take another name, or revoke that key first")
            self._create_marker()
            self._write((*keys, key))
        return NewKey(key=key, secret=secret)

    def revoke(self, name: str) -> AccessKey:
        """Delete a key by its id or name, and return it; raises `UsageError` if it does not exist."""
        with self._locked():
            keys = self.all()
            found = next((one for one in keys if name in (one.id, one.name)), None)
            if found is None:
                raise UsageError(f"there is no key '{name}'", "'customs-lens keys list' shows them")
            self._write(tuple(one for one in keys if one is not found))
        return found

    def find(self, secret: str) -> AccessKey | None:
        """Return the key with a secret, None for a wrong one; the comparison takes constant time."""
        digest = _digest(secret)
        return next((one for one in self.in_force() if hmac.compare_digest(one.sha256, digest)), None)

    def get(self, key_id: str) -> AccessKey | None:
        """Return the key with an id; None where it was revoked."""
        return next((one for one in self.in_force() if one.id == key_id), None)

    def _create_marker(self) -> None:
        """Create the marker file of a home with keys; raises `OSError` if it cannot be written."""
        os.close(os.open(self._mark, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600))
        sync_folder(self._home)

    def _write(self, keys: tuple[AccessKey, ...]) -> None:
        write_atomically(self._file, _KEYS.dump_json(keys, indent=1).decode())
        self._file.chmod(0o600)

    def _locked(self) -> FileLock:
        make_home(self._home)
        return FileLock(self._home / ACCESS_KEYS_LOCK)


def _person(value: str) -> str:
    """Return the user name in a header value, which is decoded as Latin-1; "" for an invalid one."""
    with suppress(UnicodeError):
        value = value.encode("latin-1").decode()
    name = value.strip()
    return name if name.isprintable() and len(name) <= LONGEST_NAME else ""


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
