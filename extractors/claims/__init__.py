"""What sentences claim of a capability, by cues alone: achieved, planned, recommended or lacking.

The package does not depend on a maturity model.
"""
