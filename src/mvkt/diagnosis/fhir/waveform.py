"""A trace as FHIR's ``SampledData``.

Source: https://hl7.org/fhir/R4/datatypes.html#SampledData and the example "ekg" of ``Observation``; lead codes of
ISO/IEEE 11073-10101.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mvkt.ecg.record import Record

MOST_SECONDS = 60.0
"""A longer trace would be tens of megabytes of text: a stretch of it is given."""

MDC = "urn:oid:2.16.840.1.113883.6.24"
_UCUM = "http://unitsofmeasure.org"
_ECG = ("131328", "MDC_ECG_ELEC_POTL")
_LEADS = {
    **dict(zip(("I", "II", "V1", "V2", "V3", "V4", "V5", "V6"), range(131329, 131337), strict=True)),
    **dict(zip(("III", "aVR", "aVL", "aVF"), range(131389, 131393), strict=True)),
}
_MISSING = "E"


@dataclass(frozen=True, eq=False)
class Stretch:
    """A part of a recording.

    Attributes:
        millivolts: ``(leads, samples)``, NaN where nothing was recorded.
        leads: Their names.
        sampling_frequency: Samples a second.
        start_seconds: Where it begins in the recording.
    """

    millivolts: NDArray[np.floating]
    leads: tuple[str, ...]
    sampling_frequency: float
    start_seconds: float = 0.0

    @property
    def seconds(self) -> float:
        """Length."""
        return float(self.millivolts.shape[1] / self.sampling_frequency)


def beginning(record: Record) -> Stretch:
    """Return a recording, or the first minute of it."""
    samples = round(MOST_SECONDS * record.sampling_frequency)
    return Stretch(record.signal[:samples].T, record.leads, record.sampling_frequency)


def waveform(stretch: Stretch) -> dict[str, Any]:
    """Return the code and the components of an ``Observation``: a component a lead, in whole microvolts."""
    return {
        "code": {"coding": [{"system": MDC, "code": _ECG[0], "display": _ECG[1]}], "text": "ECG"},
        "component": [
            {"code": _lead_code(lead), "valueSampledData": _sampled(values, stretch.sampling_frequency)}
            for lead, values in zip(stretch.leads, stretch.millivolts, strict=True)
        ],
    }


def _lead_code(lead: str) -> dict[str, Any]:
    code = _LEADS.get(lead)
    if code is None:
        return {"text": f"Lead {lead}"}
    return {
        "coding": [{"system": MDC, "code": str(code), "display": f"{_ECG[1]}_{lead.upper()}"}],
        "text": f"Lead {lead}",
    }


def _sampled(millivolts: NDArray[np.floating], sampling_frequency: float) -> dict[str, Any]:
    known = np.isfinite(millivolts)
    microvolts = np.rint(np.where(known, millivolts, 0.0) * 1000.0).astype(np.int64)
    data = " ".join(str(value) if there else _MISSING for value, there in zip(microvolts.tolist(), known, strict=True))
    return {
        "origin": {"value": 0, "unit": "uV", "system": _UCUM, "code": "uV"},
        "period": round(1000.0 / sampling_frequency, 9),
        "dimensions": 1,
        "data": data,
    }
