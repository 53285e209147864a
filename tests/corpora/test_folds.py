"""Folds that are made: whole patients, even labels, the same every time."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mvkt.corpora.folds import assign_folds


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 25), st.sets(st.sampled_from("ABCD"))), min_size=1, max_size=120),
    st.integers(2, 10),
)
def test_no_patient_is_in_two_folds(records: list[tuple[int, set[str]]], folds: int) -> None:
    patients = [f"P{patient}" for patient, _ in records]
    assigned = assign_folds(patients, [labels for _, labels in records], folds)
    assert set(assigned) <= set(range(1, folds + 1))
    assert all(len({f for f, p in zip(assigned, patients, strict=True) if p == name}) == 1 for name in patients)


def test_labels_and_sizes_are_even() -> None:
    rng = np.random.default_rng(1)
    shares = {"common": 0.6, "usual": 0.2, "rare": 0.02}
    labels = [{name for name, share in shares.items() if rng.random() < share} for _ in range(2_000)]
    patients = [f"P{rng.integers(0, 1_500)}" for _ in labels]
    folds = assign_folds(patients, labels)
    sizes = Counter(folds)
    assert max(sizes.values()) - min(sizes.values()) <= 12
    for name in shares:
        counts = Counter(dict.fromkeys(range(1, 11), 0))
        counts.update(fold for fold, present in zip(folds, labels, strict=True) if name in present)
        assert max(counts.values()) - min(counts.values()) <= 6, name


def test_the_same_input_gives_the_same_folds_and_another_seed_others() -> None:
    patients = [f"P{n}" for n in range(200)]
    labels = [{"A"} if n % 3 else {"B"} for n in range(200)]
    assert assign_folds(patients, labels) == assign_folds(patients, labels)
    assert assign_folds(patients, labels) != assign_folds(patients, labels, seed=1)


def test_folds_do_not_depend_on_the_order_of_the_records() -> None:
    patients = [f"P{n % 70}" for n in range(200)]
    labels = [{"A"} if n % 3 else {"B"} for n in range(200)]
    folds = dict(zip(patients, assign_folds(patients, labels), strict=True))
    backwards = assign_folds(patients[::-1], labels[::-1])
    assert dict(zip(patients[::-1], backwards, strict=True)) == folds


def test_nobody() -> None:
    assert assign_folds([], []) == []


@pytest.mark.parametrize("people", range(3, 12))
def test_a_rare_class_reaches_test_and_validation(people: int) -> None:
    """Also where several classes are rare, and people have them together."""
    patients = [str(number) for number in range(500 + 2 * people)]
    labels = [{"common"}] * 500 + [{"rare"}] * people + [{"scarce", "common"}] * people
    folds = assign_folds(patients, labels)
    for name in ("rare", "scarce"):
        counts = Counter(fold for fold, present in zip(folds, labels, strict=True) if name in present)
        assert counts[9] >= 1
        assert counts[10] >= 1
        assert sum(counts[fold] for fold in range(1, 9)) >= 1
        assert max(counts.values()) <= 2
    sizes = Counter(folds)
    assert max(sizes.values()) - min(sizes.values()) <= 4
