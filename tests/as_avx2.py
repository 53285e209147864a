"""Print the environment of a process that computes as on a processor with AVX2 and without AVX-512.

    export $(python tests/as_avx2.py)

Which features numpy can leave out depends on how it was built and on the processor: naming another is a
warning, so that they are looked up here.
"""

from __future__ import annotations

import sys

from numpy._core._multiarray_umath import (  # type: ignore[import-not-found]
    __cpu_dispatch__,
    __cpu_features__,
)

_AVX512 = ("AVX512", "X86_V4")


def environment() -> dict[str, str]:
    """Return the variables; none for numpy where the processor has no AVX-512."""
    present = [name for name in __cpu_dispatch__ if name.startswith(_AVX512) and __cpu_features__.get(name)]
    numpy = {"NPY_DISABLE_CPU_FEATURES": ",".join(present)} if present else {}
    return {**numpy, "ONEDNN_MAX_CPU_ISA": "AVX2", "ATEN_CPU_CAPABILITY": "default", "OPENBLAS_CORETYPE": "Haswell"}


if __name__ == "__main__":
    sys.stdout.write("".join(f"{name}={value}\n" for name, value in environment().items()))
