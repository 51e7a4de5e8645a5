"""Ranking that is the same for every engine: fusion, feedback, centring, themes, highlights and explanations.

Nothing here asks an engine.
"""
