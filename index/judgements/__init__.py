"""What people say of tags and themes: the store, and how it is applied to what an index returns.

Judgements are stored apart from the index and attached to quoted words, so that they count at once and survive every
new reading. What a judgement means is said in `extractors.judgements`.
"""
