"""Digests of the students that come with mvkt; written by ``benchmarks/fit/student_digests.py``."""

from __future__ import annotations

from collections.abc import Mapping

DIGESTS: Mapping[str, str] = {
    "12-lead": "0f8cff4d5233de7e50f56c3e0a6ded047a58a0687b6e9510da0cf184d554f698",
    "device": "03c54f97ea122f3da4d9e5662e26612602c63c75136b43250de86a2381c81373",
    "lead-I": "f0ac3d2fe5e3293b8bba06ceedb4e446544c211c6db77f41c2357458882ff1eb",
    "lead-II": "d91411c67227b7469216e3b62fae35a2b9eef1ac36e85cb0e0bc8244cba19d71",
    "limb": "aa4a5a7eddcfc365be87020327b0c743f66ac0793515dea48af9d40f9e365e42",
}
"""Name -> digest of its folder, see :func:`mvkt.bundle.packaged.student_digest`."""
