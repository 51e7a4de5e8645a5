"""Ranking that is the same for every engine: fusion, feedback, centring, themes, highlights and explanations.

Rankings by word and by meaning are fused by their scores, weighted by the length of the query; passages about the
themes of the query are boosted. The package makes no requests to an engine.
"""
