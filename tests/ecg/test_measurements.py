from __future__ import annotations

from mvkt.ecg.measurements import MachineMeasurements


def test_what_a_device_states() -> None:
    found = MachineMeasurements.of(heart_rate="69", rr=216, pr=180.0, qrs="", qt=29999, axis=-32768)
    assert found == MachineMeasurements(heart_rate=69, pr=180)  # an RR of 216 ms contradicts the rate
    assert MachineMeasurements.of(heart_rate=None, qrs=0, qt=float("nan")) is None
