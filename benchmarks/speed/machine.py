"""Describes the machine that measured."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from mvkt.processes import processors

LIBRARIES = ("mvkt", "numpy", "scipy", "torch", "onnxruntime", "lightning-fabric", "wfdb")
INSTRUCTIONS = ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "avx_vnni", "amx_tile", "amx_bf16", "amx_int8")


def describe(cpuinfo: Path = Path("/proc/cpuinfo")) -> dict[str, str]:
    """Facts that a reader needs to compare figures, by name."""
    stated = _cpuinfo(cpuinfo)
    flags = stated.get("flags", "").split()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30 if hasattr(os, "sysconf") else 0.0
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "processor": stated.get("model name", platform.processor() or platform.machine()),
        "cores": str(processors()),
        "instructions": ", ".join(flag for flag in INSTRUCTIONS if flag in flags) or "not stated",
        "memory": f"{memory:.0f} GB",
        "system": f"{platform.system()} {platform.release().partition('-')[0]}",
        "Python": platform.python_version(),
        **{library: version(library) for library in LIBRARIES},
        **({"sleepecg": version("sleepecg")} if find_spec("sleepecg") else {}),
    }


def listed(facts: Mapping[str, str]) -> str:
    """The facts as a list in Markdown."""
    return "\n".join(f"- {name}: {value}" for name, value in facts.items())


def _cpuinfo(path: Path) -> dict[str, str]:
    """The first processor as Linux describes it."""
    if not path.exists():
        return {}
    first = path.read_text(encoding="utf-8", errors="replace").split("\n\n")[0]
    pairs = (line.partition(":") for line in first.splitlines())
    return {name.strip(): value.strip() for name, _, value in pairs}
