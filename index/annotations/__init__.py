"""What people said of tags and themes: the store, and how it changes what an index holds.

What a judgement means is said in `extractors.annotations`.
"""
