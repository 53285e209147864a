"""Digests of the students that come with mvkt; written by ``benchmarks/fit/student_digests.py``."""

from __future__ import annotations

from collections.abc import Mapping

DIGESTS: Mapping[str, str] = {
    "lead-I": "f0ac3d2fe5e3293b8bba06ceedb4e446544c211c6db77f41c2357458882ff1eb",
    "lead-II": "d91411c67227b7469216e3b62fae35a2b9eef1ac36e85cb0e0bc8244cba19d71",
}
"""Name -> digest of its folder, see :func:`mvkt.bundle.packaged.student_digest`."""
