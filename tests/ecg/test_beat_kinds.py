"""Kinds of beats, of drawn ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from benchmarks.reference.normal_strips import normal_strips
from tests.ecg.drawn_ecg import EXTRA, NORMAL, drawn, microvolts_of

from mvkt.ecg import beat_kinds
from mvkt.ecg.beat_kinds import NETWORK, STRIP_NETWORK, kinds_from, kinds_of, weighed
from mvkt.ecg.recording_beats import beats_of

SMOOTH, ALIKE = -4.0, 2.0  # roughness; likeness to the usual beat


@pytest.mark.parametrize("seconds", [30.0, 300.0])
def test_extra_beats_of_another_shape_are_ventricular(seconds: float) -> None:
    beats, second = [], 0.5
    for number in range(round(2 * seconds)):
        if second > seconds - 1.5:
            break
        if number % 9 == 5:
            beats += [(second - 0.25, EXTRA, 1.3)]
            second += 0.9
        else:
            beats += [(second, NORMAL, 1.0)]
            second += 0.8
    microvolts = microvolts_of(drawn(beats, seconds))
    found = beats_of(microvolts, 100.0)
    kinds = kinds_of(microvolts, found, 100.0)
    extra = np.array([at for at, waves, _ in beats if waves is EXTRA])
    found_extra = found[kinds == "ventricular"] / 100.0
    assert len(found_extra) == len(extra)
    np.testing.assert_allclose(found_extra, extra, atol=0.12)


def test_an_early_beat_of_the_usual_shape_is_supraventricular() -> None:
    seconds = np.cumsum([0.5] + [0.8] * 15 + [0.55, 0.95] + [0.8] * 15)
    microvolts = microvolts_of(drawn([(float(second), NORMAL, 1.0) for second in seconds], 28.0))
    kinds = kinds_of(microvolts, beats_of(microvolts, 100.0), 100.0)
    assert np.flatnonzero(kinds == "supraventricular").tolist() == [16]
    assert (np.delete(kinds, 16) == "normal").all()


def test_like_beats_are_normal() -> None:
    beats = [(float(second), NORMAL, 1.0) for second in np.arange(0.5, 59.0, 0.8)]
    microvolts = microvolts_of(drawn(beats, 60.0))
    assert set(kinds_of(microvolts, beats_of(microvolts, 100.0), 100.0)) == {"normal"}


def test_two_like_leads_weigh_as_much_as_either() -> None:
    beats = [(float(second), NORMAL, 1.0) for second in np.arange(0.5, 9.9, 0.8)]
    microvolts = microvolts_of(drawn(beats, 10.0))
    found = beats_of(microvolts, 100.0)
    of_lead = weighed(microvolts, found, 100.0)
    assert of_lead.shape == (len(found), 7)
    np.testing.assert_allclose(weighed(np.repeat(microvolts, 2, axis=0), found, 100.0), of_lead)


def test_every_other_beat_of_bigeminy_is_ventricular() -> None:
    beats = []
    for second in np.arange(0.6, 58.0, 1.6):
        beats += [(float(second), NORMAL, 1.0), (float(second) + 0.5, EXTRA, 1.3)]
    microvolts = microvolts_of(drawn(beats, 60.0))
    kinds = kinds_of(microvolts, beats_of(microvolts, 100.0), 100.0)
    assert (kinds[1::2] == "ventricular").all()
    assert (kinds[::2] == "normal").all()


def test_a_wide_even_beat_between_two_ventricular_ones_is_ventricular() -> None:
    ventricular, normal = (0.0, 9.0, 0.0), (9.0, 0.0, 0.0)
    wide, late = (0.4, 0.0, SMOOTH, 0.0), (0.4, 0.4, SMOOTH, 0.0)
    narrow = (0.0, 0.0, SMOOTH, ALIKE)
    rows = [normal + narrow, ventricular + wide, normal + wide, ventricular + wide, normal + late, ventricular + wide]
    rows += [normal + narrow, ventricular + wide]
    kinds = kinds_from(np.array(rows), np.arange(8, dtype=np.int64))
    assert (kinds == "ventricular").tolist() == [False, True, True, True, False, True, False, True]


def test_what_would_be_ventricular_is_unsure_in_a_rough_trace() -> None:
    rows = np.tile((9.0, 0.0, 0.0, 0.0, 0.0, SMOOTH, ALIKE), (40, 1))
    rows[9:12] = (0.0, 9.0, 0.0, 0.5, 0.0, SMOOTH, 0.0)
    rows[9:20, 5] = np.log(1 / 8)  # bends by an eighth of the height: noise
    beats = np.arange(40, dtype=np.int64) * 80
    kinds = kinds_from(rows, beats)
    assert kinds.tolist() == ["normal"] * 9 + ["unsure"] * 3 + ["normal"] * 28
    rows[9:20, 5] = np.log(1 / 10)
    assert np.flatnonzero(kinds_from(rows, beats) == "ventricular").tolist() == [9, 10, 11]


def test_an_interval_beside_a_ventricular_beat_in_noise_does_not_count_for_early_beats() -> None:
    rows = np.tile((9.0, 0.0, 0.0, 0.0, 0.0, SMOOTH, ALIKE), (40, 1))
    rows[20] = (0.0, 9.0, 0.0, 0.5, 0.0, np.log(1 / 8), 0.0)
    beats = np.arange(40, dtype=np.int64) * 80
    beats[20] += 40  # the usual beat after it comes as it would without
    kinds = kinds_from(rows, beats)
    assert kinds[20] == "unsure"
    assert (np.delete(kinds, 20) == "normal").all()


def test_what_comes_early_without_the_usual_shape_is_unsure_and_sets_no_interval() -> None:
    """An artefact between two usual beats: neither it nor the beat after it is supraventricular."""
    rows = np.tile((9.0, 0.0, 0.0, 0.0, 0.0, SMOOTH, ALIKE), (41, 1))
    beats = np.insert(np.arange(40, dtype=np.int64) * 80, 21, 1640)
    assert np.flatnonzero(kinds_from(rows, beats) == "supraventricular").tolist() == [21, 22]
    rows[21, -1] = np.arctanh(0.7)
    kinds = kinds_from(rows, beats)
    assert kinds[21] == "unsure"
    assert (np.delete(kinds, 21) == "normal").all()


def test_a_beat_without_the_usual_shape_that_is_not_early_is_normal() -> None:
    rows = np.tile((9.0, 0.0, 0.0, 0.0, 0.0, SMOOTH, ALIKE), (40, 1))
    rows[20, -1] = 0.0
    assert set(kinds_from(rows, np.arange(40, dtype=np.int64) * 80)) == {"normal"}


@pytest.mark.parametrize(("seconds", "name"), [(60.0, STRIP_NETWORK), (60.1, NETWORK)])
def test_strips_are_read_by_a_network_of_their_own(seconds: float, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    shipped = beat_kinds.shipped_network
    monkeypatch.setattr(beat_kinds, "shipped_network", lambda chosen: read.append(chosen) or shipped(chosen))
    weighed(np.zeros((1, round(100 * seconds)), dtype=np.int16), np.arange(100, 5000, 80, dtype=np.int64), 100.0)
    assert read == [name]


@pytest.mark.data
def test_few_strips_with_a_normal_rhythm_have_an_extra_beat(shared_data: Path) -> None:
    """The networks learned from folds 1 to 7; fold 8 has set how likely a ventricular beat must be."""
    strips = normal_strips(shared_data / "cinc2017-part", [10])
    assert len(strips) > 300
    for kind in ("ventricular", "supraventricular"):
        assert sum(strip.has(kind) for strip in strips) <= 0.13 * len(strips)


@pytest.mark.parametrize("number", [0, 1, 2])
def test_few_beats(number: int) -> None:
    microvolts = microvolts_of(drawn([(1.0, NORMAL, 1.0), (2.0, NORMAL, 1.0)], 10.0))
    beats = np.array([100, 200], dtype=np.int64)[:number]
    assert len(kinds_of(microvolts, beats, 100.0)) == number


def test_beats_of_another_lead_have_kinds_where_a_lead_is_flat() -> None:
    """All beats of the flat lead are alike, so that it adds nothing, and gives no warning."""
    microvolts = np.zeros((2, 3000), dtype=np.int16)
    beats = np.arange(50, 2950, 80, dtype=np.int64)
    microvolts[0, beats] = 900
    assert np.isfinite(weighed(microvolts, beats, 100.0)).all()
