"""A bundle: the folder that is deployed, and its network in ONNX Runtime."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mvkt.bundle.manifest import MODEL_FILE, BundleManifest, read_manifest
from mvkt.ecg.signal import standardise
from mvkt.errors import BundleError

if TYPE_CHECKING:
    import onnxruntime

INPUT_NAME = "signal"
OUTPUT_NAME = "logits"

LARGEST_MODEL_BYTES = 512 * 1024 * 1024
"""A larger network is not read."""

# The entry "location" that every tensor outside the file needs, in each way that protobuf allows to write it.
# Strings are contiguous in protobuf, so a file without these bytes refers to no other file.
_EXTERNAL_DATA = re.compile(rb"(\x0a|\x8a\x80*\x00)(\x08|\x88\x80*\x00)location")


@dataclass(frozen=True, eq=False)
class Bundle:
    """An opened bundle.

    Attributes:
        path: Its folder.
        manifest: The content of ``bundle.json``.
        session: The network, ready to run.
    """

    path: Path
    manifest: BundleManifest
    session: onnxruntime.InferenceSession

    @classmethod
    def open(cls, path: str | Path, threads: int = 1) -> Bundle:
        """Open a bundle and check it: version, checksum, and the network against the manifest.

        Args:
            path: The folder.
            threads: Processor threads for one run of the network. A student is too small to gain from more
                than one on single windows; large batches do.

        Raises:
            BundleError: The bundle is missing, damaged, of another version, or contradicts itself.
        """
        folder = Path(path)
        manifest = read_manifest(folder)
        session = start_network(folder / MODEL_FILE, _read_model(folder, manifest), threads)
        _check_network(session, manifest, folder)
        return cls(path=folder, manifest=manifest, session=session)

    def logits(self, signal: NDArray[np.float32]) -> NDArray[np.float32]:
        """Run the network on a batch.

        Args:
            signal: ``(windows, leads, samples)`` float32, standardised.

        Returns:
            ``(windows, classes)`` float32.

        Raises:
            BundleError: The network gives something that is not a number.
        """
        try:
            logits: NDArray[np.float32] = self.session.run([OUTPUT_NAME], {INPUT_NAME: signal})[0]
        except Exception as error:  # ONNX Runtime's errors share no base but Exception
            raise BundleError(f"the network of {self.path} does not run on {signal.shape}: {error}") from error
        if not np.isfinite(logits).all():
            raise BundleError(f"the network of {self.path} gives values that are not numbers; export it again")
        return logits

    def logits_of(self, microvolts: NDArray[np.int16], age: ArrayLike, sex: ArrayLike) -> NDArray[np.float32]:
        """Run the network on windows as they are cut, and add what age, sex and beats add where they do.

        Args:
            microvolts: ``(windows, leads, samples)`` int16, :data:`~mvkt.ecg.signal.MISSING` in gaps.
            age: ``(windows,)`` years, NaN where unknown; or ``(1,)`` of the person of all.
            sex: ``(windows,)`` ``"female"``, ``"male"`` or ``""``; or ``(1,)``.

        Returns:
            ``(windows, classes)`` float32.

        Raises:
            BundleError: As :meth:`logits`.
        """
        manifest = self.manifest
        logits = self.logits(standardise(microvolts, manifest.signal))
        return logits + manifest.person_shift(age, sex) + manifest.rhythm_shift(microvolts)


def read_network(path: Path) -> bytes:
    """Return an ONNX file.

    Raises:
        BundleError: It is missing, too large, or refers to other files.
    """
    if not path.is_file():
        raise BundleError(f"{path.parent} has no {path.name}; copy the whole bundle again")
    size = path.stat().st_size
    if size > LARGEST_MODEL_BYTES:
        raise BundleError(f"{path} has {size:,} bytes; at most {LARGEST_MODEL_BYTES:,} are read")
    content = path.read_bytes()
    if _EXTERNAL_DATA.search(content):
        raise BundleError(f"{path} keeps weights in other files; expected all of them in {path.name}: export it again")
    return content


def _read_model(folder: Path, manifest: BundleManifest) -> bytes:
    """Return the bytes that were checked, so that nothing can change between the check and the use."""
    path = folder / MODEL_FILE
    expected = manifest.checksums.get(MODEL_FILE)
    content = read_network(path)
    if expected is None:
        raise BundleError(f"{folder} has no checksum of {MODEL_FILE}; export the bundle again")
    if hashlib.sha256(content).hexdigest() != expected:
        raise BundleError(f"{path} is not the file that was exported (its SHA-256 differs); copy the bundle again")
    return content


def start_network(path: Path, content: bytes, threads: int) -> onnxruntime.InferenceSession:
    """Start ONNX Runtime, on the processor, for a network.

    Args:
        path: Its file, for messages.
        content: Of the file.
        threads: Processor threads for one run.

    Raises:
        BundleError: ONNX Runtime cannot run it.
    """
    import onnxruntime

    onnxruntime.disable_telemetry_events()  # for who imported it before mvkt; see mvkt/__init__.py
    # Its warnings are about hardware that is not there.
    onnxruntime.set_default_logger_severity(3)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime's errors share no base but Exception
        raise BundleError(f"{path} is no network that ONNX Runtime can run: {error}") from error


def _check_network(session: onnxruntime.InferenceSession, manifest: BundleManifest, folder: Path) -> None:
    """Compare the network's input and output with the manifest; the batch must be free."""
    inside = {
        INPUT_NAME: (session.get_inputs(), [len(manifest.leads), manifest.signal.window_samples]),
        OUTPUT_NAME: (session.get_outputs(), [len(manifest.classes)]),
    }
    for name, (values, shape) in inside.items():
        if [value.name for value in values] != [name] or values[0].type != "tensor(float)":
            found = ", ".join(f"{value.name} {value.type}" for value in values)
            raise BundleError(f"{folder}: the network should have the one tensor(float) {name!r}, it has {found}")
        free, *rest = values[0].shape or [1]
        if rest != shape or isinstance(free, int):
            raise BundleError(
                f"{folder}: {name!r} is {values[0].shape}, by bundle.json {['batch', *shape]}; "
                "they do not belong together: export the bundle again"
            )
