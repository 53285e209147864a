"""Where the samples of an ISHNE file begin: ECGDataKit takes the length of the block before them, which may be wrong.

Source: Badilini, The ISHNE Holter standard output file format, Ann Noninvasive Electrocardiol 3 (1998) 263.
"""

from __future__ import annotations

import struct

from mvkt.ecg.formats.recording_file import RecordingFile

_HOLTER, _FIXED_BYTES = b"ISHNE1.0", 522
_SUM, _BLOCK, _SAMPLES, _OFFSET, _LEADS = 8, 10, 14, 22, 156


def with_block_before_samples(file: RecordingFile) -> RecordingFile:
    """Return an ISHNE file whose block before the samples ends where they begin; all else as it came.

    They begin where the header states, if what it promises ends with the file then, and does not by the block.
    """
    if not file.head.startswith(_HOLTER) or len(file.head) < _FIXED_BYTES:
        return file
    block, count, offset = (struct.unpack_from("<i", file.head, at)[0] for at in (_BLOCK, _SAMPLES, _OFFSET))
    length = 2 * count * struct.unpack_from("<h", file.head, _LEADS)[0]
    if length <= 0 or offset < _FIXED_BYTES or offset + length != file.size or offset == _FIXED_BYTES + block:
        return file
    changed = bytearray(file.read_bytes())
    struct.pack_into("<H", changed, _SUM, 0)  # its checksum is none
    struct.pack_into("<i", changed, _BLOCK, offset - _FIXED_BYTES)
    return RecordingFile.open(bytes(changed), file.name)
