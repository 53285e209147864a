"""A network as a list of steps over values in memory: what stands between an ONNX graph and C code."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Quantisation:
    """How an 8-bit number stands for a real one: ``real = size * (number - zero)``."""

    size: float
    zero: int


@dataclass(frozen=True, eq=False)
class Value:
    """What a step makes: ``steps * channels`` numbers, the channels of one step side by side.

    Attributes:
        channels: Channels.
        steps: Steps along the samples.
        scale: Of 8-bit numbers without a sign; None for float32.
    """

    channels: int
    steps: int
    scale: Quantisation | None = None

    @property
    def bytes(self) -> int:
        """Room that it takes."""
        return self.channels * self.steps * (4 if self.scale is None else 1)


@dataclass(frozen=True)
class Step:
    """One thing to compute.

    Attributes:
        inputs: What it reads.
        output: What it makes.
    """

    inputs: tuple[Value, ...]
    output: Value


@dataclass(frozen=True)
class Convolution(Step):
    """A convolution along the samples; a fully connected layer is one over a single step.

    Attributes:
        weights: ``(outputs, inputs, kernel)`` float32 or int8; of a depthwise one ``(channels, 1, kernel)``.
        bias: ``(outputs,)`` float32 or int32.
        weight_scales: ``(outputs,)`` of int8 weights, else empty.
        stride: From one step to the next.
        padding: Zeros before the first sample.
        depthwise: Whether each channel has a kernel of its own.
        rectified: Whether what is below 0 becomes 0.
    """

    weights: NDArray[np.float32] | NDArray[np.int8]
    bias: NDArray[np.float32] | NDArray[np.int32]
    weight_scales: NDArray[np.float32]
    stride: int = 1
    padding: int = 0
    depthwise: bool = False
    rectified: bool = False

    @property
    def multiplications(self) -> int:
        """Multiply-accumulates, counting padding as samples."""
        return self.output.steps * self.weights.size


@dataclass(frozen=True)
class Addition(Step):
    """The sum of two values of one shape."""

    rectified: bool = False


@dataclass(frozen=True)
class Pooling(Step):
    """The mean or the maximum of neighbouring samples.

    Attributes:
        kernel: Samples that go into one step.
        stride: From one step to the next.
        padding: Samples before the first, which are not there.
        counted: Samples that a mean is divided by, of each step; empty for a maximum.
    """

    kernel: int
    stride: int
    padding: int
    counted: tuple[int, ...] = ()


@dataclass(frozen=True)
class Overall(Step):
    """The mean or the maximum of each channel over all steps."""

    kind: str


@dataclass(frozen=True)
class Gating(Step):
    """The first value, each channel times its number in the second."""


@dataclass(frozen=True)
class StepScaling(Step):
    """A value, each of its steps times a constant."""

    factors: NDArray[np.float32] = field(default_factory=lambda: np.empty(0, dtype=np.float32))


@dataclass(frozen=True)
class Elementwise(Step):
    """``rectify``, ``sigmoid``, or ``quantise`` from float32 to 8 bits, of each number."""

    kind: str


@dataclass(frozen=True)
class Joining(Step):
    """One value after the other, along the channels of a single step."""
