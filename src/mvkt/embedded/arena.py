"""Where each value of a network lies in one piece of memory, so that no two that are needed at once overlap."""

from __future__ import annotations

from collections.abc import Sequence

from mvkt.embedded.steps import Addition, Elementwise, Gating, Step, StepScaling, Value

_ALIGNMENT = 8
_IN_PLACE = (Addition, Elementwise, Gating, StepScaling)
"""Steps that read a number before they write the one in its place, and nothing else of it after."""


def allocate(steps: Sequence[Step], outside: Sequence[Value]) -> tuple[dict[Value, int], int]:
    """Give each value a place, first come, first fit.

    Args:
        steps: In the order in which they are computed.
        outside: Values that the caller keeps: input and output.

    Returns:
        The first byte of each value, and how many bytes there are in all.
    """
    last = {value: index for index, step in enumerate(steps) for value in step.inputs}
    places: dict[Value, int] = {}
    total = 0
    for index, step in enumerate(steps):
        value = step.output
        if value in outside:
            continue
        dying = [
            other for other in step.inputs if last[other] == index and other in places and other.bytes == value.bytes
        ]
        if dying and isinstance(step, _IN_PLACE):
            places[value] = places[dying[0]]
        else:
            needed = [other for other in places if last.get(other, -1) >= index]
            places[value] = _first_gap([(places[other], other.bytes) for other in needed], value.bytes)
        total = max(total, places[value] + value.bytes)
    return places, _aligned(total)


def _first_gap(taken: Sequence[tuple[int, int]], size: int) -> int:
    place = 0
    for start, length in sorted(taken):
        if place + size <= start:
            break
        place = max(place, _aligned(start + length))
    return place


def _aligned(place: int) -> int:
    return -(-place // _ALIGNMENT) * _ALIGNMENT
