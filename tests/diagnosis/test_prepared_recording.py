"""A recording made ready: what a network is given of it, and what is left out."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import expit
from tests.diagnosis.conftest import Watched

from mvkt.bundle.bundle import Bundle
from mvkt.diagnosis.diagnoser import Diagnoser, load
from mvkt.ecg import heartbeat
from mvkt.ecg.record import Record
from mvkt.ecg.rhythm_head import RhythmHead
from mvkt.ecg.signal import SignalSpec, windows
from mvkt.errors import LeadError

Make = Callable[..., Path]
WithGap = Callable[[float], Record]
Beating = Callable[..., Record]
Head = Callable[..., RhythmHead]


def test_input_is_that_of_the_one_preprocessing(make_bundle: Make, beating: Beating) -> None:
    watched = Watched(Bundle.open(make_bundle()))
    record = beating(seconds=737.0, sampling_frequency=511.4)
    Diagnoser(watched).diagnose(record)
    first, second = sorted(watched.given, key=len, reverse=True)  # in any order: several threads diagnose
    assert len(first) > len(second), "long recordings go in batches"
    np.testing.assert_array_equal(np.concatenate([first, second]), windows(record, SignalSpec(), "I").signal)


@pytest.mark.data
def test_real_recording_is_diagnosed_on_what_training_sees(
    make_bundle: Make, shared_data: Path, tmp_path: Path
) -> None:
    from mvkt.corpora import prepare
    from mvkt.corpora.sources.cpsc2018 import Cpsc2018

    source = Cpsc2018(shared_data / "cpsc2018-sample")
    corpus = prepare(source, tmp_path / "corpus", workers=1)
    bundle = Bundle.open(make_bundle(signal=corpus.signal))
    entries = source.entries()[0]
    assert len(entries) >= 5
    for entry in entries:
        watched = Watched(bundle)
        diagnosis = Diagnoser(watched).diagnose(source.read(entry))
        assert diagnosis.judged
        of_training = corpus.batch(np.flatnonzero(corpus.record_id == entry.record_id), "I")
        left_out = {window.start_seconds for window in diagnosis.quality.left_out}
        starts = windows(source.read(entry), corpus.signal, "I").start_seconds
        judged = [start not in left_out for start in starts]
        np.testing.assert_array_equal(np.concatenate(watched.given), of_training[judged])


def test_unjudgeable_windows_are_left_out(make_bundle: Make, with_gap: WithGap) -> None:
    bundle, record = Bundle.open(make_bundle()), with_gap(40)
    diagnosis = Diagnoser(bundle).diagnose(record)
    assert (diagnosis.quality.windows, diagnosis.quality.judged) == (4, 3)
    assert [window.start_seconds for window in diagnosis.quality.left_out] == [10.0]
    assert sum(diagnosis.quality.reasons.values()) == len(diagnosis.quality.left_out[0].reasons) > 0
    inputs = windows(record, SignalSpec(), "I").signal[[0, 2, 3]]
    expected = expit(bundle.logits(inputs).mean(axis=0))
    np.testing.assert_allclose([finding.probability for finding in diagnosis.findings], expected, atol=1e-6)


@pytest.mark.parametrize("value", [0.0, np.nan])
def test_nothing_judgeable_means_no_findings(make_bundle: Make, value: float) -> None:
    record = Record(np.full((2500, 1), value, dtype=np.float32), ("I",), 100.0)
    diagnosis = load(make_bundle()).diagnose(record)
    assert not diagnosis.judged
    assert diagnosis.findings == ()
    assert diagnosis.positive == ()
    assert diagnosis.heart_rate is None
    assert diagnosis.quality.judged == 0
    assert diagnosis.quality.reasons
    assert diagnosis.summary.startswith("Nothing could be judged")
    assert json.loads(diagnosis.to_json())["quality"]["judged"] == 0
    assert set(diagnosis.timeline.probabilities["AF"]) == {None}


def test_choice_of_lead(make_bundle: Make, beating: Beating) -> None:
    diagnoser = load(make_bundle())
    record = beating(("II", "V5"))
    with pytest.raises(LeadError, match="--lead II"):
        diagnoser.diagnose(record)
    diagnosis = diagnoser.diagnose(record, lead="II")
    assert diagnosis.signal.leads == ("II",)
    assert diagnosis.signal.recorded_leads == ("II", "V5")
    assert not diagnosis.signal.within_training_view
    assert any("figures do not hold" in note for note in diagnosis.notes)


def test_beats_of_a_short_recording_are_found_once(beating: Beating, monkeypatch: pytest.MonkeyPatch) -> None:
    """Quality, polarity, plausibility, measurements and findings share them."""
    found: list[int] = []
    find = heartbeat.find_beats

    def counted(values: NDArray[np.float64], *others: Any) -> heartbeat.Beats:
        found.append(values.shape[-1])
        return find(values, *others)

    monkeypatch.setattr(heartbeat, "find_beats", counted)
    heartbeat._remembered.cache_clear()
    made = load("lead-I").diagnose(beating(seconds=10.0))
    assert made.measurements is not None
    assert found == [1000]


def test_what_is_broken_is_left_out_whatever_a_network_finds(make_bundle: Make, beating: Beating) -> None:
    record = beating(seconds=20.0)
    rows = np.array(record.signal)
    rows[1000:] = 0.0
    kinds: dict[str, object] = {"classes": ("AF", "NOISE"), "thresholds": (0.5, 0.99)}
    found = Diagnoser(Bundle.open(make_bundle(**kinds))).diagnose(Record(rows, ("I",), 100.0))
    assert found.quality.judged == 1
