"""Networks of one hidden layer are fitted in the form that mvkt reads."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from benchmarks.fit.small_network_fit import FitSettings, fit_small_network, write_network

from mvkt.ecg.small_network import SmallNetwork


@pytest.mark.parametrize("members", [1, 3])
def test_a_fitted_network_separates_what_no_straight_line_does(members: int) -> None:
    features = np.random.default_rng(0).uniform(-1.0, 1.0, (4096, 2)) * (3.0, 0.02) + (50.0, 0.0)
    wanted = torch.tensor((features[:, 0] > 50.0) ^ (features[:, 1] > 0.0), dtype=torch.int64)

    def loss(logits: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.cross_entropy(logits, wanted[rows])

    settings = FitSettings(hidden=8, epochs=40, batch=128, rate=2e-2, decay=1e-3, members=members)
    made = fit_small_network(features, 2, loss, settings)
    assert made["hidden"].shape == (2, 8 * members)
    assert made["output"].shape == (8 * members, 2)
    logits = SmallNetwork.of(made).logits(features)
    assert np.mean(np.argmax(logits, axis=1) == wanted.numpy()) > 0.95


def test_a_row_of_numbers_is_a_line_of_the_file(tmp_path: Path) -> None:
    network = {"hidden": [[0.5, -1.0], [2.0, 1e-4]], "output_bias": 0.25}
    write_network(tmp_path / "network.json", network)
    text = (tmp_path / "network.json").read_text(encoding="utf-8")
    assert json.loads(text) == network
    assert "  [0.5, -1.0],\n" in text
