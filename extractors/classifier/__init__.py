"""What a passage is about: themes, dimensions, evidence, modality and level, calibrated; and the tags made of that.

Trained classifiers score it, and the statements of a maturity model where there is none. Everything here reads what an
encoder made of a text and needs numpy alone; training lies in `pipelines/fitting`.
"""
