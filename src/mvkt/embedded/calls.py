"""Each step as a call of a C function of ``kernels/``, with the constants that it needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import singledispatchmethod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mvkt.embedded.steps import (
    Addition,
    Convolution,
    Elementwise,
    Gating,
    Joining,
    Overall,
    Pooling,
    Quantisation,
    Step,
    StepScaling,
    Value,
)
from mvkt.errors import BundleError

LANES = 8
"""Outputs that the kernels compute at once; weights lie in groups of so many."""

_C_TYPES = {"float32": "float", "int8": "int8_t", "uint8": "uint8_t", "int32": "int32_t"}


@dataclass
class Calls:
    """Writes calls and collects what they need.

    Attributes:
        address: The C expression of where a value lies.
        constants: Definitions of arrays, in C.
        constant_bytes: Room that they take.
        kernels: Names of the functions that are called.
    """

    address: Callable[[Value], str]
    constants: list[str] = field(default_factory=list)
    constant_bytes: int = 0
    kernels: dict[str, None] = field(default_factory=dict)

    @singledispatchmethod
    def write(self, step: Step) -> str:
        """Return the call of a step, or calls in several lines."""
        raise BundleError(f"there is no C code for {type(step).__name__}")

    def _call(self, kernel: str, *arguments: object) -> str:
        if kernel.endswith("_u8"):
            self.kernels["round_u8"] = None  # comes first: the others use it
        self.kernels[kernel] = None
        return f"{kernel}({', '.join(map(_literal, arguments))});"

    def _constant(self, values: NDArray[Any]) -> str:
        name = f"c{len(self.constants)}"
        kind = _C_TYPES[values.dtype.name]
        numbers = ", ".join(map(_literal, values.ravel()))
        self.constants.append(f"static const {kind} {name}[{values.size}] = {{{numbers}}};")
        self.constant_bytes += values.nbytes
        return name

    @write.register
    def _(self, step: Convolution) -> str:
        (value,) = step.inputs
        if value.scale is None:
            return self._convolve(step, value)
        scales = (step.weight_scales * np.float32(value.scale.size)).astype(np.float32)
        return self._convolve_u8(step, value, value.scale.zero, scales)

    def _convolve(self, step: Convolution, value: Value) -> str:
        """A convolution of float32 values."""
        output = step.output
        ends = (self.address(value), self.address(output))
        if step.depthwise:
            _require_float(step, output)
            arrays = (step.weights[:, 0].T, step.bias)
            place = (value.steps, output.steps, value.channels, *_kernel(step))
            return self._call("convolve_channels", *ends, *place, step.rectified, *map(self._constant, arrays))
        arrays = (in_lanes(step.weights), _padded(step.bias))
        whole = (value.steps, output.steps, value.channels, output.channels, *_kernel(step))
        if output.scale is None:
            return self._call("convolve", *ends, *whole, step.rectified, *map(self._constant, arrays))
        scale = (np.float32(output.scale.size), output.scale.zero)
        return self._call("convolve_to_u8", *ends, *scale, *whole, step.rectified, *map(self._constant, arrays))

    def _convolve_u8(self, step: Convolution, value: Value, zero: int, scales: NDArray[np.float32]) -> str:
        """A convolution of 8-bit values."""
        output = step.output
        ends = (self.address(value), self.address(output), zero)
        if output.scale is None:
            if output.steps != 1 or step.rectified:
                raise BundleError("there is C code for 8-bit layers with 8-bit results, and for a last layer")
            arrays = (step.weights[:, :, 0].T, step.bias, scales)
            return self._call("connect_u8", *ends, value.channels, output.channels, *map(self._constant, arrays))
        ratios = (scales / np.float32(output.scale.size)).astype(np.float32)
        zero, lowest = output.scale.zero, output.scale.zero if step.rectified else 0
        if step.depthwise:
            arrays = (step.weights[:, 0].T, step.bias, ratios)
            place = (value.steps, output.steps, value.channels, *_kernel(step), lowest)
            return self._call("convolve_channels_u8", *ends, zero, *place, *map(self._constant, arrays))
        arrays = (in_lanes(step.weights), _padded(step.bias), ratios)
        whole = (value.steps, output.steps, value.channels, output.channels, *_kernel(step))
        return self._call("convolve_u8", *ends, zero, *whole, lowest, *map(self._constant, arrays))

    @write.register
    def _(self, step: Addition) -> str:
        first, second = step.inputs
        ends = [self.address(value) for value in (first, second, step.output)]
        count = step.output.channels * step.output.steps
        if step.output.scale is None:
            return self._call("add", *ends, count, step.rectified)
        scales = [part for value in (first, second) for part in (_ratio(value, step.output), _scale(value).zero)]
        zero = step.output.scale.zero
        return self._call("add_u8", *ends, count, *scales, zero, zero if step.rectified else 0)

    @write.register
    def _(self, step: Pooling) -> str:
        (value,), output = step.inputs, step.output
        _require_float(step, value, output)
        ends = (self.address(value), self.address(output))
        place = (value.steps, output.steps, value.channels, step.kernel, step.stride, step.padding)
        if not step.counted:
            return self._call("maximum", *ends, *place)
        return self._call("average", *ends, *place, self._constant(np.array(step.counted, dtype=np.uint8)))

    @write.register
    def _(self, step: Overall) -> str:
        (value,), output = step.inputs, step.output
        place = (self.address(value), self.address(output), value.steps, value.channels)
        if value.scale is None:
            _require_float(step, output)
            return self._call(f"overall_{step.kind}", *place)
        scale = (_ratio(value, output), value.scale.zero, _scale(output).zero)
        return self._call(f"overall_{step.kind}_u8", *place, *scale)

    @write.register
    def _(self, step: Gating) -> str:
        _require_float(step, *step.inputs, step.output)
        places = [self.address(value) for value in (*step.inputs, step.output)]
        return self._call("gate", *places, step.output.steps, step.output.channels)

    @write.register
    def _(self, step: StepScaling) -> str:
        (value,), output = step.inputs, step.output
        factors = self._constant((step.factors * _ratio(value, output)).astype(np.float32))
        place = (self.address(value), self.address(output), _scale(value).zero, _scale(output).zero)
        return self._call("scale_steps_u8", *place, value.steps, value.channels, factors)

    @write.register
    def _(self, step: Elementwise) -> str:
        (value,), output = step.inputs, step.output
        place = (self.address(value), self.address(output), value.channels * value.steps)
        if step.kind == "quantise":
            return self._call("quantise_u8", *place, np.float32(_scale(output).size), _scale(output).zero)
        _require_float(step, value, output)
        return self._call(step.kind, *place)

    @write.register
    def _(self, step: Joining) -> str:
        lines, first = [], 0
        for value in step.inputs:
            place = (self.address(value), f"{self.address(step.output)} + {first}", value.channels)
            if step.output.scale is None:
                lines.append(self._call("join", *place))
            else:
                scale = (_ratio(value, step.output), _scale(value).zero, step.output.scale.zero)
                lines.append(self._call("join_u8", *place, *scale))
            first += value.channels
        return "\n".join(lines)


def _kernel(step: Convolution) -> tuple[int, int, int]:
    return step.weights.shape[2], step.stride, step.padding


def in_lanes(weights: NDArray[Any]) -> NDArray[Any]:
    """Turn ``(outputs, inputs, kernel)`` into ``(outputs / 8, kernel, inputs, 8)``, filled up with zeros."""
    padded = _padded(weights)
    groups = padded.reshape(-1, LANES, *weights.shape[1:])
    return np.ascontiguousarray(groups.transpose(0, 3, 2, 1))


def _padded(values: NDArray[Any]) -> NDArray[Any]:
    missing = -len(values) % LANES
    return np.concatenate([values, np.zeros((missing, *values.shape[1:]), dtype=values.dtype)])


def _scale(value: Value) -> Quantisation:
    if value.scale is None:
        raise BundleError("there is C code for steps from 8 bits to 8 bits, and for steps in float32")
    return value.scale


def _ratio(value: Value, output: Value) -> np.float32:
    return np.float32(np.float32(_scale(value).size) / np.float32(_scale(output).size))


def _require_float(step: Step, *values: Value) -> None:
    if any(value.scale is not None for value in values):
        raise BundleError(f"there is C code for {type(step).__name__} in float32 only; export the float32 network")


def _literal(value: object) -> str:
    if isinstance(value, np.floating):
        text = str(np.float32(value))
        return f"{text if '.' in text or 'e' in text else text + '.0'}f"
    return str(int(value)) if isinstance(value, bool | np.integer) else str(value)
