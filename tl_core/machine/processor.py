"""What the processor of this machine is and can, for what is measured once and kept."""

import os
import platform
import re
from functools import cache
from pathlib import Path

BFLOAT16 = re.compile(r"\b(avx512_bf16|amx_bf16|bf16)\b")
"""x86 and ARM name it in ``/proc/cpuinfo``; elsewhere nobody can tell, and nothing is assumed."""


@cache
def computes_bfloat16() -> bool:
    """Tell whether the processor multiplies bfloat16 numbers by itself, at twice the speed of float32."""
    return bool(BFLOAT16.search(_information()))


@cache
def description() -> tuple[str, ...]:
    """Return what one kind of machine has in common: the processor's name, and how many there are."""
    name = re.search(r"model name\s*:\s*(.*)", _information())
    count = str(os.cpu_count())
    return platform.machine(), name[1] if name else platform.processor(), count


def _information() -> str:
    try:
        return Path("/proc/cpuinfo").read_text()
    except OSError:  # not Linux
        return ""
