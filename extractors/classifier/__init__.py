"""What a passage is about, by trained classifiers: themes, dimensions, evidence, modality and level, calibrated.

Everything here reads what an encoder made of a text and needs numpy alone; training lies in `pipelines/fitting`.
"""
