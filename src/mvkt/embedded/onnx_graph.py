"""An ONNX graph while it is read: what each of its names stands for, and where quantisation comes in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mvkt.bundle.bundle import INPUT_NAME
from mvkt.embedded.steps import Elementwise, Quantisation, Step, Value
from mvkt.errors import BundleError

if TYPE_CHECKING:
    import onnx


class Constant(NamedTuple):
    """Weights; ``scales`` and ``zero`` where they are quantised."""

    numbers: NDArray[Any]
    scales: NDArray[np.float32] | None = None
    zero: int = 0

    @property
    def real(self) -> NDArray[np.float32]:
        """The numbers that they stand for; of quantised ones with a single scale."""
        if self.scales is None:
            return self.numbers.astype(np.float32)
        return ((self.numbers.astype(np.int32) - self.zero) * self.scales).astype(np.float32)


class Result(NamedTuple):
    """Where what a node computes ends, after a ReLU and a quantisation that are computed with it."""

    name: str
    scale: Quantisation | None = None
    rectified: bool = False


class Graph:
    """Names and what they stand for, and the steps found so far.

    Args:
        graph: ONNX.
        signal: What the network is given.
    """

    def __init__(self, graph: onnx.GraphProto, signal: Value) -> None:
        from onnx import numpy_helper

        self.signal = signal
        self.steps: list[Step] = []
        self._meanings: dict[str, Value | Constant] = {INPUT_NAME: signal}
        self._meanings |= {
            initialiser.name: Constant(numpy_helper.to_array(initialiser)) for initialiser in graph.initializer
        }
        self._readers: dict[str, list[onnx.NodeProto]] = {}
        for node in graph.node:
            for name in node.input:
                self._readers.setdefault(name, []).append(node)

    def known(self, node: onnx.NodeProto) -> bool:
        """Whether a node was computed with the one before it."""
        return all(name in self._meanings for name in node.output)

    def value(self, name: str) -> Value:
        """Return something that is computed.

        Raises:
            BundleError: It is a constant.
        """
        value = self._meanings[name]
        if not isinstance(value, Value):
            raise BundleError(f"{name!r} is a constant where something computed is expected")
        return value

    def constant(self, name: str) -> Constant:
        """Return something that is the same for every window.

        Raises:
            BundleError: It is computed.
        """
        constant = self._meanings[name]
        if not isinstance(constant, Constant):
            raise BundleError(f"{name!r} is computed where a constant is expected")
        return constant

    def is_constant(self, name: str) -> bool:
        """Whether it is the same for every window."""
        return isinstance(self._meanings[name], Constant)

    def result(self, node: onnx.NodeProto, *, rectifies: bool = False) -> Result:
        """Follow the output of a node through what is computed with it.

        Args:
            node: The node.
            rectifies: Whether there is C code for it with a ReLU.
        """
        name, rectified = node.output[0], False
        while len(readers := self._readers.get(name, [])) == 1:
            (reader,) = readers
            if reader.op_type == "Relu" and rectifies and not rectified:
                name, rectified = reader.output[0], True
            elif reader.op_type == "QuantizeLinear":
                return Result(reader.output[0], self.scale(reader), rectified)
            else:
                break
        return Result(name, None, rectified)

    def scale(self, node: onnx.NodeProto) -> Quantisation:
        """Return the scale of a ``QuantizeLinear``.

        Raises:
            BundleError: It has several, or its numbers have a sign.
        """
        size, zero = (self.constant(name).numbers for name in node.input[1:3])
        if zero.dtype != np.uint8 or zero.size != 1:
            raise BundleError(f"there is C code for activations of uint8 with one scale, not for {zero.dtype}")
        return Quantisation(float(size), int(zero))

    def keep(self, step: Step, node: onnx.NodeProto, end: str) -> None:
        """Take a step; what it makes has every name from the output of its node to ``end``."""
        self.steps.append(step)
        name = node.output[0]
        while name != end:
            self._meanings[name] = step.output
            name = self._readers[name][0].output[0]
        self._meanings[end] = step.output

    def quantise(self, node: onnx.NodeProto) -> None:
        """``QuantizeLinear`` of what was not computed in 8 bits."""
        value = self.value(node.input[0])
        output = Value(value.channels, value.steps, self.scale(node))
        self.keep(Elementwise((value,), output, "quantise"), node, node.output[0])

    def dequantise(self, node: onnx.NodeProto) -> None:
        """``DequantizeLinear``: the numbers stay, it is known what they stand for."""
        meaning = self._meanings[node.input[0]]
        if isinstance(meaning, Constant):
            scales, zeros = (self.constant(name).numbers for name in node.input[1:3])
            if scales.size > 1 and zeros.any():
                raise BundleError("there is C code for weights quantised around 0 only")
            meaning = Constant(meaning.numbers, scales.astype(np.float32), int(zeros.flat[0]))
        self._meanings[node.output[0]] = meaning

    def pass_on(self, node: onnx.NodeProto) -> None:
        """Keep a value of which only axes of length one are moved: the order of its numbers stays.

        Raises:
            BundleError: Others may be moved.
        """
        value = self.value(node.input[0])
        if value is not self.signal and value.steps != 1:
            raise BundleError(f"there is no C code for {node.op_type} between the layers of a network")
        self._meanings[node.output[0]] = value
