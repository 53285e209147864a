from __future__ import annotations

import struct
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray

from mvkt.ecg.formats import read
from mvkt.ecg.formats.readers.holter_offset import with_block_before_samples
from mvkt.ecg.formats.recording_file import RecordingFile


@pytest.mark.parametrize("block", [0, 30, 100])
@pytest.mark.parametrize("offset", [522, 622])
def test_samples_begin_where_they_fit(
    make: SimpleNamespace, counts: NDArray[np.int16], block: int, offset: int
) -> None:
    content = make.ishne(counts)
    about = struct.pack("<i", block) + content[14:22] + struct.pack("<i", offset)
    content = content[:8] + bytes(2) + about + content[26:522] + b"x" * (offset - 522) + content[522:]
    record = read(content)
    np.testing.assert_allclose(record.signal, counts * 0.005, atol=1e-6)


def test_what_is_no_holter_comes_back_as_it_came() -> None:
    for content in (b"", b"ISHNE1.0", b"x" * 1000):
        file = RecordingFile.open(content)
        assert with_block_before_samples(file) is file
