"""Digests of the students that come with mvkt; written by ``benchmarks/fit/student_digests.py``."""

from __future__ import annotations

from collections.abc import Mapping

DIGESTS: Mapping[str, str] = {
    "12-lead": "ea5540f8d4602310eb89a6a16d674655513aaa2b99dc2481e84cb1d41cb8a708",
    "device": "03c54f97ea122f3da4d9e5662e26612602c63c75136b43250de86a2381c81373",
    "lead-I": "11efdac6dd0dbcd00ca5307d9f8f999b2b84c682e125a79270a68fa89c72e51b",
    "lead-II": "8e496c7300528305963729db0b13f1a9c4cccbeafdd8d2e9c22eac95a429b23f",
    "limb": "eda26e42b0414df5b08e72bdfc59b26f719b8d71ee5c2248fffa93ed86ef6cdd",
}
"""Name -> digest of its folder, see :func:`mvkt.bundle.packaged.student_digest`."""
