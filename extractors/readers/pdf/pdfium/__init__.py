"""What PDFium says of a file and its pages: characters, paths, outline, tags, attachments, annotations.

Nothing here decides what a page means.
"""
