"""A run: teacher, single-lead baseline and student, then the test fold, the bundle and the report.

The run folder is the state: each network keeps its checkpoints in a folder of its own, and a run that was stopped goes
on where it was. The test folds are read after the last network is trained, once.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import torch

from mvkt.corpora.corpus import Corpus
from mvkt.ecg.signal import standardise
from mvkt.errors import TrainingError
from mvkt.evaluation.result import Role, RunResult
from mvkt.files import write_text
from mvkt.models import EcgModel
from mvkt.training.checkpoint import Progress, load_progress
from mvkt.training.folds import FoldRows
from mvkt.training.loop import Job, NetworkInput, Reporter, fit
from mvkt.training.outcome import conclude
from mvkt.training.plan import Plan, make_fabric
from mvkt.training.recipe import Recipe
from mvkt.transfer import PLAIN, Distiller, Outputs, TransferSettings

_RECIPE = "recipe.json"
_TEACHER_FILES = ("best.safetensors", "metrics.jsonl", "last.json")
_OUTPUT_BATCH = 256


def train_run(
    recipe: Recipe,
    corpus: Corpus,
    out: Path,
    reporter: Reporter,
    *,
    resume: bool = False,
    teacher_run: Path | None = None,
) -> RunResult:
    """Train teacher, baseline and student and measure them.

    Args:
        recipe: What to train.
        corpus: What to train on.
        out: The run folder; must not exist unless ``resume``.
        reporter: Hears of everything as it goes on.
        resume: Go on with a run that was stopped; of a finished one, result, bundle and report are made again.
        teacher_run: Take the teacher of this run instead of training one; task, folds, corpus, seed, augmentation and
            the teacher itself must be the same in both recipes.

    Raises:
        RecipeError: The recipe does not fit the corpus.
        TrainingError: The folder is taken or belongs to another recipe, or training cannot go on.
    """
    plan = Plan.make(recipe, corpus)
    _open_folder(plan, out, resume)
    if teacher_run is not None:
        _adopt_teacher(plan, teacher_run, out)
    models: dict[Role, EcgModel] = {}
    progresses: dict[Role, Progress] = {}
    models["teacher"], progresses["teacher"] = _train(plan, "teacher", out, reporter, PLAIN)
    models["baseline"], progresses["baseline"] = _train(plan, "baseline", out, reporter, PLAIN)
    models["student"], progresses["student"] = _train(
        plan, "student", out, reporter, recipe.transfer, models["teacher"]
    )
    reporter.message("all trained; reading the test folds")
    return conclude(plan, models, progresses, out)


def _train(
    plan: Plan,
    role: Role,
    out: Path,
    reporter: Reporter,
    transfer: TransferSettings,
    teacher: EcgModel | None = None,
) -> tuple[EcgModel, Progress]:
    """Train one network, or load it where the run has it already."""
    settings = plan.network(role).training
    model = plan.build(role)
    taught = teacher if transfer.uses_teacher else None
    # Without augmentation the teacher would say the same in every epoch: it is asked once.
    fixed = taught is not None and not plan.recipe.augmentation.active
    distiller = Distiller(
        model,
        transfer,
        targets=torch.from_numpy(plan.training.targets),
        teacher=None if fixed else taught,
        teacher_outputs=_outputs(taught, plan.teacher_input, plan.training) if taught and fixed else None,
    )
    job = Job(
        role=role,
        student=plan.input(role),
        teacher=plan.teacher_input if taught and not fixed else None,
        settings=settings,
        augmentation=plan.recipe.augmentation,
        seed=plan.recipe.seed,
        folder=out / role,
    )
    progress = fit(job, distiller, plan.training, plan.validation, make_fabric(settings), reporter)
    return model.cpu().eval(), progress


def _outputs(teacher: EcgModel, network: NetworkInput, rows: FoldRows) -> Outputs:
    """Run the teacher over all rows, in float32."""
    teacher.eval()
    with torch.inference_mode():
        batches = [
            teacher(torch.from_numpy(standardise(rows.select(positions, network.view), network.spec)))
            for positions in rows.chunks(_OUTPUT_BATCH)
        ]
    return Outputs(*(torch.cat(parts).clone() for parts in zip(*batches, strict=True)))


def _identity(plan: Plan) -> dict[str, object]:
    """What a run folder belongs to."""
    return {"recipe": plan.recipe.model_dump(mode="json"), "corpus": plan.corpus.manifest.checksums}


def _open_folder(plan: Plan, out: Path, resume: bool) -> None:
    """Make the run folder with the resolved recipe, or check that it is this run's."""
    identity, path = _identity(plan), out / _RECIPE
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        out.mkdir(parents=True, exist_ok=True)
        write_text(path, json.dumps(identity, indent=2) + "\n")
        return
    if not resume:
        raise TrainingError(f"{out} exists; go on with it by --resume, or choose another folder")
    if _read_identity(out) != json.loads(json.dumps(identity)):
        raise TrainingError(f"{out} was begun with another recipe or corpus; choose another folder, or the same recipe")


def _read_identity(run: Path) -> dict[str, dict[str, object]]:
    try:
        identity: dict[str, dict[str, object]] = json.loads((run / _RECIPE).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise TrainingError(f"{run} is no run folder: {_RECIPE} cannot be read ({error})") from error
    return identity


def _adopt_teacher(plan: Plan, teacher_run: Path, out: Path) -> None:
    """Copy the trained teacher of another run, once it is certain that it is the one this recipe would train."""
    theirs, ours = _read_identity(teacher_run), json.loads(json.dumps(_identity(plan)))
    shared = ("task", "min_samples", "classes", "seed", "folds", "teacher", "augmentation")
    different = [key for key in shared if theirs["recipe"].get(key) != ours["recipe"][key]]
    if theirs["corpus"] != ours["corpus"]:
        different.append("corpus")
    if different:
        raise TrainingError(f"the teacher of {teacher_run} was trained with another {', '.join(different)}")
    progress = load_progress(teacher_run / "teacher")
    if progress is None or not progress.finished:
        raise TrainingError(f"the teacher of {teacher_run} is not trained to the end; resume that run first")
    if load_progress(out / "teacher") is None:
        (out / "teacher").mkdir(exist_ok=True)
        for name in _TEACHER_FILES:  # last.json comes last: it says that the others are there
            shutil.copyfile(teacher_run / "teacher" / name, out / "teacher" / name)
