"""How the index of a home answers what experts expect of it, through the same search that answers users.

Here lie the cases of relevance and why one fails. What measures on judged data stands in `benchmarks/evaluate`, outside
the product.
"""
