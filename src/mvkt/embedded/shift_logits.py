"""A constant added to the logits of an ONNX network, in float32 or in 8-bit whole numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from mvkt.bundle.bundle import OUTPUT_NAME
from mvkt.errors import BundleError

if TYPE_CHECKING:
    import onnx


def shift_logits(network: bytes, shift: ArrayLike) -> bytes:
    """Return a network whose logits are those of another, plus a constant each, and which is no slower.

    Args:
        network: ONNX; its last step is a linear layer with a bias, as in all that is exported here.
        shift: ``(classes,)``.

    Raises:
        BundleError: It ends in something else, or the numbers do not fit.
    """
    import onnx
    from onnx import numpy_helper

    model = onnx.load_model_from_string(network)
    bias, scale = _bias_of_logits(model)
    values = numpy_helper.to_array(bias)
    added = np.asarray(shift, dtype=np.float64)
    if added.shape != values.shape or not np.isfinite(added).all():
        raise BundleError(
            f"a shift of shape {added.shape} for logits of shape {values.shape}; expected a number a class"
        )
    moved = values.astype(np.float64) + added / scale
    if values.dtype == np.int32:
        moved = np.rint(np.clip(moved, np.iinfo(np.int32).min, np.iinfo(np.int32).max))
    bias.CopyFrom(numpy_helper.from_array(moved.astype(values.dtype), bias.name))
    shifted: bytes = model.SerializeToString(deterministic=True)
    return shifted


def _bias_of_logits(model: onnx.ModelProto) -> tuple[onnx.TensorProto, np.ndarray]:
    """Return the stored bias of the last linear layer, and what a unit of it is."""
    from onnx import numpy_helper

    made_by = {name: node for node in model.graph.node for name in node.output}
    stored = {tensor.name: tensor for tensor in model.graph.initializer}
    last = made_by.get(OUTPUT_NAME)
    if last is None or last.op_type != "Gemm" or len(last.input) != 3:
        kind = "nothing" if last is None else last.op_type
        raise BundleError(f"the network ends in {kind}; expected a linear layer with a bias (Gemm): export it again")
    name, scale = last.input[2], np.ones(1)
    before = made_by.get(name)
    if before is not None and before.op_type == "DequantizeLinear" and before.input[1] in stored:
        name, scale = before.input[0], numpy_helper.to_array(stored[before.input[1]]).astype(np.float64)
    if name not in stored:
        raise BundleError("the bias of the network's last layer is computed, not stored: export the bundle again")
    return stored[name], scale
