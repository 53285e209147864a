from __future__ import annotations

import numpy as np
import pytest

from mvkt.ecg.leads import LIMB_LEADS, STANDARD_LEADS, derive_limb_leads
from mvkt.ecg.signal import MISSING
from mvkt.training.augmentation import augment, electrode_weights
from mvkt.training.network_settings import AugmentationSettings

HZ = 100.0


def _records(seed: int = 0, batch: int = 4, leads: int = 12, samples: int = 1000) -> np.ndarray:
    return np.random.default_rng(seed).integers(-900, 900, (batch, leads, samples)).astype(np.int16)


def _augment(records: np.ndarray, seed: int = 1, leads=STANDARD_LEADS, **settings: float) -> np.ndarray:
    return augment(records, leads, HZ, AugmentationSettings(**settings), np.random.default_rng(seed))


def test_without_settings_nothing_changes():
    records = _records()
    assert _augment(records) is records


def test_input_is_never_written_to():
    records = _records()
    records.setflags(write=False)
    _augment(records, shift_seconds=2, scale=0.2, noise_mv=0.05, wander_mv=0.1, mask_share=0.3)


def test_shift_rolls_all_leads_of_a_record_alike_and_records_differently():
    records = np.tile(np.arange(1000, dtype=np.int16), (16, 3, 1))
    shifted = _augment(records, leads=("I", "II", "V1"), shift_seconds=2)
    offsets = (-shifted[:, :, 0].astype(int)) % 1000
    assert (offsets == offsets[:, :1]).all()
    assert len(set(offsets[:, 0])) > 8
    assert all(min(offset, 1000 - offset) <= 200 for offset in offsets[:, 0])
    assert (np.sort(shifted, axis=2) == records).all()


def test_scale_stays_in_its_range():
    records = np.full((200, 1, 10), 10_000, dtype=np.int16)
    factors = _augment(records, leads=("I",), scale=0.25)[:, 0, 0] / 10_000
    assert factors.min() >= 0.8 - 1e-4
    assert factors.max() <= 1.25 + 1e-4
    assert factors.std() > 0.05


@pytest.mark.parametrize("settings", [{"noise_mv": 0.1}, {"wander_mv": 0.3}, {"noise_mv": 0.1, "wander_mv": 0.3}])
def test_noise_obeys_einthoven_and_goldberger(settings):
    records = np.zeros((3, 6, 500), dtype=np.int16)
    noisy = _augment(records, leads=LIMB_LEADS, **settings).astype(np.float32)
    assert np.abs(noisy).max() > 20
    for record in noisy:
        derived = derive_limb_leads({"I": record[0], "II": record[1]})
        for lead, signal in zip(LIMB_LEADS, record, strict=True):
            np.testing.assert_allclose(signal, derived[lead], atol=2.0)  # microvolts, after rounding


def test_noise_of_a_lead_does_not_depend_on_the_standard_deviation_it_is_given_by_chance():
    noise = _augment(np.zeros((400, 1, 1000), dtype=np.int16), leads=("I",), noise_mv=0.1).astype(float)
    spread = noise.std(axis=(1, 2))
    # Lead I is the difference of two electrodes: at most sqrt(2) times the largest level of an electrode.
    assert spread.max() < 0.1 * 1000 * 2**0.5 * 1.1
    assert spread.min() < 10


def test_electrodes_of_unknown_leads_are_their_own():
    weights = electrode_weights(("I", "X"))
    assert weights.shape == (2, 3)
    assert weights[1].tolist() == [0.0, 0.0, 1.0]


def test_wilson_terminal_enters_the_chest_leads():
    weights = electrode_weights(("V1",))
    np.testing.assert_allclose(weights, [[-1 / 3, -1 / 3, -1 / 3, 1.0]], rtol=1e-6)


def test_missing_samples_stay_missing_and_move_with_the_record():
    records = _records(leads=1)
    records[:, :, :100] = MISSING
    changed = _augment(records, leads=("I",), shift_seconds=3, noise_mv=0.2, scale=0.5)
    assert ((changed == MISSING).sum(axis=2) == 100).all()


def test_mask_blanks_one_piece_of_all_leads():
    records = _records(batch=50)
    masked = _augment(records, mask_share=0.4) == MISSING
    assert (masked == masked[:, :1]).all()
    shares = masked[:, 0].mean(axis=1)
    assert 0.1 < shares.mean() < 0.3
    assert shares.max() <= 0.4 + 1e-3
    pieces = np.abs(np.diff(masked[:, 0].astype(int), axis=1)).sum(axis=1)
    assert pieces.max() <= 2


def test_clipping_never_makes_a_missing_mark():
    records = np.full((2, 1, 100), -32_767, dtype=np.int16)
    assert (_augment(records, leads=("I",), scale=3.0, noise_mv=1.0) != MISSING).all()


def test_same_seed_same_records():
    records, settings = _records(), {"shift_seconds": 1, "noise_mv": 0.1, "wander_mv": 0.1, "mask_share": 0.2}
    assert (_augment(records, 7, **settings) == _augment(records, 7, **settings)).all()
    assert (_augment(records, 7, **settings) != _augment(records, 8, **settings)).any()


def test_rolling_is_that_of_numpy():
    records = _records(batch=20)
    records[3, 2, 5:9] = MISSING
    shifts = np.random.default_rng(4).integers(-150, 151, 20)
    expected = np.stack([np.roll(record, shift, axis=1) for record, shift in zip(records, shifts, strict=True)])
    np.testing.assert_array_equal(_augment(records, 4, shift_seconds=1.5), expected)


def test_wander_is_a_sine_at_every_electrode():
    """Against the sines written out; the draws are those of the code, in its order."""
    wander = _augment(np.zeros((5, 1, 1000), dtype=np.int16), 6, leads=("X",), wander_mv=0.5)
    draws = np.random.default_rng(6)
    frequency, phase = draws.uniform(0.15, 0.7, (5, 1)), draws.uniform(0, 2 * np.pi, (5, 1))
    level = draws.random((5, 1), dtype=np.float32) * 500
    expected = level * np.sin(2 * np.pi * frequency * np.arange(1000) / HZ + phase)
    np.testing.assert_allclose(wander[:, 0], expected, atol=0.6)


def test_white_noise_is_white_and_differs_between_electrodes_and_records():
    noise = _augment(np.zeros((30, 2, 1000), dtype=np.int16), 8, leads=("X", "Y"), noise_mv=0.5).astype(float)
    noise /= noise.std(axis=2, keepdims=True)
    assert np.abs(noise.mean(axis=2)).max() < 0.15
    assert abs((noise**4).mean() - 3) < 0.2  # normal
    assert np.abs((noise[:, :, 1:] * noise[:, :, :-1]).mean(axis=2)).max() < 0.15
    of_one = noise.reshape(60, 1000)
    assert np.abs(np.corrcoef(of_one) - np.eye(60)).max() < 0.2


def test_a_share_of_the_records_is_turned_upside_down_as_a_whole():
    records = _records(batch=400, leads=2)
    records[0, 0, 5] = MISSING
    turned = _augment(records, leads=("I", "II"), upside_down=0.3)
    signs = turned[:, :, 0] == -records[:, :, 0]
    assert (signs == signs[:, :1]).all()
    assert 0.2 < signs[:, 0].mean() < 0.4
    whole = np.where(signs[:, :1, np.newaxis], -records, records)
    whole[records == MISSING] = MISSING
    assert (turned == whole).all()
