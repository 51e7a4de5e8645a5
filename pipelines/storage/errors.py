"""What the errors of stores mean to a user, for whoever holds several of them open."""

from configs.system.sqlite.failures import storage_errors

__all__ = ["storage_errors"]
