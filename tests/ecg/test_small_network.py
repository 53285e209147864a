from __future__ import annotations

import numpy as np
import pytest

from mvkt.ecg import beat_kinds, qrs_candidates
from mvkt.ecg.beat_features import FEATURES
from mvkt.ecg.small_network import SmallNetwork, shipped_network


def test_logits_are_a_plain_loop() -> None:
    rng = np.random.default_rng(0)
    stored = {
        "hidden": rng.normal(size=(4, 3)).tolist(),
        "hidden_bias": rng.normal(size=3).tolist(),
        "output": rng.normal(size=(3, 2)).tolist(),
        "output_bias": rng.normal(size=2).tolist(),
    }
    features = rng.normal(size=(5, 4))
    found = SmallNetwork.of(stored).logits(features)
    for row, output in np.ndindex(5, 2):
        units = [
            np.tanh(sum(features[row, i] * stored["hidden"][i][unit] for i in range(4)) + stored["hidden_bias"][unit])
            for unit in range(3)
        ]
        expected = sum(unit * weights[output] for unit, weights in zip(units, stored["output"], strict=True))
        assert found[row, output] == pytest.approx(expected + stored["output_bias"][output])


@pytest.mark.parametrize(
    ("name", "features", "shape"), [(qrs_candidates.NETWORK, 16, (7,)), (beat_kinds.NETWORK, FEATURES, (7, 3))]
)
def test_networks_that_come_with_mvkt_take_their_features(name: str, features: int, shape: tuple[int, ...]) -> None:
    assert shipped_network(name).logits(np.zeros((7, features))).shape == shape


def test_a_network_is_what_is_stored() -> None:
    network = SmallNetwork.of({"hidden": [[1.0], [2.0]], "hidden_bias": [0.5], "output": [3.0], "output_bias": -1.0})
    assert network.hidden.shape == (2, 1)
    assert (network.hidden_bias.tolist(), network.output.tolist(), float(network.output_bias)) == ([0.5], [3.0], -1.0)
