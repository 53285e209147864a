"""Where the heart beats in a recording, for the marks above its trace."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mvkt.diagnosis.prepared_recording import Prepared
from mvkt.ecg.heartbeat import r_peaks

_PIECE_SECONDS = 300.0
_OVERLAP_SECONDS = 10.0


def beat_marks(prepared: Prepared) -> NDArray[np.float64]:
    """Return the seconds of the QRS complexes of what was read, rising; a long recording is searched in pieces."""
    rate = prepared.spec.sampling_frequency
    microvolts = prepared.microvolts
    length, overlap = round(_PIECE_SECONDS * rate), round(_OVERLAP_SECONDS * rate)
    found = []
    for start in range(0, microvolts.shape[1], length):
        begin = max(0, start - overlap)
        peaks = begin + r_peaks(microvolts[:, begin : start + length + overlap], rate)
        found.append(peaks[(peaks >= start) & (peaks < start + length)])
    return np.concatenate(found) / rate
