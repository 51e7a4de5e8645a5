"""How well texts are understood, beside what people say of them.

usage: python -m benchmarks.understanding [--shared ../shared] [--parts tags modality sdg sdg-folds]

`tags`: dimension, level and modality of the labelled passages' test split. `modality`: that of labelled sentences.
`sdg`: public passages judged for one goal each, no label of the scored goal used. `sdg-folds`: the same passages in
five parts, each scored after fitting to the other four, heads of the goals too.
"""

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path

from benchmarks.tagging_quality import print_folds, print_left_out, print_modality, print_tags

DEFAULT_SHARED = Path(__file__).parents[2] / "shared"
PARTS: Mapping[str, Callable[[Path], None]] = {
    "tags": lambda _: print_tags(),
    "modality": lambda _: print_modality(),
    "sdg": print_left_out,
    "sdg-folds": print_folds,
}
"""What prints each part, given the folder of shared material."""


def main() -> None:
    """Print the parts that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--shared", type=Path, default=DEFAULT_SHARED)
    parser.add_argument("--parts", nargs="+", default=[*PARTS], choices=[*PARTS])
    options = parser.parse_args()
    for part in options.parts:
        print(f"\n### {part}\n")
        PARTS[part](options.shared)


if __name__ == "__main__":
    main()
