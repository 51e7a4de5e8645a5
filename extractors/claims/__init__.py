"""What sentences claim of a capability, by cues alone: achieved, planned, recommended or lacking.

Nothing here knows a maturity model.
"""
