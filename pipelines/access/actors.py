"""Who did something, as it is stored: `key:NAME` for an access key, `person:NAME` for a person.

A person has the name that a proxy or the command line gives, so it may be that of a key, which is somebody else. Who
sits at the machine itself, where no keys were made, is `local`.
"""

_KEY = "key:"
_PERSON = "person:"


def key_actor(name: str) -> str:
    """Return how a key is stored."""
    return _KEY + name


def person_actor(name: str) -> str:
    """Return how a person is stored."""
    return _PERSON + name


def names_an_actor(text: str) -> bool:
    """Return whether a text begins as stored actors do."""
    return text.startswith((_KEY, _PERSON))


def shown_name(actor: str) -> str:
    """Return the name of an actor, for people to read."""
    return actor.partition(":")[2] if names_an_actor(actor) else actor
