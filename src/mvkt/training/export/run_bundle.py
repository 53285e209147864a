"""From a finished run to a bundle, and from a bundle back to a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from mvkt import __version__
from mvkt.bundle.bundle import Bundle
from mvkt.bundle.manifest import WEIGHTS_FILE, BundleManifest
from mvkt.ecg.leads import view_leads
from mvkt.ecg.signal import standardise
from mvkt.ecg.statements.kinds import NORMAL, SHAPE
from mvkt.errors import BundleError, ResultError
from mvkt.evaluation.npz_arrays import load_arrays
from mvkt.evaluation.result import ModelResult, Role, RunResult
from mvkt.evaluation.verdicts.calibration import Calibration
from mvkt.evaluation.verdicts.class_bands import Promise
from mvkt.files import sha256
from mvkt.models import EcgModel, build_model
from mvkt.training.checkpoint import load_tensors
from mvkt.training.export.bundle_folder import export_bundle
from mvkt.training.export.card import model_card

SHARES = "calibration_shares"
"""Key in the provenance of a bundle: class to its share in the records that the bundle was calibrated on."""

_PERSON = "person_term.weight"
_SECTIONS = ("abstention", "false_positives", "subgroups", "macro_auc_of_unknown_persons")


def export_run(run: Path, role: Role, out: Path, *, weights: bool = True) -> Bundle:
    """Make the bundle of a model of a finished run, from the files in the run's folder.

    The biases of the calibration go into the network: the output of the bundle's network is the model's logit plus bias
    times temperature, so that whoever runs it needs the temperatures alone. The same run gives the same bytes.

    Args:
        run: The folder.
        role: Which of its models.
        out: The folder; an older bundle there is replaced once the new bundle is whole.
        weights: Whether PyTorch is to be able to load the model again.

    Raises:
        ResultError: The run is not finished, or its results are damaged.
        TrainingError: Its weights are damaged.
        ExportMismatchError: As :func:`~mvkt.training.export.bundle_folder.export_bundle`.
        BundleError: Likewise.
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
    if trained.calibration.promise is not None:
        shared[SHARES] = calibration_shares(result.classes, trained.calibration.promise)
    own = trained.model_dump(mode="json", include={"parameters", "epochs", "best_epoch", "validation_macro_auc"})
    figures: dict[str, Any] = {
        "evaluation": trained.evaluation.model_dump(mode="json"),
        "macro_auc": {name: other.evaluation.macro_auc.model_dump() for name, other in result.models.items()},
    }
    for section in _SECTIONS:
        if getattr(trained, section):
            figures[section] = trained.model_dump(mode="json", include={section})[section]
    if result.outside is not None:
        agreement = {section: figures.pop(section) for section in ("evaluation", *_SECTIONS) if section in figures}
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


def calibration_shares(classes: Sequence[str], promise: Promise) -> dict[str, float]:
    """Return class to its share in the validation records."""
    counts = zip(classes, promise.positives, promise.negatives, strict=True)
    return {code: positives / (positives + negatives) for code, positives, negatives in counts}


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


def _model(result: RunResult, role: Role) -> ModelResult:
    model: ModelResult | None = getattr(result.models, role)
    if model is None:
        raise ResultError(f"the run has no {role}: it was trained without transfer, and has a student alone")
    return model
