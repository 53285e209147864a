"""Digests of the students that come with mvkt; written by ``benchmarks/fit/student_digests.py``."""

from __future__ import annotations

from collections.abc import Mapping

DIGESTS: Mapping[str, str] = {
    "12-lead": "4ff2b32f5b1858323d84b03fb467256816c68086c50e5af2119d909832d663dd",
    "device": "03c54f97ea122f3da4d9e5662e26612602c63c75136b43250de86a2381c81373",
    "lead-I": "bb647109c162bcb670ba297324b2be26ea386179890ce0addcf946b83e029328",
    "lead-II": "9ff3931919fc3d9b7fcec1403a1214510460f315f0d1d689a94c2570bff934da",
    "limb": "ffdcca2cecec8bf23090c449b5b9f1856f02421954375026305ef18a45d465e9",
}
"""Name -> digest of its folder, see :func:`mvkt.bundle.packaged.student_digest`."""
