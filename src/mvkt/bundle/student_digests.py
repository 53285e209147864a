"""Digests of the students that come with mvkt; written by ``benchmarks/fit/student_digests.py``."""

from __future__ import annotations

from collections.abc import Mapping

DIGESTS: Mapping[str, str] = {
    "12-lead": "afcc081123de9de7018cfb62b471ee1c06d5978c182d2abfab86716836da68db",
    "device": "03c54f97ea122f3da4d9e5662e26612602c63c75136b43250de86a2381c81373",
    "lead-I": "bb647109c162bcb670ba297324b2be26ea386179890ce0addcf946b83e029328",
    "lead-II": "9ff3931919fc3d9b7fcec1403a1214510460f315f0d1d689a94c2570bff934da",
    "limb": "27f21e2a1eac83179ed543611f58a055caaa90d519b4692b2d2d63d5c3cf0881",
}
"""Name -> digest of its folder, see :func:`mvkt.bundle.packaged.student_digest`."""
