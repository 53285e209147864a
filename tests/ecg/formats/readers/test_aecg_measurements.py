from __future__ import annotations

from types import SimpleNamespace

import numpy as np
from numpy.typing import NDArray

from mvkt.ecg.formats import read

Counts = NDArray[np.int16]


def annotation(code: str, value: str, unit: str = "ms", within: str = "", lead: str = "") -> str:
    boundary = f'<support><supportingROI><component><boundary><code code="{lead}"/></boundary></component>'
    support = f"{boundary}</supportingROI></support>" if lead else ""
    return (
        f'<component><annotation><code code="{code}"/><value value="{value}" unit="{unit}"/>{support}{within}'
        "</annotation></component>"
    )


def test_measurements_of_the_whole_recording(make: SimpleNamespace, counts: Counts) -> None:
    found = (
        annotation("MDC_ECG_BEAT", "", within=annotation("MDC_ECG_TIME_PD_QRS", "60"))
        + annotation("MDC_ECG_TIME_PD_QT", "600", lead="MDC_ECG_LEAD_I")
        + annotation("MDC_ECG_TIME_PD_PR_GL", "0.148", "s")
        + annotation("X", "", within=annotation("MDC_ECG_TIME_PD_QT", "400"))
        + annotation("MDC_ECG_HEART_RATE", "72", "bpm")
        + annotation("MDC_ECG_ANGLE_QRS_FRONT", "1", "furlong")
    )
    subject = f"<subjectOf><annotationSet>{found}</annotationSet></subjectOf></series>"
    measured = read(make.aecg(counts).replace(b"</series>", subject.encode())).machine_measurements
    assert measured is not None
    assert (measured.pr, measured.qt, measured.heart_rate, measured.qrs, measured.axis) == (148, 400, 72, None, None)
