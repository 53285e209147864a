"""The trace that is drawn."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np

from mvkt.diagnosis.diagnosis import BeatList
from mvkt.diagnosis.page.traces import everything, strip, trace
from mvkt.diagnosis.student_panel import Opinion
from mvkt.ecg.record import Record
from mvkt.ecg.signal import SignalSpec, condition


def test_a_stretch_is_filtered_as_for_the_student(beating: Callable[..., Record]) -> None:
    record, spec = beating(seconds=60.0), SignalSpec()
    millivolts, frequency = trace(record, spec, "I", 25.0, 10.0)
    assert (millivolts.shape, frequency) == ((1000, 1), 100.0)
    whole = condition(record, spec, "I")[0, 2500:3500] / 1000
    np.testing.assert_allclose(millivolts[:, 0], whole, atol=0.003)


def test_the_resolution_is_that_of_the_recording(beating: Callable[..., Record]) -> None:
    for recorded, drawn in ((50.0, 100.0), (250.0, 250.0), (1000.0, 500.0)):
        millivolts, frequency = trace(beating(sampling_frequency=recorded), SignalSpec(), "I", 0.0, 2.0)
        assert frequency == drawn
        assert len(millivolts) == 2 * drawn


def test_pictures(opinion: Callable[..., Opinion], beating: Callable[..., Record]) -> None:
    prepared = opinion(beating(("I", "II"))).prepared
    beats = BeatList(seconds=(0.5, 1.3, 2.0, 7.0), kinds=("normal", "ventricular", "unsure", "supraventricular"))
    drawn = strip(prepared, beats, 0.0, 5.0)
    assert drawn.startswith("<svg")
    assert re.findall(r">([VS?])</text>", drawn) == ["V", "?"]
    assert re.findall(r">([VS?])</text>", strip(prepared, beats, 5.0, 5.0)) == ["S"]
    sheet = everything(prepared)
    assert ">II<" in sheet
