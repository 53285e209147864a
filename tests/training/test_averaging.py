from __future__ import annotations

import torch
from torch import nn

from mvkt.training.averaging import WeightAverage


def _network() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))


def test_it_is_the_moving_average_written_out():
    network = _network()
    average = WeightAverage(network, 0.8)
    expected = network[0].weight.detach().clone()
    for step in range(12):
        with torch.no_grad():
            network[0].weight.add_(torch.randn(4, 3))
        network(torch.randn(5, 3))
        average.update()
        kept = min(0.8, (1 + step) / (10 + step))
        expected = kept * expected + (1 - kept) * network[0].weight.detach()
    torch.testing.assert_close(average.weights()["0.weight"], expected)
    assert average.weights()["1.num_batches_tracked"] == 12
    assert not torch.equal(average.weights()["1.running_mean"], network[1].running_mean)


def test_without_decay_it_is_the_network_itself():
    network = _network()
    average = WeightAverage(network, 0.0)
    average.update()
    assert average.model is network
    assert average.state() == {}


def test_its_state_brings_it_back():
    first, second = WeightAverage(_network(), 0.9), WeightAverage(_network(), 0.9)
    with torch.no_grad():
        first._network[0].weight.add_(1.0)
    first.update()
    for name, tensor in second.state().items():
        tensor.copy_(first.state()[name])
    for average in (first, second):
        with torch.no_grad():
            average._network[0].weight.fill_(0.5)
        average.update()
    torch.testing.assert_close(second.weights(), first.weights())
