"""The trained classifiers that come with the product, one file for each encoder, and the passages for training others.

`training.jsonl` was written and labelled for this project, in the manner of committee papers, laws and reports; names,
figures and events in it are invented. It trains, and never measures: who wrote a passage also labelled it.
"""

from pathlib import Path

SHIPPED = Path(__file__).parent
TRAINING = SHIPPED / "training.jsonl"
