"""Quotations: whether a paper says what is quoted from it, and where."""
