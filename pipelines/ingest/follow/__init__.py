"""What follows a commit: other documents that have to be right again once one was committed or deleted.

`protocol` says what a follower is, `followers` which there are and in which order. A follower changes documents of the
index and rows of the ledger; it reads no source.
"""
