"""Where papers come from: files, folders, archives, mails, websites and other machines, with their sidecars.

Nothing here reads what a paper says.
"""
