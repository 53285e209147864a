"""From a trained model to a bundle, and back to a model."""

from __future__ import annotations

import copy
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load_file, save
from scipy.special import expit
from torch import Tensor

from mvkt import __version__
from mvkt.bundle.bundle import Bundle
from mvkt.bundle.manifest import CARD_FILE, MANIFEST_FILE, MODEL_FILE, WEIGHTS_FILE, BundleManifest
from mvkt.ecg.leads import view_leads
from mvkt.ecg.signal import standardise
from mvkt.ecg.statements.kinds import NORMAL, SHAPE
from mvkt.errors import BundleError, ExportMismatchError, ResultError
from mvkt.evaluation.npz_arrays import load_arrays
from mvkt.evaluation.result import ModelResult, Role, RunResult
from mvkt.evaluation.verdicts.calibration import Calibration
from mvkt.files import sha256
from mvkt.models import EcgModel, build_model
from mvkt.training.checkpoint import load_tensors
from mvkt.training.export.card import model_card
from mvkt.training.export.onnx_file import to_onnx

LOGIT_TOLERANCE = 1e-3
PROBABILITY_TOLERANCE = 1e-4
_WINDOWS_AT_ONCE = 32
_PERSON = "person_term.weight"
_AGREEMENT = ("abstention", "false_positives", "subgroups", "macro_auc_of_unknown_persons")


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


def export_run(run: Path, role: Role, out: Path, *, weights: bool = True) -> Bundle:
    """Make the bundle of a model of a finished run, from the files in the run's folder.

    The biases of the calibration go into the network: the output of the bundle's network is the model's logit plus bias
    times temperature, so that whoever runs it needs the temperatures alone. The same run gives the same bytes.

    Args:
        run: The folder.
        role: Which of its models.
        out: As :func:`export_bundle`.
        weights: As :func:`export_bundle`.

    Raises:
        ResultError: The run is not finished, or its results are damaged.
        TrainingError: Its weights are damaged.
        ExportMismatchError: As :func:`export_bundle`.
        BundleError: As :func:`export_bundle`.
    """
    result = RunResult.load(run / "result.json")
    trained = _model(result, role)
    if trained.members > 1:
        raise BundleError(f"the {role} of {run} is {trained.members} networks; a bundle holds a single network")
    manifest = bundle_manifest(result, role)
    path = run / role / "best.safetensors"
    weights_of_task = _of_task(load_tensors(path), len(manifest.classes))
    if (person := weights_of_task.pop(_PERSON, None)) is not None:
        manifest = manifest.model_copy(update={"person_weights": tuple(map(tuple, person.tolist()))})
    model = _build(manifest, weights_of_task, path)
    _add_biases(model, trained.calibration)
    windows = _example_windows(run / "examples.npz", trained)
    return export_bundle(model, manifest, windows, out, model_card(result, role, manifest), weights=weights)


def bundle_manifest(result: RunResult, role: Role) -> BundleManifest:
    """Return the manifest of a model of a run, without checksums.

    Nothing in it depends on when or how fast it was made, so that training again gives the same bundle.
    """
    trained = _model(result, role)
    sections = {"corpus", "split", "records", "recipe", *(["starts"] if result.starts else [])}
    shared = result.model_dump(mode="json", include=sections)
    if result.outside is None and (without := result.unlabelled_of(role)):
        shared["unlabelled_records"] = without
    own = trained.model_dump(mode="json", include={"parameters", "epochs", "best_epoch", "validation_macro_auc"})
    figures: dict[str, Any] = {
        "evaluation": trained.evaluation.model_dump(mode="json"),
        "macro_auc": {name: other.evaluation.macro_auc.model_dump() for name, other in result.models.items()},
    }
    for section in ("abstention", "false_positives", "subgroups", "macro_auc_of_unknown_persons"):
        if getattr(trained, section):
            figures[section] = trained.model_dump(mode="json", include={section})[section]
    if result.outside is not None:
        agreement = {section: figures.pop(section) for section in ("evaluation", *_AGREEMENT) if section in figures}
        figures = {"agreement": {**agreement, "teacher": result.outside.model_dump(mode="json", exclude={"by_labels"})}}
        if result.outside.by_labels is not None:
            figures["evaluation"] = result.outside.by_labels.model_dump(mode="json")
    if role == "student" and result.transfer is not None:
        figures["transfer"] = result.transfer.model_dump(mode="json")
    return BundleManifest(
        name=result.name if role == result.deployed else f"{result.name}-{role}",
        task=result.task,
        classes=result.classes,
        titles=dict(result.titles),
        view=trained.view,
        signal=trained.signal,
        temperatures=trained.calibration.temperatures,
        thresholds=trained.calibration.thresholds,
        inconclusive=trained.calibration.inconclusive,
        rhythm=trained.rhythm,
        despite_noise=despite_noise(trained.calibration),
        typical=dict(result.typical),
        normal=tuple(code for code in result.classes if code in NORMAL),
        shape=tuple(code for code in result.classes if code in SHAPE),
        architecture=dict(trained.architecture),
        provenance={"run": result.name, "model": role, **shared, **own},
        figures=figures,
        tool_version=__version__,
    )


def despite_noise(calibration: Calibration) -> tuple[str, ...]:
    """Return the classes that noise is not to hide; see :class:`BundleManifest`."""
    limits = calibration.promise.limits if calibration.promise else {}
    return tuple(code for code, wanted in limits.items() if wanted.despite_noise)


def load_model(bundle: Bundle) -> EcgModel:
    """Build the PyTorch model of a bundle with its weights, in evaluation mode.

    Raises:
        BundleError: The weights are missing, damaged, or of another model.
    """
    path, manifest = bundle.path / WEIGHTS_FILE, bundle.manifest
    if WEIGHTS_FILE not in manifest.checksums:
        raise BundleError(f"{bundle.path} was made to be run, without {WEIGHTS_FILE}; export it again with weights")
    try:
        if sha256(path) != manifest.checksums.get(WEIGHTS_FILE):
            raise BundleError(f"{path} is not the file that was exported (its SHA-256 differs); copy the bundle again")
        weights = load_file(path)
    except (OSError, SafetensorError) as error:
        raise BundleError(f"cannot read the weights {path}: {error}; copy the whole bundle again") from error
    return _build(manifest, weights, path)


def _build(manifest: BundleManifest, weights: Mapping[str, Tensor], path: Path) -> EcgModel:
    settings = {key: value for key, value in manifest.architecture.items() if key not in ("leads", "classes")}
    model = build_model(leads=len(manifest.leads), classes=len(manifest.classes), **settings)
    try:
        model.load_state_dict(weights)
    except RuntimeError as error:
        raise BundleError(f"{path} does not fit the architecture {manifest.architecture}: {error}") from error
    return model.eval()


def _of_task(weights: Mapping[str, Tensor], classes: int) -> dict[str, Tensor]:
    """Leave out what a network has learned besides its task: auxiliary classes come last in its last layers."""
    *_, last = (name for name in weights if name.startswith("classifier.") and name.endswith(".weight"))
    layer = (last, last.removesuffix("weight") + "bias", _PERSON)
    return {name: tensor[:classes].clone() if name in layer else tensor for name, tensor in weights.items()}


def _add_biases(model: EcgModel, calibration: Calibration) -> None:
    """Add bias times temperature to the logits of a model, in the last layer of its classifier."""
    if not any(calibration.biases):
        return
    layers = [layer for layer in model.classifier.modules() if isinstance(layer, torch.nn.Linear)]
    bias = layers[-1].bias if layers else None
    if bias is None or len(bias) != model.classes:
        raise BundleError(
            f"the classifier of {type(model).__name__} does not end in a linear layer with a bias, so the biases of "
            "the calibration have no place in the network"
        )
    shift = np.multiply(calibration.biases, calibration.temperatures)
    with torch.no_grad():
        bias.add_(torch.from_numpy(shift).to(bias.dtype))


def _example_windows(path: Path, trained: ModelResult) -> NDArray[np.float32]:
    """Return the example recordings of a run as input of a model."""
    arrays = load_arrays(path, ("microvolts", "leads"))
    there = [str(lead) for lead in arrays["leads"]]
    missing = [lead for lead in view_leads(trained.view) if lead not in there]
    if missing:
        raise BundleError(f"{path} has leads {', '.join(there)}; the model reads {', '.join(missing)} as well")
    columns = [there.index(lead) for lead in view_leads(trained.view)]
    return standardise(arrays["microvolts"][:, columns].astype(np.int16), trained.signal)


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


def _model(result: RunResult, role: Role) -> ModelResult:
    model: ModelResult | None = getattr(result.models, role)
    if model is None:
        raise ResultError(f"the run has no {role}: it was trained without transfer, and has a student alone")
    return model
