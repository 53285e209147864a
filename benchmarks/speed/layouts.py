"""The same student in ONNX Runtime in several layouts and precisions, on one thread.

python -m benchmarks.speed.layouts BUNDLE [--runs 5] [--seconds 0.15]

Processor time of the one thread, as in ``inference.py``; medians over the runs.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from statistics import median

import numpy as np
import onnx
import onnxruntime
from benchmarks.speed.inference import BATCHES, Timed, print_row, processor, time_once
from onnx import numpy_helper
from onnxruntime.quantization import QuantFormat, QuantType, quantize_dynamic, quantize_static

from mvkt.bundle.bundle import INPUT_NAME
from mvkt.bundle.manifest import MODEL_FILE
from mvkt.bundle.packaged import find
from mvkt.embedded.quantise import quantise

WINDOWS = np.random.default_rng(1).standard_normal((64, 1, 1_000)).astype(np.float32)


class Windows:
    """Calibration windows for ONNX Runtime's own quantiser."""

    def __init__(self) -> None:
        self.batches = iter([{INPUT_NAME: WINDOWS}])

    def get_next(self) -> dict[str, np.ndarray] | None:
        return next(self.batches, None)


def one_dimensional(network: bytes) -> bytes:
    """Return the network with its convolutions over one dimension instead of two of height one."""
    model = onnx.load_model_from_string(network)
    constants = {constant.name: constant for constant in model.graph.initializer}
    renamed: dict[str, str] = {}
    kept = []
    for node in model.graph.node:
        if node.op_type in ("Unsqueeze", "Transpose"):
            renamed[node.output[0]] = renamed.get(node.input[0], node.input[0])
            continue
        node.input[:] = [renamed.get(name, name) for name in node.input]
        for setting in node.attribute if node.op_type in ("Conv", "AveragePool") else ():
            if setting.name in ("kernel_shape", "strides", "dilations", "pads"):
                setting.ints[:] = setting.ints[1::2]
        if node.op_type == "Conv":
            weights = numpy_helper.to_array(constants[node.input[1]])[:, :, 0]
            constants[node.input[1]].CopyFrom(numpy_helper.from_array(np.array(weights), node.input[1]))
        if node.op_type in ("ReduceMax", "ReduceMean") and len(numpy_helper.to_array(constants[node.input[1]])) > 1:
            constants[node.input[1]].CopyFrom(numpy_helper.from_array(np.array([2]), node.input[1]))
        kept.append(node)
    del model.graph.node[:]
    model.graph.node.extend(kept)
    return bytes(model.SerializeToString())


def plain_int8(network: bytes, *, dynamic: bool) -> bytes:
    """Quantise as ONNX Runtime does by default."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "int8.onnx"
        model = onnx.load_model_from_string(network)
        if dynamic:
            quantize_dynamic(model, path, weight_type=QuantType.QUInt8)
        else:
            kinds = {"activation_type": QuantType.QUInt8, "weight_type": QuantType.QInt8}
            quantize_static(model, path, Windows(), quant_format=QuantFormat.QDQ, per_channel=True, **kinds)
        return path.read_bytes()


def float16(network: bytes) -> bytes:
    from onnxruntime.transformers.float16 import convert_float_to_float16

    model = onnx.load_model_from_string(network)
    return bytes(convert_float_to_float16(model, keep_io_types=True).SerializeToString())


def open_session(network: bytes, level: str = "ALL", **entries: str) -> Timed:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.__members__[f"ORT_ENABLE_{level}"]
    for key, value in entries.items():
        options.add_session_config_entry(f"session.{key}", value)
    opened = onnxruntime.InferenceSession(network, options, providers=["CPUExecutionProvider"])
    return Timed(opened, len(network) / 1024, {batch: [] for batch in BATCHES})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bundle", help="in float32, such as that of a run")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.15, help="of each run of each batch size")
    arguments = parser.parse_args()
    network = (find(arguments.bundle) / MODEL_FILE).read_bytes()
    rows = {
        "float32, two dimensions, height one": open_session(network),
        "float32, without ONNX Runtime's blocked layout": open_session(network, "EXTENDED"),
        "float32, one dimension": open_session(one_dimensional(network)),
        "float32, threads do not spin": open_session(network, **{"intra_op.allow_spinning": "0"}),
        "float32, denormals are zero": open_session(network, set_denormal_as_zero="1"),
        "float16": open_session(float16(network)),
        "int8, dynamic": open_session(plain_int8(network, dynamic=True)),
        "int8, static as ONNX Runtime does it": open_session(plain_int8(network, dynamic=False)),
        "int8, static as mvkt does it": open_session(quantise(network, WINDOWS)),
    }
    for _ in range(arguments.runs):
        for timed in rows.values():
            for batch in BATCHES:
                time_once(timed, batch, arguments.seconds)
    print(f"{processor()}, one thread, ONNX Runtime {onnxruntime.__version__}\n")
    print_row(["layout", "KB", "ms for 1", *(f"windows/s, {batch}" for batch in BATCHES[1:])])
    print_row(["---"] * (len(BATCHES) + 2))
    for name, timed in rows.items():
        rates = [f"{median(timed.rates[batch]):,.0f}" for batch in BATCHES[1:]]
        print_row([name, f"{timed.kilobytes:.0f}", f"{1e3 / median(timed.rates[1]):.3f}", *rates])


if __name__ == "__main__":
    main()
