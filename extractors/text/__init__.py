"""Text of any reader: language, sentences, passages, boilerplate, superscripts.

Nothing here knows a file format.
"""
