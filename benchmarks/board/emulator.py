"""A student as firmware of an emulated Cortex-M: how large it is, what it computes, and in how many instructions.

Needs Debian's packages ``qemu-system-arm``, ``gcc-arm-none-eabi`` and ``libnewlib-arm-none-eabi``.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from mvkt.bundle.bundle import Bundle
from mvkt.embedded.c_source import write_c

COMPILER, SIZE, EMULATOR = "arm-none-eabi-gcc", "arm-none-eabi-size", "qemu-system-arm"
HERE = Path(__file__).parent
CALIBRATION = 2_000_000
"""Instructions of the loop in ``firmware.c`` that measures how many instructions are a tick."""


@dataclass(frozen=True)
class Processor:
    """One of Arm's MPS2 boards as QEMU emulates it.

    Attributes:
        machine: Its name in QEMU.
        flags: Of the compiler.
    """

    machine: str
    flags: tuple[str, ...]


PROCESSORS: Mapping[str, Processor] = MappingProxyType(
    {
        "Cortex-M3": Processor("mps2-an385", ("-mcpu=cortex-m3",)),
        "Cortex-M4F": Processor("mps2-an386", ("-mcpu=cortex-m4", "-mfpu=fpv4-sp-d16", "-mfloat-abi=hard")),
        "Cortex-M7": Processor("mps2-an500", ("-mcpu=cortex-m7", "-mfpu=fpv5-d16", "-mfloat-abi=hard")),
    }
)


@dataclass(frozen=True)
class Firmware:
    """What was linked.

    Attributes:
        path: The ELF file.
        processor: What it runs on.
        classes: Logits of one window.
        flash_bytes: Code and constants, with 0.4 KB that start the processor and exchange files.
        static_bytes: Static memory: working memory, the window and the logits.
    """

    path: Path
    processor: Processor
    classes: int
    flash_bytes: int
    static_bytes: int


@dataclass(frozen=True)
class Answers:
    """What the firmware found.

    Attributes:
        logits: ``(windows, classes)``.
        instructions: Executed for each window.
        stack_bytes: The deepest that the stack was below the caller, over the windows.
    """

    logits: NDArray[np.float32]
    instructions: NDArray[np.int64]
    stack_bytes: int


def missing_tools() -> list[str]:
    """The programs that are not installed."""
    return [tool for tool in (COMPILER, SIZE, EMULATOR) if shutil.which(tool) is None]


def build(bundle: Bundle, processor: Processor, folder: Path, *, optimise: str = "-O2") -> Firmware:
    """Compile a bundle's network with what runs it on an emulated board.

    Args:
        bundle: Of a network for which there is C code.
        processor: What it is for.
        folder: Where sources and firmware are written.
        optimise: An option of the compiler.
    """
    source, path = folder / "student.c", folder / "firmware.elf"
    write_c(bundle, source)
    options = ["-std=c99", optimise, "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-mthumb", *processor.flags]
    link: list[str | Path] = ["-nostartfiles", "--specs=nano.specs", "-T", HERE / "firmware.ld", "-Wl,--gc-sections"]
    sections = ["-ffunction-sections", "-fdata-sections"]
    _run([COMPILER, *options, *sections, "-I", folder, *link, "-o", path, HERE / "firmware.c", source, "-lm"])
    text, data, bss = map(int, _run([SIZE, path]).splitlines()[1].split()[:3])
    return Firmware(path, processor, len(bundle.manifest.classes), text + data, data + bss)


def run(firmware: Firmware, windows: NDArray[np.float32]) -> Answers:
    """Run firmware in the emulator.

    Args:
        firmware: Of :func:`build`.
        windows: ``(windows, leads, samples)``.

    Raises:
        RuntimeError: The firmware ended with a fault, or answered for fewer windows.
    """
    folder = firmware.path.parent
    windows.astype("<f4").tofile(folder / "windows.bin")
    answers = folder / "answers.bin"
    answers.unlink(missing_ok=True)
    quiet = ["-display", "none", "-monitor", "none", "-serial", "none", "-icount", "shift=0"]
    files = ["-semihosting-config", "enable=on,target=native"]
    command = [EMULATOR, "-M", firmware.processor.machine, *quiet, *files, "-kernel", firmware.path.name]
    ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)  # noqa: S603
    if ended.returncode != 0:
        raise RuntimeError(f"the firmware ended with a fault: {ended.stderr.strip() or 'it reported no reason'}")
    row = np.dtype([("logits", "<f4", firmware.classes), ("ticks", "<u4"), ("stack_bytes", "<u4")])
    rows = np.fromfile(answers, dtype=row, offset=4)
    if len(rows) != len(windows):
        raise RuntimeError(f"{len(windows)} windows went in, and {len(rows)} answers came out")
    per_tick = CALIBRATION / int(np.fromfile(answers, dtype="<u4", count=1)[0])
    instructions = np.rint(rows["ticks"] * per_tick).astype(np.int64)
    return Answers(rows["logits"].copy(), instructions, int(rows["stack_bytes"].max()))


def versions() -> str:
    """Compiler and emulator, in words."""
    compiler = _run([COMPILER, "--version"]).splitlines()[0]
    emulator = _run([EMULATOR, "--version"]).splitlines()[0]
    numbers = [re.search(r"\d+(\.\d+)+", line) for line in (compiler, emulator)]
    gcc, qemu = (found[0] if found else "of unknown version" for found in numbers)
    return f"{COMPILER} {gcc}, QEMU {qemu}"


def _run(command: Sequence[str | Path]) -> str:
    ended = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)  # noqa: S603
    if ended.returncode != 0:
        raise RuntimeError(f"{command[0]} failed: {ended.stderr.strip()}")
    return ended.stdout
