"""Short recordings of which is known whether they have extra beats."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from benchmarks.fit import short_recordings
from benchmarks.fit.short_recordings import NoisyLead, ShortRecording


class Network:
    """The first feature is the log odds of a ventricular beat, the second that of a supraventricular one."""

    def logits(self, features: np.ndarray) -> np.ndarray:
        return np.stack([np.zeros(len(features)), features[:, 0], features[:, 1]], axis=1)


@pytest.fixture(autouse=True)
def network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(short_recordings, "SmallNetwork", SimpleNamespace(of=lambda _: Network()))


BEATS = np.array([[9.0, 0.0], [0.0, 0.0], [-9.0, 9.0], [-9.0, -9.0]])  # ventricular, doubtful, supraventricular, normal
NOISY = NoisyLead(np.arange(10.0).reshape(5, 2), np.array([0, 1, -1, 2, 3]))


def test_beats_of_a_recording_with_extra_beats() -> None:
    (features, kinds), (noisy, noisy_kinds) = ShortRecording(np.stack([BEATS, BEATS]), True, (NOISY,)).marked({}, True)
    assert len(list(ShortRecording(np.stack([BEATS, BEATS]), True, (NOISY,)).marked({}, False))) == 1
    np.testing.assert_array_equal(features, np.tile(BEATS[[0, 2, 3]], (2, 1)))
    assert kinds.tolist() == [1, 2, 0, 1, 2, 0]
    np.testing.assert_array_equal(noisy, NOISY.features[[0, 2, 3, 4]])
    assert noisy_kinds.tolist() == [1, 0, 2, 0], "what is no beat of the recording is not ventricular"


def test_no_beat_is_ventricular_where_there_are_no_extra_beats() -> None:
    (features, kinds), (noisy, noisy_kinds) = ShortRecording(BEATS[np.newaxis], False, (NOISY,)).marked({}, True)
    assert (len(features), kinds.tolist()) == (4, [0, 0, 2, 0])
    assert (len(noisy), noisy_kinds.tolist()) == (5, [0, 0, 0, 2, 0])


@pytest.mark.data
def test_beats_with_noise_are_those_without(shared_data: Path) -> None:
    made = list(
        islice(
            short_recordings.short_recordings(*(shared_data / name for name in ("ptb-xl-subset", "noise-stress"))), 20
        )
    )
    noisy = [(recording.features.shape[1], lead.beat) for recording in made for lead in recording.noisy]
    assert len(noisy) > 5
    found = [len({*beat.tolist()} - {-1}) / beats for beats, beat in noisy]
    assert np.median(found) > 0.9
    assert all(beat.max() < beats for beats, beat in noisy)
