"""From bytes to a tagged document: readers, metadata, language, passages, themes, names, maturity tags.

Functions here are pure: they get bytes or text and return values. `reading` chooses the reader of a file, `isolation`
runs it in a child process with limits, `document` has the types. Storage and search live in `index`.
"""
