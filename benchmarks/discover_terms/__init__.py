"""Candidates for themes and labels of the vocabulary and for the gazetteer, never facts; nothing is stored."""
