"""A network in 8-bit whole numbers, for ONNX Runtime: static, with quantise-dequantise pairs (QDQ).

Weights are quantised channel by channel to 7 bits (``reduce_range``): processors without VNNI add pairs of products in
16 bits, which 8-bit weights would overflow without a word. So every machine computes what was checked on one. The first
convolution, which sees the signal, stays in float32, as do the logits: it is a hundredth of the weights, and 8 bits
over the height of the R waves would leave a P wave two or three steps.
"""

from __future__ import annotations

import io
import logging
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mvkt.bundle.bundle import INPUT_NAME, OUTPUT_NAME
from mvkt.embedded.rewrite import averages_as_convolutions, shortened
from mvkt.errors import BundleError

RANGES: Mapping[str, tuple[str, dict[str, Any]]] = {
    "minmax": ("MinMax", {}),
    "percentile-99.99": ("Percentile", {"CalibPercentile": 99.99}),
    "percentile-99.9": ("Percentile", {"CalibPercentile": 99.9}),
    "entropy": ("Entropy", {}),
}
"""Ways to choose the range of each value from what it is on calibration windows, by ONNX Runtime's names."""

_WINDOWS_AT_ONCE = 64


def quantise(network: bytes, windows: NDArray[np.float32], ranges: str = "minmax") -> bytes:
    """Return a network in 8-bit whole numbers; input and output stay float32.

    Args:
        network: ONNX in float32, as exported.
        windows: ``(windows, leads, samples)`` standardised; the range of every value is measured on them, so they
            must be recordings like those to come, and none that the result is evaluated on.
        ranges: A key of :data:`RANGES`.

    Raises:
        BundleError: The network cannot be quantised.
    """
    import onnx
    from onnxruntime.quantization import CalibrationMethod, QuantFormat, QuantType, quantize_static

    method, options = RANGES[ranges]
    model = averages_as_convolutions(onnx.load_model_from_string(network))
    stem = next((node.name for node in model.graph.node if node.op_type == "Conv"), None)
    if stem is None:
        raise BundleError("the network has no convolution, so there is nothing to be gained by 8 bits")
    with _quiet(), tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "int8.onnx"
        try:
            quantize_static(
                model,
                path,
                _Windows(windows),
                quant_format=QuantFormat.QDQ,
                per_channel=True,
                reduce_range=True,
                activation_type=QuantType.QUInt8,
                weight_type=QuantType.QInt8,
                nodes_to_exclude=[stem],
                calibrate_method=CalibrationMethod[method],
                extra_options={"OpTypesToExcludeOutputQuantization": ["Gemm"], **options},
            )
        except Exception as error:  # ONNX Runtime's errors share no base but Exception
            raise BundleError(f"ONNX Runtime cannot quantise the network: {error}") from error
        quantised: bytes = shortened(onnx.load_model(path)).SerializeToString(deterministic=True)
    return quantised


def run_network(network: bytes, windows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the logits ``(windows, classes)`` of an ONNX network, on one thread."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(network, options, providers=["CPUExecutionProvider"])
    batches = [windows[start : start + _WINDOWS_AT_ONCE] for start in range(0, len(windows), _WINDOWS_AT_ONCE)]
    logits: NDArray[np.float32] = np.concatenate(
        [session.run([OUTPUT_NAME], {INPUT_NAME: np.ascontiguousarray(batch)})[0] for batch in batches]
    )
    return logits


class _Windows:
    """Calibration windows as ONNX Runtime reads them: in one batch, for batches would have to be equally long."""

    def __init__(self, windows: NDArray[np.float32]) -> None:
        self._batches = iter([{INPUT_NAME: np.ascontiguousarray(windows)}])

    def get_next(self) -> dict[str, NDArray[np.float32]] | None:
        return next(self._batches, None)


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence the quantiser: it prints its progress, and advises on what the exporter has done already."""
    logging.disable(logging.WARNING)
    try:
        with redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(logging.NOTSET)
