"""Files of SQLite: opened, locked, copied, replaced while others read, and their errors as messages."""
