"""``SampledData``."""

from __future__ import annotations

import numpy as np

from mvkt.diagnosis.fhir.waveform import MOST_SECONDS, Stretch, beginning, waveform
from mvkt.ecg.record import Record


def test_whole_microvolts_with_gaps() -> None:
    stretch = Stretch(np.array([[0.0, 0.0124, -1.5, np.nan]], dtype=np.float32), ("II",), 300.0)
    (component,) = waveform(stretch)["component"]
    sampled = component["valueSampledData"]
    assert sampled["data"] == "0 12 -1500 E"
    assert (sampled["origin"]["code"], sampled["period"], sampled["dimensions"]) == ("uV", 3.333333333, 1)
    assert component["code"]["coding"][0] == {
        "system": "urn:oid:2.16.840.1.113883.6.24", "code": "131330", "display": "MDC_ECG_ELEC_POTL_II",
    }  # fmt: skip


def test_every_standard_lead_has_a_code_and_others_a_name() -> None:
    leads = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V6", "CR1")
    made = waveform(Stretch(np.zeros((9, 2)), leads, 100.0))["component"]
    codes = [component["code"].get("coding", [{}])[0].get("code") for component in made]
    assert codes == ["131329", "131330", "131389", "131390", "131391", "131392", "131331", "131336", None]
    assert made[-1]["code"] == {"text": "Lead CR1"}


def test_the_beginning_of_a_long_recording() -> None:
    record = Record(np.zeros((7000, 2), dtype=np.float32), ("I", "II"), 100.0)
    stretch = beginning(record)
    assert stretch.seconds == MOST_SECONDS
    assert (stretch.millivolts.shape, stretch.leads) == ((2, 6000), ("I", "II"))
