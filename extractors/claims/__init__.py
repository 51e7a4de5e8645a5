"""What sentences claim of a capability: cues, modality, and the reader that weighs both.

Nothing here knows a maturity model.
"""
