"""How good search and tagging are, measured on judged data through the same code that answers users.

Here lie the readers of judged files, the measures and one module for each thing that is measured; nothing here
trains or changes what it measures.
"""
