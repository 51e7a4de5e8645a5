"""Translation of the errors of several open stores into errors for users."""

from configs.system.sqlite.failures import storage_errors

__all__ = ["storage_errors"]
