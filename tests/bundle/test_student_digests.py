"""The digests of the students in the box."""

from __future__ import annotations

from mvkt.bundle.packaged import find, names, student_digest
from mvkt.bundle.student_digests import DIGESTS


def test_every_student_has_its_digest() -> None:
    assert set(DIGESTS) == set(names())
    for name, digest in DIGESTS.items():
        assert student_digest(find(name)) == digest, f"{name} was changed: python -m benchmarks.fit.student_digests"
