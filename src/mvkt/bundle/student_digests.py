"""Digests of the students that come with mvkt; written by ``benchmarks/fit/student_digests.py``."""

from __future__ import annotations

from collections.abc import Mapping

DIGESTS: Mapping[str, str] = {
    "12-lead": "e5a577d0529078f87d7bee1c1072ad4b50b3bf06f0937301d3cada39e86cbade",
    "device": "b59544a85f6988ff102b11e66c424b9e684749468a21ec3310eacadf73bcec04",
    "lead-I": "cf372db0905a2f217a0ed6eeececc0ec01df046ec4de7d038bbcf3e727730b7b",
    "lead-II": "37b3b1c67b8b74286364dc9308508950dcc9b3b786b388a3f0dacda143e136e0",
    "limb": "d605fa0fc811a979832fb84fe76cb0dbc813439f950b16221f170efa08696e68",
}
"""Name -> digest of its folder, see :func:`mvkt.bundle.packaged.student_digest`."""
