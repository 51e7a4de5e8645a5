"""Maturity tags: passages related to the dimensions and levels of a maturity model, with the evidence for it.

Vectors come from the caller; nothing here loads an encoder or knows one model from another.
"""
