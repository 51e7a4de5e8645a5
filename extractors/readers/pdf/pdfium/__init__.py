"""Access to PDFium's data on a file and its pages: characters, paths, outline, tags, attachments, annotations.

The package does not interpret the content of a page.
"""
