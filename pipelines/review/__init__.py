"""What people say of tags and themes: the queue, their judgements, and the training by them.

Judgements are stored by `index.judgements`; nothing here ranks or tags.
"""
