from __future__ import annotations

import struct
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray

from mvkt.ecg.formats import read
from mvkt.errors import RecordFormatError

Counts = NDArray[np.int16]


@pytest.mark.parametrize("promised", [800, 1100])
def test_leads_of_another_length_than_stated(make: SimpleNamespace, counts: Counts, promised: int) -> None:
    """Each lead would begin in the one before it."""
    content = make.mfer(counts)
    np.testing.assert_allclose(read(content).signal, counts * 0.005, rtol=1e-6)
    wrong = content.replace(b"\x04\x02" + struct.pack(">H", 1000), b"\x04\x02" + struct.pack(">H", promised))
    with pytest.raises(RecordFormatError, match=f"promises {4 * promised:,} bytes of samples and holds 4,000"):
        read(wrong)
