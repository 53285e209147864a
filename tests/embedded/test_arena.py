from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mvkt.embedded.arena import allocate
from mvkt.embedded.c_layers import read_network
from mvkt.embedded.steps import Addition, Joining, Step, Value


def check(steps: list[Step], outside: list[Value]) -> int:
    """Play the steps with a memory in which every byte has the name of its value."""
    places, total = allocate(steps, outside)
    memory: list[Value | None] = [None] * total
    for index, step in enumerate(steps):
        for value in step.inputs:
            if value not in outside:
                start = places[value]
                assert memory[start : start + value.bytes] == [value] * value.bytes, "overwritten while still needed"
        if step.output not in outside:
            start = places[step.output]
            assert start % 8 == 0
            assert start + step.output.bytes <= total
            memory[start : start + step.output.bytes] = [step.output] * step.output.bytes
        assert index >= 0
    return total


@given(st.data())
def test_nothing_is_overwritten_while_it_is_needed(data: st.DataObject) -> None:
    values = [Value(1, 3)]
    steps: list[Step] = []
    for _ in range(data.draw(st.integers(1, 12))):
        inputs = data.draw(st.lists(st.sampled_from(values), min_size=1, max_size=2))
        kind: type[Step] = data.draw(st.sampled_from([Addition, Joining]))
        steps.append(kind(tuple(inputs), Value(1, data.draw(st.integers(1, 9)))))
        values.append(steps[-1].output)
    total = check(steps, [values[0], values[-1]])
    assert total <= sum(-(-value.bytes // 8) * 8 for value in values)


@pytest.mark.parametrize("name", ["plain", "gates", "separable", "bottlenecks"])
def test_real_networks(name: str, networks: dict[str, bytes]) -> None:
    network = read_network(networks[name], 1, 1000)
    total = check(list(network.steps), [network.signal, network.logits])
    assert total < sum(step.output.bytes for step in network.steps) / 2


def test_a_sum_takes_the_place_of_what_is_not_needed_any_more() -> None:
    signal, first, second, result = (Value(1, 100) for _ in range(4))
    steps = [Joining((signal,), first), Joining((signal,), second), Addition((first, second), result)]
    places, total = allocate(steps, [signal])
    assert places[result] in (places[first], places[second])
    assert total == 800
