"""Vocabularies checked, imported and exported, and candidates for new terms and names.

The vocabulary in use is loaded by `configs.vocabulary`.
"""
