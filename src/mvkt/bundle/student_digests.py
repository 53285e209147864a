"""Digests of the students that come with mvkt; written by ``benchmarks/fit/student_digests.py``."""

from __future__ import annotations

from collections.abc import Mapping

DIGESTS: Mapping[str, str] = {
    "12-lead": "d8074bba9d56e350817b0dd58f2837ea996b394332bae2cdca3beada52e86bda",
    "device": "0baee689d8be6983af4ec37294e42f251076c1e4b6086a116a81cb8f286769e1",
    "lead-I": "2a9827e5e01ff0af404f8874b54ed41861e0ecea48a9e75467a7cc695d8a3d1c",
    "lead-II": "e0d3720c1e7abcf030b7530f2d3288146e3bd7971571c9b70cde8b90229b6d06",
    "limb": "51e9ec277e273be112a05347a21c8338eec60812c4d075a905ee2b60c1d23b0e",
}
"""Name -> digest of its folder, see :func:`mvkt.bundle.packaged.student_digest`."""
