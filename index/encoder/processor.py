"""Processor features that determine the precision in which a model runs."""

import re
from functools import cache
from pathlib import Path

_CPUINFO = Path("/proc/cpuinfo")
_FLAGS = re.compile(r"^(?:flags|Features)\s*:(.*)$", re.MULTILINE)

BFLOAT16 = frozenset({"amx_bf16", "avx512_bf16"})
"""Units that multiply bfloat16. A library may offer bfloat16 without them, and is slower with it then."""
INT8 = frozenset({"amx_int8", "avx512_vnni", "avx_vnni"})
"""Units that multiply 8-bit integers."""


@cache
def processor_features(cpuinfo: Path = _CPUINFO) -> frozenset[str]:
    """Return which of `BFLOAT16` and `INT8` the processor has; none where the system does not list them (not Linux)."""
    if not cpuinfo.is_file():
        return frozenset()
    found = _FLAGS.search(cpuinfo.read_text(encoding="ascii", errors="replace"))
    return (BFLOAT16 | INT8) & frozenset(found[1].split() if found else ())
