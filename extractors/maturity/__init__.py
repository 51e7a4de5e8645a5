"""Judgements of people on maturity tags, and the logistic regression for what is learnt from few of them.

What scores passages and makes tags lies in `extractors/classifier`.
"""
