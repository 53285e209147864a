"""The digests of the students in the box, as a module of mvkt: ``python -m benchmarks.fit.student_digests``."""

from __future__ import annotations

from pathlib import Path

from mvkt.bundle import packaged
from mvkt.files import write_text

SOURCE = Path(packaged.__file__).parents[1]

TEXT = '''"""Digests of the students that come with mvkt; written by ``benchmarks/fit/student_digests.py``."""

from __future__ import annotations

from collections.abc import Mapping

DIGESTS: Mapping[str, str] = {{
{lines}}}
"""Name -> digest of its folder, see :func:`mvkt.bundle.packaged.student_digest`."""
'''


def text(students: Path) -> str:
    """Return the module for the students in a folder."""
    digests = {folder.name: packaged.student_digest(folder) for folder in sorted(students.iterdir()) if folder.is_dir()}
    return TEXT.format(lines="".join(f'    "{name}": "{digest}",\n' for name, digest in digests.items()))


if __name__ == "__main__":
    write_text(SOURCE / "bundle" / "student_digests.py", text(SOURCE / "students"))
