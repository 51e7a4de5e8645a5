"""Actors: stored identities of people and keys, as `key:NAME` for an access key and `person:NAME` for a person.

The name of a person comes from a proxy or the command line, so it may equal the name of a key of someone else. The user
of the machine itself, if there are no keys, is `local`.
"""

_KEY = "key:"
_PERSON = "person:"


def key_actor(name: str) -> str:
    """Return the actor of a key."""
    return _KEY + name


def person_actor(name: str) -> str:
    """Return the actor of a person."""
    return _PERSON + name


def names_an_actor(text: str) -> bool:
    """Return whether a text has the prefix of an actor."""
    return text.startswith((_KEY, _PERSON))


def shown_name(actor: str) -> str:
    """Return the name of an actor for display."""
    return actor.partition(":")[2] if names_an_actor(actor) else actor
