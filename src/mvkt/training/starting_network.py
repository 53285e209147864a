"""A network from which another goes on: of the box, of a bundle, or of a finished run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from torch import Tensor

from mvkt.bundle.hub import is_address
from mvkt.bundle.manifest import MANIFEST_FILE, MODEL_FILE, WEIGHTS_FILE, BundleManifest, read_manifest
from mvkt.bundle.packaged import find, names
from mvkt.ecg.leads import view_leads
from mvkt.ecg.signal import SignalSpec
from mvkt.errors import BundleError, RecipeError, hint
from mvkt.evaluation.result import ROLES, RunResult
from mvkt.evaluation.result_sections import LearnedFrom
from mvkt.files import sha256
from mvkt.models import build_model
from mvkt.training.checkpoint import load_tensors
from mvkt.training.dequantised import dequantised_weights

_RESULT, _RECIPE, _WEIGHTS_OF_RUN = "result.json", "recipe.json", "best.safetensors"


@dataclass(frozen=True)
class StartingNetwork:
    """A trained network, as a beginning of another.

    Attributes:
        name: Of a network in the box, or of its folder; nothing of where that lies.
        path: The file of its weights.
        sha256: Of that file.
        view: Leads that it sees.
        signal: How a recording becomes its input.
        classes: That it knows, in the order of its logits; there may be auxiliary classes after them.
        architecture: Name and settings, leads and classes among them.
        learned_from: What it has learned from, and what its own start has; empty where it does not state that.
        person_weights: ``(classes, features)``: what age and sex add to its logits; empty where that is in its weights.
    """

    name: str
    path: Path
    sha256: str
    view: str
    signal: SignalSpec
    classes: tuple[str, ...]
    architecture: Mapping[str, Any]
    learned_from: tuple[LearnedFrom, ...]
    person_weights: tuple[tuple[float, ...], ...] = ()

    @property
    def quantised(self) -> bool:
        """Whether its weights are there in 8 bits alone, and the batch normalisation is a part of them."""
        return self.path.name == MODEL_FILE

    @property
    def leads(self) -> tuple[str, ...]:
        """The leads of the view."""
        return view_leads(self.view)

    @property
    def model(self) -> dict[str, Any]:
        """Name and settings of its backbone, without leads and classes."""
        return {key: value for key, value in self.architecture.items() if key not in ("leads", "classes")}

    def shared(self, classes: Sequence[str]) -> tuple[str, ...]:
        """Return the classes that it knows by the same code."""
        return tuple(code for code in classes if code in self.classes)

    def weights(self) -> dict[str, Tensor]:
        """Read its weights.

        Raises:
            BundleError: The file has changed since it was found, or its 8-bit weights cannot be given to a network.
            TrainingError: The file is damaged.
        """
        content = self.path.read_bytes()
        if sha256(self.path) != self.sha256:
            raise BundleError(f"{self.path} is not the file that was exported (its SHA-256 differs); copy it again")
        if not self.quantised:
            return load_tensors(self.path)
        return dequantised_weights(content, build_model(**self.architecture))


def find_start(start: str) -> StartingNetwork:
    """Find the network that another is to go on from.

    Args:
        start: Name of a network in the box, folder or ``hf://`` address of a bundle, folder of a finished run (whose
            student it is), or of a network in it (``run/teacher``, ``run/baseline``).

    Raises:
        RecipeError: There is no such network, or the run is not finished.
        BundleError: The bundle is damaged.
        ResultError: The result of the run is damaged.
        HubError: The hub cannot be reached.
    """
    path = Path(start)
    if not is_address(start) and not (path / MANIFEST_FILE).is_file() and start not in names():
        for run, role in ((path, "student"), (path.parent, path.name)):
            if role in ROLES and (run / _RESULT).is_file():
                return _of_run(run, role)
        if (path / _RECIPE).is_file() or (path / _WEIGHTS_OF_RUN).is_file():
            raise RecipeError(f"start: the run of {start} is not finished; go on with it by mvkt train --resume")
        if path.exists():
            raise RecipeError(f"start: {start} is neither a bundle nor a finished run")
        raise RecipeError(
            f"start: there is no network {start!r} in the box and no folder of that name; "
            f"{hint(start, names(), 'in the box are')}"
        )
    return _of_bundle(find(start), start)


def _of_bundle(folder: Path, start: str) -> StartingNetwork:
    manifest = read_manifest(folder)
    file = WEIGHTS_FILE if WEIGHTS_FILE in manifest.checksums else MODEL_FILE
    if not (folder / file).is_file() or file not in manifest.checksums:
        raise BundleError(f"{folder} has no {file}, or no checksum of it; copy the whole bundle again")
    return StartingNetwork(
        name=start if start in names() or is_address(start) else folder.name,
        path=folder / file,
        sha256=manifest.checksums[file],
        view=manifest.view,
        signal=manifest.signal,
        classes=manifest.classes,
        architecture=manifest.architecture,
        learned_from=_stated(manifest),
        person_weights=manifest.person_weights,
    )


def _of_run(run: Path, role: str) -> StartingNetwork:
    result = RunResult.load(run / _RESULT)
    model = next((model for name, model in result.models.items() if name == role), None)
    if model is None or not (run / role / _WEIGHTS_OF_RUN).is_file():
        there = ", ".join(name for name, _ in result.models.items())
        raise RecipeError(f"start: {run} has no {role}; it has {there}")
    own = LearnedFrom(
        source=result.corpus.source,
        part=result.corpus.part,
        checksum=result.corpus.checksum,
        records=result.records.get("training", 0),
        training=result.split.get("training", ()),
        validation=result.split.get("validation", ()),
        licence=result.corpus.licence,
        citation=result.corpus.citation,
    )
    before = (each for start in result.starts.values() for each in start.learned_from)
    return StartingNetwork(
        name=run.resolve().name if role == "student" else f"{run.resolve().name}/{role}",
        path=run / role / _WEIGHTS_OF_RUN,
        sha256=sha256(run / role / _WEIGHTS_OF_RUN),
        view=model.view,
        signal=model.signal,
        classes=result.classes,
        architecture=model.architecture,
        learned_from=(own, *before),
    )


def _stated(manifest: BundleManifest) -> tuple[LearnedFrom, ...]:
    """What a bundle states about what it learned from; nothing where it states anything else than folds of a corpus."""
    try:
        return tuple(_learned(manifest.provenance))
    except (ValidationError, KeyError, TypeError, AttributeError):
        return ()


def _learned(provenance: Mapping[str, Any]) -> Iterator[LearnedFrom]:
    corpus, split, records = provenance["corpus"], provenance["split"], provenance["records"]
    known = {key: corpus[key] for key in ("source", "part", "checksum", "licence", "citation") if key in corpus}
    yield LearnedFrom(**known, records=records["training"], training=split["training"], validation=split["validation"])
    for start in provenance.get("starts", {}).values():
        yield from (LearnedFrom.model_validate(each) for each in start["learned_from"])
