"""The operating system as the product uses it: files, folders, URLs, secrets and what hides them, errors, logging.

It imports nothing else of the product.
"""
