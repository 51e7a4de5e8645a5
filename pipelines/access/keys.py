"""Access keys of the portal, in a file of the home: 256 random bits each, of which the SHA-256 is kept.

A fast hash suffices: nobody guesses 256 random bits. The file holds no key, so that a copy of it opens nothing.
"""

import datetime as dt
import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Literal, TypeAlias, get_args

from filelock import FileLock
from pydantic import TypeAdapter, ValidationError

from configs.errors import ConfigError, UsageError
from configs.files import read_file, write_atomically
from configs.folders import make_home
from extractors.access import JOINT, PUBLIC, UNKNOWN
from extractors.document import Value
from index.filters import EVERY_CLASS, AccessClasses
from pipelines.workspace import ACCESS_KEYS, ACCESS_KEYS_LOCK

Role: TypeAlias = Literal["reader", "reviewer", "admin"]
"""What a key allows, the least first: to read, to judge tags and themes too, to see the audit log too."""
ROLES: tuple[Role, ...] = get_args(Role)
_PREFIX = "cl_"
"""Begins every key, so that scanners of secrets know one when they see it."""
_BYTES = 32
_ID_LENGTH = 8
_HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
_NOBODYS_NAME = frozenset({"authorization", "cookie", "host"})
"""Headers that name no person."""
_LONGEST_NAME = 200


class Reader(Value):
    """Who asks: a name for the audit log, a role, and the access classes of the papers that may be read.

    `through_proxy` says that a proxy let them in: it is there that they sign out.
    """

    name: str
    role: Role
    access_classes: AccessClasses
    through_proxy: bool = False

    def may(self, role: Role) -> bool:
        """Return whether the role includes another."""
        return ROLES.index(self.role) >= ROLES.index(role)

    @property
    def oversees(self) -> bool:
        """Whether what is said of all papers together is for this reader: an administrator, or who may read each."""
        return self.may("admin") or self.access_classes == EVERY_CLASS


LOCAL = Reader(name="local", role="admin", access_classes=EVERY_CLASS)
"""Who sits at the machine itself, where no keys were made: the owner of the home."""


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

    def reader(self, headers: Mapping[str, str]) -> Reader | None:
        """Return who asks with this key; None where it is a proxy's and the headers of the request name nobody."""
        name = self.name if self.names_from is None else _person(headers.get(self.names_from, ""))
        held: AccessClasses = EVERY_CLASS if self.access is None else frozenset(self.access)
        if not name:
            return None
        return Reader(name=name, role=self.role, access_classes=held, through_proxy=self.names_from is not None)


class NewKey(Value):
    """A key that was made just now: what the home keeps of it, and the secret, which is shown this once."""

    key: AccessKey
    secret: str


_KEYS = TypeAdapter(tuple[AccessKey, ...])


class KeyStore:
    """The access keys of a home. A change by another process is seen at the next question."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._file = home / ACCESS_KEYS
        self._stamp: tuple[int, int] | None = None
        self._keys: tuple[AccessKey, ...] = ()

    def all(self) -> tuple[AccessKey, ...]:
        """Return every key, the oldest first; raises `ConfigError` for a file that cannot be read."""
        try:
            state = self._file.stat()
        except FileNotFoundError:
            self._stamp, self._keys = None, ()
            return ()
        stamp = (state.st_mtime_ns, state.st_ino)
        if stamp != self._stamp:
            try:
                self._keys = _KEYS.validate_json(read_file(self._file))
            except (OSError, ValidationError) as error:
                reason = error.strerror if isinstance(error, OSError) else error.errors()[0]["msg"]
                remedy = "put it back from a copy, or delete it and make new keys with 'customs-lens keys add'"
                raise ConfigError(self._file, f"access keys cannot be read: {reason}", remedy=remedy) from error
            self._stamp = stamp
        return self._keys

    def add(self, name: str, role: Role, access: Sequence[str] | None, *, names_from: str | None = None) -> NewKey:
        """Make a key.

        Raises `UsageError` for a name that is empty or that another key has, for an unfit header, and for a class that
        no key holds by its name.
        """
        name = name.strip()
        if names_from is not None and (not _HEADER.fullmatch(names_from) or names_from.casefold() in _NOBODYS_NAME):
            raise UsageError(f"'{names_from}' is no header that names a person", "X-Forwarded-User is the usual one")
        if not name or not name.isprintable():
            raise UsageError("a key needs a name that can be printed", "name its owner or its use")
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
            self._write((*keys, key))
        return NewKey(key=key, secret=secret)

    def revoke(self, name: str) -> AccessKey:
        """Take a key out, by its id or name, and return it; raises `UsageError` where there is none."""
        with self._locked():
            keys = self.all()
            found = next((one for one in keys if name in (one.id, one.name)), None)
            if found is None:
                raise UsageError(f"there is no key '{name}'", "'customs-lens keys list' shows them")
            self._write(tuple(one for one in keys if one is not found))
        return found

    def find(self, secret: str) -> AccessKey | None:
        """Return the key with a secret, None for a wrong one; the comparison takes the same time for each."""
        digest = _digest(secret)
        return next((one for one in self.all() if hmac.compare_digest(one.sha256, digest)), None)

    def get(self, key_id: str) -> AccessKey | None:
        """Return the key with an id; None where it was revoked."""
        return next((one for one in self.all() if one.id == key_id), None)

    def _write(self, keys: tuple[AccessKey, ...]) -> None:
        write_atomically(self._file, _KEYS.dump_json(keys, indent=1).decode())
        self._file.chmod(0o600)

    def _locked(self) -> FileLock:
        make_home(self._home)
        return FileLock(self._home / ACCESS_KEYS_LOCK)


def _person(value: str) -> str:
    """Return the name in the value of a header, which arrives as Latin-1; "" where it is none."""
    with suppress(UnicodeError):
        value = value.encode("latin-1").decode()
    name = value.strip()
    return name if name.isprintable() and len(name) <= _LONGEST_NAME else ""


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
