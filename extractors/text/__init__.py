"""Text of any reader: language, sentences, passages, boilerplate, superscripts.

The package does not depend on file formats.
"""
