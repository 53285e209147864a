"""A model as one ONNX file."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
import torch

from mvkt.bundle.bundle import INPUT_NAME, OUTPUT_NAME
from mvkt.models import build_model
from mvkt.training.export.onnx_file import to_onnx


def network() -> torch.nn.Module:
    torch.manual_seed(0)
    return build_model("resnet1d", leads=2, classes=3, widths=[4, 8], kernel_size=5).eval()


def test_it_computes_the_logits_of_any_batch() -> None:
    model = network()
    session = onnxruntime.InferenceSession(to_onnx(model, (2, 250)), providers=["CPUExecutionProvider"])
    for batch in (1, 5):
        signal = np.random.default_rng(batch).normal(0, 1, (batch, 2, 250)).astype(np.float32)
        (logits,) = session.run([OUTPUT_NAME], {INPUT_NAME: signal})
        with torch.no_grad():
            expected = model(torch.from_numpy(signal)).logits.numpy()
        np.testing.assert_allclose(logits, expected, atol=1e-4)


def test_the_same_weights_give_the_same_bytes_without_traces_of_the_source() -> None:
    first, second = (to_onnx(network(), (2, 250)) for _ in range(2))
    assert first == second
    assert b".py" not in first
    graph = onnx.load_model_from_string(first).graph
    assert not any(node.doc_string or node.metadata_props for node in graph.node)
