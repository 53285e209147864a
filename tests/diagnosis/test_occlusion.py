"""Which parts of a window a finding rests on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from mvkt.bundle.bundle import Bundle
from mvkt.diagnosis.occlusion import Support, support
from mvkt.ecg.signal import SignalSpec

Make = Callable[..., Path]


def bump(start: int = 300, stop: int = 350, leads: int = 1) -> NDArray[np.float32]:
    """A window that is 0 but for half a second."""
    signal = np.zeros((leads, 1000), dtype=np.float32)
    signal[:, start:stop] = 10.0
    return signal


def test_a_finding_rests_on_what_the_network_reads(make_bundle: Make) -> None:
    # The network's logits are mean(|signal|) - 1, + 0 and + 1: they rest on the bump alone.
    found = support(Bundle.open(make_bundle()), bump(), ("NORM",))["NORM"]
    strong = found.starts[found.strengths > 0.5]
    assert strong.min() >= 2.8
    assert strong.max() <= 3.6
    assert found.starts[int(found.drops.argmax())] in (3.1, 3.2)
    assert (found.drops[np.abs(found.starts - 3.2) > 1] == 0).all()


def test_blanking_all_that_matters_takes_it_away(make_bundle: Make) -> None:
    found = support(Bundle.open(make_bundle()), bump(), ("AF",))["AF"]
    assert found.probability == pytest.approx(1 / (1 + np.exp(0.5)))
    assert found.without == pytest.approx(1 / (1 + np.exp(1.0)))
    assert 0.4 <= found.blanked_seconds <= 1.0


def test_probabilities_are_calibrated(make_bundle: Make) -> None:
    found = support(Bundle.open(make_bundle(temperatures=(1.0, 2.0, 1.0))), bump(), ("NORM",))["NORM"]
    assert found.probability == pytest.approx(1 / (1 + np.exp(-0.25)))


def test_what_beats_add_stays_when_pieces_are_blanked(make_bundle: Make) -> None:
    shift = np.array([1.0, 0.0, 0.0], dtype=np.float32)
    found = support(Bundle.open(make_bundle()), bump(), ("AF",), shift)["AF"]
    assert found.probability == pytest.approx(1 / (1 + np.exp(-0.5)))
    assert found.without == pytest.approx(0.5)


def test_nothing_to_rest_on(make_bundle: Make) -> None:
    found = support(Bundle.open(make_bundle()), np.zeros((1, 1000), dtype=np.float32), ("AF",))["AF"]
    assert (found.strengths == 0).all()
    assert (found.without, found.blanked_seconds) == (found.probability, 0.0)


def test_a_faint_fall_never_gets_the_full_colour() -> None:
    made = Support(np.arange(3) / 10, np.array([-1.0, 0.025, 0.05]), 0.5, 0.5, 0.1)
    assert made.strengths.tolist() == pytest.approx([0.0, 0.1, 0.2])
    strong = Support(np.arange(3) / 10, np.array([-1.0, 1.0, 2.0]), 0.5, 0.5, 0.1)
    assert strong.strengths.tolist() == [0.0, 0.5, 1.0]


def test_one_call_of_the_network_for_all_pieces(make_bundle: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    bundle, batches = Bundle.open(make_bundle()), []
    real = Bundle.logits
    monkeypatch.setattr(Bundle, "logits", lambda self, signal: batches.append(len(signal)) or real(self, signal))
    support(bundle, bump(), ("AF", "STD"))
    assert batches == [1 + 100 + 4, 2]


@pytest.mark.parametrize("spec", [SignalSpec(window_seconds=1.25), SignalSpec(sampling_frequency=512.0, band=None)])
def test_any_window_and_any_leads(make_bundle: Make, spec: SignalSpec) -> None:
    bundle = Bundle.open(make_bundle(view="I+II", signal=spec))
    signal = np.random.default_rng(0).normal(size=(2, spec.window_samples)).astype(np.float32)
    found = support(bundle, signal, bundle.manifest.classes)
    assert list(found) == ["AF", "NORM", "STD"]
    assert found["AF"].starts[-1] < spec.window_seconds
    assert np.isfinite(found["AF"].drops).all()
