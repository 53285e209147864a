"""The C code of the students on an emulated Cortex-M. ``.ci/board`` installs what it needs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from benchmarks.board.emulator import PROCESSORS, build, missing_tools, run
from benchmarks.board.run import on_this_machine, some_windows

from mvkt.bundle.bundle import Bundle
from mvkt.bundle.packaged import find

pytestmark = [
    pytest.mark.board,
    pytest.mark.skipif(bool(missing_tools()), reason=f"not installed: {', '.join(missing_tools())}"),
]


@pytest.mark.parametrize("processor", PROCESSORS)
@pytest.mark.parametrize("name", ["lead-I", "lead-II"])
def test_the_students_in_the_box_compute_the_same_bits_on_a_board(name: str, processor: str, tmp_path: Path) -> None:
    bundle = Bundle.open(find(name))
    signal = some_windows(bundle)
    firmware = build(bundle, PROCESSORS[processor], tmp_path)
    answers = run(firmware, signal)
    assert answers.logits.tobytes() == on_this_machine(bundle, signal, tmp_path).tobytes()
    assert np.abs(answers.logits - bundle.logits(signal)).max() < 0.02 * np.ptp(bundle.logits(signal))
    # What docs/results/board.md states, with some room for other compilers.
    assert firmware.flash_bytes < 160 * 1024
    assert firmware.static_bytes < 21 * 1024
    assert 100 < answers.stack_bytes < 600
    assert (answers.instructions > 10e6).all()
    assert answers.instructions.max() < (60e6 if processor == "Cortex-M3" else 25e6)


def test_instructions_are_the_same_in_every_run_and_grow_with_the_work(tmp_path: Path) -> None:
    bundle = Bundle.open(find("lead-I"))
    signal = some_windows(bundle)[:2]
    firmware = build(bundle, PROCESSORS["Cortex-M4F"], tmp_path)
    first = run(firmware, signal).instructions
    np.testing.assert_array_equal(first, run(firmware, signal).instructions)
    smaller = build(bundle, PROCESSORS["Cortex-M4F"], tmp_path, optimise="-Os")
    assert (run(smaller, signal).instructions > 1.5 * first).all()


def test_a_window_that_is_refused_is_a_fault_and_no_answer(tmp_path: Path) -> None:
    bundle = Bundle.open(find("lead-I"))
    signal = some_windows(bundle)[:1]
    signal[0, 0, 5] = np.nan
    with pytest.raises(RuntimeError, match="ended with a fault"):
        run(build(bundle, PROCESSORS["Cortex-M4F"], tmp_path), signal)
