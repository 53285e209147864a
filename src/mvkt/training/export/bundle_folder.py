"""A network as the folder of a bundle: written, opened, compared with the network, and only then put in place."""

from __future__ import annotations

import copy
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save
from scipy.special import expit

from mvkt.bundle.bundle import Bundle
from mvkt.bundle.manifest import CARD_FILE, MANIFEST_FILE, MODEL_FILE, WEIGHTS_FILE, BundleManifest
from mvkt.errors import BundleError, ExportMismatchError
from mvkt.files import sha256
from mvkt.models import EcgModel
from mvkt.training.export.onnx_file import to_onnx

LOGIT_TOLERANCE = 1e-3
PROBABILITY_TOLERANCE = 1e-4
_WINDOWS_AT_ONCE = 32


def export_bundle(
    model: EcgModel,
    manifest: BundleManifest,
    windows: NDArray[np.float32],
    out: Path,
    card: str,
    *,
    weights: bool = True,
) -> Bundle:
    """Write a bundle and open it; what it computes is compared with the model before it is put in place.

    Args:
        model: The trained model; it is not changed.
        manifest: Everything but the checksums.
        windows: ``(windows, leads, samples)`` real model input, standardised, to compare on.
        out: The folder; an older bundle there is replaced once the new bundle is whole.
        card: The model card, Markdown.
        weights: Whether PyTorch is to be able to load the model again; to run it, ``model.onnx`` is enough.

    Raises:
        ExportMismatchError: ONNX Runtime and PyTorch differ by more than 1e-3 in a logit or 1e-4 in a
            probability.
        BundleError: The parts do not belong together, or something that is no bundle is in the way.
    """
    _check_windows(windows, manifest)
    _check_place(out)
    frozen = copy.deepcopy(model).cpu().float().eval()
    contents = {MODEL_FILE: to_onnx(frozen, (len(manifest.leads), manifest.signal.window_samples))}
    if weights:
        contents[WEIGHTS_FILE] = save({name: tensor.contiguous() for name, tensor in frozen.state_dict().items()})
    return write_bundle(manifest, contents, card, out, lambda bundle: _compare(frozen, bundle, windows))


def write_bundle(
    manifest: BundleManifest, contents: Mapping[str, bytes], card: str, out: Path, check: Callable[[Bundle], None]
) -> Bundle:
    """Write a bundle, open and check it, and only then put it in place.

    Args:
        manifest: Everything but the checksums.
        contents: The network and, if they are to be there, the weights, by the names of their files.
        card: The model card, Markdown.
        out: As :func:`export_bundle`.
        check: Raises when the bundle must not be put in place.

    Raises:
        BundleError: Something that is no bundle is in the way, or the parts do not belong together.
    """
    _check_place(out)
    out.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
    try:
        temporary.chmod(0o755)
        _write_files(manifest, contents, temporary, card)
        check(Bundle.open(temporary))
        _put_in_place(temporary, out)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return Bundle.open(out)


def _write_files(manifest: BundleManifest, contents: Mapping[str, bytes], folder: Path, card: str) -> None:
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    checksums = {name: sha256(folder / name) for name in contents}
    complete = manifest.model_copy(update={"checksums": checksums})
    complete.save(folder / MANIFEST_FILE)
    (folder / CARD_FILE).write_text(card, encoding="utf-8")


def _check_windows(windows: NDArray[np.float32], manifest: BundleManifest) -> None:
    expected = (len(manifest.leads), manifest.signal.window_samples)
    if windows.ndim != 3 or not len(windows) or windows.shape[1:] != expected or windows.dtype != np.float32:
        raise BundleError(
            f"an export is compared on float32 windows of shape (1 or more, {expected[0]}, {expected[1]}); "
            f"these are {windows.shape} in {windows.dtype}"
        )


def _check_place(out: Path) -> None:
    """Refuse to replace anything but a bundle."""
    if out.exists() and not (out / MANIFEST_FILE).is_file() and not (out.is_dir() and not any(out.iterdir())):
        raise BundleError(f"{out} exists and is no bundle; choose another folder")


def _compare(model: EcgModel, bundle: Bundle, windows: NDArray[np.float32]) -> None:
    """Raise when the bundle does not compute what the model computes."""
    temperatures = np.array(bundle.manifest.temperatures)
    for start in range(0, len(windows), _WINDOWS_AT_ONCE):
        batch = np.ascontiguousarray(windows[start : start + _WINDOWS_AT_ONCE])
        with torch.no_grad():
            trained = model(torch.from_numpy(batch)).logits.numpy().astype(np.float64)
        exported = bundle.logits(batch).astype(np.float64)
        logit_gap = float(np.abs(exported - trained).max())
        probability_gap = float(np.abs(expit(exported / temperatures) - expit(trained / temperatures)).max())
        # Written so that a NaN fails too.
        if not (logit_gap <= LOGIT_TOLERANCE and probability_gap <= PROBABILITY_TOLERANCE):
            raise ExportMismatchError(
                f"the exported network differs from the trained network by {logit_gap:.2g} in a logit and "
                f"{probability_gap:.2g} in a probability (allowed: {LOGIT_TOLERANCE:g} and "
                f"{PROBABILITY_TOLERANCE:g}); no bundle was written. Does ONNX have every layer?"
            )


def _put_in_place(temporary: Path, out: Path) -> None:
    """Rename a finished folder to ``out``; what was there goes only after that."""
    if not out.exists():
        temporary.rename(out)
        return
    aside = out.with_name(f".{out.name}.{os.getpid()}.old")
    out.rename(aside)
    temporary.rename(out)
    shutil.rmtree(aside)
