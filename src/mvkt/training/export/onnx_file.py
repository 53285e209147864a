"""A model as one ONNX file: the network alone, small, and the same bytes for the same weights."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from mvkt.bundle.bundle import INPUT_NAME, OUTPUT_NAME
from mvkt.errors import BundleError
from mvkt.models import EcgModel

# What phones and older runtimes read as well; nothing in our models needs a later one.
_OPSET = 18


def to_onnx(model: EcgModel, shape: tuple[int, int]) -> bytes:
    """Return a model in evaluation mode as one ONNX file with a free batch.

    Args:
        model: The model, on the processor.
        shape: ``(leads, samples)``.
    """
    example = torch.zeros(2, *shape)
    with _quiet_exporter(), torch.no_grad():
        program = torch.onnx.export(
            _Logits(model).eval(),
            (example,),
            input_names=[INPUT_NAME],
            output_names=[OUTPUT_NAME],
            dynamic_shapes={INPUT_NAME: {0: torch.export.Dim("batch")}},
            opset_version=_OPSET,
            dynamo=True,
            verbose=False,
        )
    if program is None:
        raise BundleError("PyTorch's exporter returned no ONNX program")
    return _without_traces(program.model_proto.SerializeToString())


def _without_traces(content: bytes) -> bytes:
    """Drop what the exporter remembers of the source code: it is of no use and holds local paths."""
    import onnx

    network = onnx.load_model_from_string(content)
    graph = network.graph
    for part in (network, graph, *graph.node, *graph.initializer, *graph.input, *graph.output):
        part.ClearField("metadata_props")
        part.ClearField("doc_string")
    graph.ClearField("value_info")
    serialised: bytes = network.SerializeToString(deterministic=True)
    return serialised


@contextmanager
def _quiet_exporter() -> Iterator[None]:
    """Silence the exporter: it warns of deprecations inside PyTorch and of a missing torchvision."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)


class _Logits(nn.Module):
    """What is exported: the logits alone, under the names of the bundle."""

    def __init__(self, model: EcgModel) -> None:
        super().__init__()
        self.model = model

    def forward(self, signal: Tensor) -> Tensor:
        """Return ``(batch, classes)`` of ``(batch, leads, samples)``."""
        logits: Tensor = self.model(signal).logits
        return logits
