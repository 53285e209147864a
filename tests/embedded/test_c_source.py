"""C code against ONNX Runtime."""

from __future__ import annotations

import ctypes
import re
import shutil
import subprocess
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper
from tests.embedded.conftest import NETWORKS, SAMPLES, Compute, noise

from mvkt.bundle.bundle import Bundle
from mvkt.bundle.packaged import find
from mvkt.ecg.formats import read
from mvkt.ecg.record import Record
from mvkt.ecg.rhythm_head import RhythmHead
from mvkt.ecg.signal import SignalSpec, windows
from mvkt.embedded.c_source import c_source, write_c
from mvkt.embedded.quantise import quantise
from mvkt.errors import BundleError

BundleOf = Callable[..., Bundle]
Compiled = Callable[[Bundle], Compute]


@pytest.mark.parametrize("name", NETWORKS)
def test_c_computes_what_onnx_runtime_computes(
    name: str, networks: dict[str, bytes], bundle_of: BundleOf, compiled: Compiled
) -> None:
    leads = NETWORKS[name][1]
    bundle = bundle_of(networks[name], leads)
    signal = noise(leads, seed=5) * 2
    np.testing.assert_allclose(compiled(bundle)(signal), bundle.logits(signal), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", ["plain", "several leads", "separable"])
def test_8_bits_in_c_compute_what_8_bits_in_onnx_runtime_compute(
    name: str, quantised: dict[str, bytes], bundle_of: BundleOf, compiled: Compiled
) -> None:
    leads = NETWORKS[name][1]
    bundle = bundle_of(quantised[name], leads)
    signal = noise(leads, seed=5)
    gap = np.abs(compiled(bundle)(signal) - bundle.logits(signal))
    # Sums of whole numbers are the same; where a float lies on the border of two, one step of one value may differ.
    assert gap.max() < 0.02 * np.ptp(bundle.logits(signal))
    assert gap.mean() < 0.002 * np.ptp(bundle.logits(signal))


@pytest.mark.data
def test_shipped_students_in_c_on_real_windows(shared_data: Path, compiled: Compiled) -> None:
    record = read(next((shared_data / "holter-sample").rglob("100.hea")))
    long = Record(record.signal[:36_000], record.leads, record.sampling_frequency)
    for name in ("lead-I", "lead-II"):
        bundle = Bundle.open(find(name))
        lead = Record(long.signal[:, :1], (bundle.manifest.view,), long.sampling_frequency)
        signal = windows(lead, bundle.manifest.signal, bundle.manifest.view).signal
        assert len(signal) >= 10
        from_c, logits = compiled(bundle)(signal), bundle.logits(signal)
        assert np.abs(from_c - logits).max() < 0.02 * np.ptp(logits)  # 8 bits, as above
        assert np.abs(from_c - logits).mean() < 0.002 * np.ptp(logits)


def test_no_constant_is_the_shape_of_a_table_that_is_not_there(
    networks: dict[str, bytes], quantised: dict[str, bytes], bundle_of: BundleOf
) -> None:
    exact = c_source(bundle_of(networks["plain"], name="exact"), "a")
    small = c_source(bundle_of(quantised["plain"], name="small"), "a")
    assert exact.sizes == {"weights": exact.constant_bytes, "memory": exact.arena_bytes}
    for code, kind in ((exact, "float"), (small, "int8_t")):
        found = re.findall(r"static const (\w+) c\d+\[(\d+)\]", code.source)
        sizes = {"float": 4, "int32_t": 4, "int8_t": 1, "uint8_t": 1}
        assert sum(sizes[type_] * int(count) for type_, count in found) == code.constant_bytes
        assert kind in {type_ for type_, _ in found}
        assert f"static float arena[{code.arena_bytes // 4}];" in code.source
    assert small.constant_bytes < exact.constant_bytes / 2
    # The 500 steps of 8 channels behind the stem, and the 250 of the first layer with what is added to it.
    assert exact.arena_bytes == 4 * (500 * 8 + 2 * 250 * 8)
    assert small.arena_bytes == exact.arena_bytes // 4


def test_every_kernel_is_used_and_only_those_that_are(
    networks: dict[str, bytes], quantised: dict[str, bytes], bundle_of: BundleOf
) -> None:
    used = set()
    for number, (name, network) in enumerate([*networks.items(), *quantised.items()]):
        source = c_source(bundle_of(network, NETWORKS[name][1], f"b{number}"), "a").source
        here = set(re.findall(r"^static (?:void|uint8_t) (\w+)\(", source, re.MULTILINE))
        assert all(source.count(f"{kernel}(") > 1 for kernel in here)
        used |= here
    there = {path.name.removesuffix(".c") for path in files("mvkt.embedded").joinpath("kernels").iterdir()}
    assert there - used == {"rectify", "quantise_u8"}, "these are tested below"


def test_a_relu_and_a_quantisation_of_their_own(bundle_of: BundleOf, compiled: Compiled) -> None:
    weights = np.random.default_rng(0).normal(size=(8, 1, 1, 5)).astype(np.float32)
    nodes = [
        helper.make_node("Unsqueeze", ["signal", "axis"], ["image"]),
        helper.make_node("Relu", ["image"], ["positive"]),
        helper.make_node("QuantizeLinear", ["positive", "size", "zero"], ["q"]),
        helper.make_node("DequantizeLinear", ["q", "size", "zero"], ["d"]),
        helper.make_node("DequantizeLinear", ["weights", "sizes", "zeros", ], ["w"], axis=0),
        helper.make_node("Conv", ["d", "w"], ["c"], pads=[0, 2, 0, 2], kernel_shape=[1, 5]),
        helper.make_node("QuantizeLinear", ["c", "size", "middle"], ["cq"]),
        helper.make_node("DequantizeLinear", ["cq", "size", "middle"], ["cd"]),
        helper.make_node("ReduceMax", ["cd", "axes"], ["m"], keepdims=0),
        helper.make_node("QuantizeLinear", ["m", "size", "middle"], ["mq"]),
        helper.make_node("DequantizeLinear", ["mq", "size", "middle"], ["md"]),
        helper.make_node("DequantizeLinear", ["last", "sizes3", "zeros3"], ["l"], axis=0),
        helper.make_node("DequantizeLinear", ["bias", "sizes_b", "zeros_b"], ["b"], axis=0),
        helper.make_node("Gemm", ["md", "l", "b"], ["logits"], transB=1),
    ]  # fmt: skip
    size = np.float32(0.05)
    constants = {
        "axis": np.array([2]),
        "axes": np.array([2, 3]),
        "size": size,
        "zero": np.uint8(0),
        "middle": np.uint8(128),
        "weights": np.clip(np.rint(weights / 0.04), -64, 63).astype(np.int8),
        "sizes": np.full(8, 0.04, dtype=np.float32),
        "zeros": np.zeros(8, dtype=np.int8),
        "last": np.arange(-12, 12, dtype=np.int8).reshape(3, 8),
        "sizes3": np.full(3, 0.1, dtype=np.float32),
        "zeros3": np.zeros(3, dtype=np.int8),
        "bias": np.array([100, 0, -100], dtype=np.int32),
        "sizes_b": np.full(3, size * np.float32(0.1), dtype=np.float32),
        "zeros_b": np.zeros(3, dtype=np.int32),
    }
    graph = helper.make_graph(
        nodes,
        "small",
        [helper.make_tensor_value_info("signal", TensorProto.FLOAT, ["batch", 1, SAMPLES])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", 3])],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    bundle = bundle_of(model.SerializeToString())
    source = c_source(bundle, "a").source
    assert "rectify(window" in source
    assert "quantise_u8(" in source
    signal = noise(seed=6)
    np.testing.assert_allclose(compiled(bundle)(signal), bundle.logits(signal), atol=1e-5)


def test_arguments_that_cannot_be(
    networks: dict[str, bytes], bundle_of: BundleOf, compiled: Compiled, tmp_path: Path
) -> None:
    bundle = bundle_of(networks["plain"])
    compiled(bundle)
    function = ctypes.CDLL(str(tmp_path / "student.so")).mvkt_judge
    window, logits = noise()[0], np.zeros(3, dtype=np.float32)
    pointers = [array.ctypes.data_as(ctypes.c_void_p) for array in (window, logits)]
    assert function(*pointers) == 0
    assert function(None, pointers[1]) == function(pointers[0], None) == 1
    for wrong in (np.nan, np.inf, -np.inf):
        window[0, 999] = wrong
        logits[:] = 7
        assert function(*pointers) == 2
        assert (logits == 7).all()


def test_the_header_has_the_preparation_of_the_window_and_the_outputs(
    networks: dict[str, bytes], bundle_of: BundleOf, tmp_path: Path
) -> None:
    odd = 'AF "*/ \\ ??/ 2'
    spec = SignalSpec(standardise="global", mean=0.1, std=0.25, band=(0.5, 40.0))
    bundle = bundle_of(
        networks["plain"], classes=(odd, "NORM", "STD"), titles={"NORM": "normal */ ECG"}, signal=spec,
        temperatures=(1.5, 2.0, 0.25), thresholds=(0.5, 0.125, 0.75),
    )  # fmt: skip
    header, _ = write_c(bundle, tmp_path / "my-student 2.c")
    text = header.read_text()
    assert "Minus 0.1 mV, divided by 0.25 mV" in text
    assert "Band-pass 0.5 to 40 Hz" in text
    assert "#ifndef MVKT_MY_STUDENT_2_H" in text
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        pytest.skip("needs a C compiler")
    main = tmp_path / "main.c"
    main.write_text(
        '#include "my-student 2.h"\n#include <stdio.h>\nint main(void) {\n'
        "    for (int i = 0; i < MVKT_CLASSES; i++)\n"
        '        printf("%s|%g|%g\\n", mvkt_classes[i], mvkt_temperatures[i], mvkt_thresholds[i]);\n'
        "    return MVKT_LEADS * MVKT_SAMPLES == 1000 ? 0 : 1;\n}\n"
    )
    command = [compiler, "-std=c99", "-Wall", "-Wextra", "-Werror", "-o", "main", "main.c", "my-student 2.c"]
    subprocess.run(command, check=True, cwd=tmp_path, timeout=120)
    printed = subprocess.run([tmp_path / "main"], check=True, capture_output=True, text=True, timeout=60).stdout
    assert printed.splitlines() == [f"{odd}|1.5|0.5", "NORM|2|0.125", "STD|0.25|0.75"]


def test_the_source_of_a_network_beside_beats_is_of_the_network_alone(
    networks: dict[str, bytes], bundle_of: BundleOf, rhythm_head: Callable[..., RhythmHead]
) -> None:
    beside = c_source(bundle_of(networks["plain"], rhythm=rhythm_head((1.0, 2.0, 3.0))), "a").source
    assert "This is the network alone. In mvkt the beats of a window add to its logits" in beside


def test_the_same_bundle_gives_the_same_code(networks: dict[str, bytes], bundle_of: BundleOf, tmp_path: Path) -> None:
    bundle = bundle_of(networks["plain"])
    assert c_source(bundle, "a") == c_source(bundle, "a")
    assert "network alone" not in c_source(bundle, "a").source
    assert str(tmp_path) not in c_source(bundle, "a").source


def test_what_there_is_no_c_code_for(
    networks: dict[str, bytes], bundle_of: BundleOf, make_bundle: Callable[..., Path], tmp_path: Path
) -> None:
    with pytest.raises(BundleError, match="no C code for Abs; known: Add, AveragePool"):
        c_source(Bundle.open(make_bundle()), "a")
    gated = bundle_of(quantise(networks["gates"], noise()), name="gated")
    with pytest.raises(BundleError, match="in float32 only; export the float32 network"):
        c_source(gated, "a")
    with pytest.raises(BundleError, match=r"ends in \.c, not student\.h"):
        write_c(gated, tmp_path / "student.h")
