from __future__ import annotations

import ctypes
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from tests.training.export.made_networks import network

from mvkt.bundle.bundle import Bundle
from mvkt.embedded.c_source import write_c
from mvkt.embedded.quantise import quantise
from mvkt.training.export.onnx_file import to_onnx

CLASSES, SAMPLES = 3, 1000
VIEWS = {1: "I", 3: "I+II+V2"}
NETWORKS: dict[str, tuple[str, int, dict[str, Any]]] = {
    # name: model, leads, settings
    "plain": ("resnet1d", 1, {"widths": (8, 12), "kernel_size": 5}),
    "several leads": ("resnet1d", 3, {"widths": (8, 8), "stem_stride": 4}),
    "gates": ("resnet1d", 1, {"widths": (8, 16), "squeeze_excite": True}),
    "separable": ("separable1d", 1, {"widths": (8, 16)}),
    "bottlenecks": ("xresnet1d50", 1, {"stem_widths": (8, 8, 8), "widths": (8, 8, 8, 8)}),
}

Compute = Callable[[NDArray[np.float32]], NDArray[np.float32]]


def noise(leads: int = 1, windows: int = 24, seed: int = 0) -> NDArray[np.float32]:
    return np.random.default_rng(seed).normal(size=(windows, leads, SAMPLES)).astype(np.float32)


@pytest.fixture(scope="session")
def networks() -> dict[str, bytes]:
    """Networks as they are after some training, in ONNX."""
    return {
        name: to_onnx(network(leads, model_name, **settings), (leads, SAMPLES))
        for name, (model_name, leads, settings) in NETWORKS.items()
    }


@pytest.fixture(scope="session")
def quantised(networks: dict[str, bytes]) -> dict[str, bytes]:
    """Those of them for which there is C code in 8 bits, quantised on noise."""
    return {
        name: quantise(networks[name], noise(NETWORKS[name][1])) for name in ("plain", "several leads", "separable")
    }


@pytest.fixture
def bundle_of(make_bundle: Callable[..., Path]) -> Callable[..., Bundle]:
    """Make a bundle around a network; keywords override the manifest."""

    def make(network: bytes, leads: int = 1, name: str = "student", **overrides: Any) -> Bundle:
        model = onnx.load_model_from_string(network)
        return Bundle.open(make_bundle(name, model, view=VIEWS[leads], **overrides))

    return make


@pytest.fixture
def compiled(tmp_path: Path) -> Callable[[Bundle], Compute]:
    """Write a bundle as C, compile it with every warning an error, and return its function of windows."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        pytest.skip("needs a C compiler")

    def build(bundle: Bundle) -> Compute:
        source, library = tmp_path / f"{bundle.path.name}.c", tmp_path / f"{bundle.path.name}.so"
        write_c(bundle, source)
        flags = ["-std=c99", "-O2", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-shared", "-fPIC"]
        subprocess.run([compiler, *flags, "-o", library, source, "-lm"], check=True, timeout=120)
        function = ctypes.CDLL(str(library)).mvkt_judge

        def run(windows: NDArray[np.float32]) -> NDArray[np.float32]:
            logits = np.full((len(windows), len(bundle.manifest.classes)), np.nan, dtype=np.float32)
            for window, row in zip(np.ascontiguousarray(windows), logits, strict=True):
                assert function(window.ctypes.data_as(ctypes.c_void_p), row.ctypes.data_as(ctypes.c_void_p)) == 0
            return logits

        return run

    return build
