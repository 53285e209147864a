"""The one training loop: teacher, baseline and student are trained by the same code.

All randomness of an epoch follows from the seed and the number of the epoch, so that a training that was killed goes
on from its last checkpoint to the bit-identical result.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, cast

import numpy as np
import torch
from lightning_fabric import Fabric
from lightning_utilities.core.apply_func import apply_to_collection
from numpy.typing import NDArray
from torch import Tensor, nn

from mvkt.errors import NonFiniteLossError, RecipeError
from mvkt.evaluation.metrics import macro_auc
from mvkt.training.averaging import WeightAverage
from mvkt.training.batches import Batch, BatchMaker, NetworkInput, draw_batches, one_ahead
from mvkt.training.checkpoint import (
    Progress,
    load_checkpoint,
    progress_from_first,
    save_checkpoint,
    save_tensors,
    tensors_from_first,
    truncate_lines,
)
from mvkt.training.launched import in_first, is_first, make_fabric
from mvkt.training.learning_rate import learning_rate_factor, momentum
from mvkt.training.network_settings import AugmentationSettings, TrainingSettings
from mvkt.training.precision import precision_of
from mvkt.training.predict import predict
from mvkt.training.reporter import Reporter
from mvkt.training.rows import FoldRows
from mvkt.training.whole_batch import over_the_whole_batch
from mvkt.transfer.gather import process_count


@dataclass(frozen=True)
class TrainingJob:
    """One network to be trained.

    Attributes:
        role: ``teacher``, ``baseline`` or ``student``.
        student: Input of the network that learns.
        teachers: Inputs of its teachers, where they run on the batches; none where there is no teacher or its outputs
            are fixed.
        settings: How to train.
        augmentation: Of the training records.
        seed: Of everything random.
        folder: Where checkpoints and metrics go.
        keep_last: Keep the weights of the last epoch instead of the best on validation.
        unlabelled_share: Of the records of a batch that have no label; None takes the records as they come.
        body: Names of the parameters that were taken from a start, which learn at the rate ``start_rate`` of the rest.
        start_rate: See ``body``.
        unused_parameters: Whether the loss leaves some parameters alone.
    """

    role: str
    student: NetworkInput
    teachers: tuple[NetworkInput, ...]
    settings: TrainingSettings
    augmentation: AugmentationSettings
    seed: int
    folder: Path
    keep_last: bool = False
    unlabelled_share: float | None = None
    body: frozenset[str] = frozenset()
    start_rate: float = 1.0
    unused_parameters: bool = False


class Learner(Protocol):
    """What is trained: a student, and what makes a loss of its batches; see :class:`mvkt.transfer.Distiller`."""

    measures_shares: bool
    gradient_shares: dict[str, float]

    @property
    def student(self) -> nn.Module:
        """The network that is kept."""

    def own_state(self) -> dict[str, Tensor]:
        """Return the state that a checkpoint keeps."""

    def trainable_parameters(self) -> list[nn.Parameter]:
        """Return what is optimised."""


def fit(
    job: TrainingJob,
    learner: Learner,
    training: FoldRows,
    validation: FoldRows,
    reporter: Reporter,
) -> Progress:
    """Train a network, keeping the weights of the epoch with the best validation macro AUC.

    Goes on from the checkpoint in ``job.folder`` if there is one. On return the network holds the best weights.

    Several processes share every batch and get what a single one would, but for the order of sums; the first alone
    reads and writes the folder.

    Raises:
        NonFiniteLossError: A loss became NaN or infinite; the message names the batch.
        TrainingError: Several processes were started, and not by ``torchrun``.
        RecipeError: The processes cannot share a batch evenly.
    """
    optimiser = _optimiser(learner, job)
    average = WeightAverage(learner.student, job.settings.average_decay)
    progress = progress_from_first(job.folder)
    done = progress.epoch if progress else 0

    def state() -> dict[str, Tensor]:
        return {**learner.own_state(), **average.state()}

    in_first(lambda: _begin_folder(job.folder, done))
    if progress and not progress.finished:
        load_checkpoint(job.folder, progress, state(), optimiser)
    progress = progress or Progress()
    if not progress.finished:
        fabric = make_fabric(precision_of(job.settings), job.unused_parameters)
        if process_count() > 1:
            fabric.launch()  # the processes are there; it takes its place among them
        module, wrapped = fabric.setup(cast(nn.Module, learner), optimiser)
        average.model.to(fabric.device)
        epochs = _Epochs(job, training, validation, fabric, reporter, learner, average, module, wrapped)
        reporter.begin(job.role, job.settings.epochs, progress.epoch, epochs.steps, epochs.batch_size)
        with over_the_whole_batch(learner.student):
            while not progress.finished:
                progress = epochs.run(progress)
                if is_first():
                    save_checkpoint(job.folder, progress, state(), optimiser)
    learner.student.load_state_dict(tensors_from_first(job.folder / "best.safetensors"))
    return progress


def _begin_folder(folder: Path, epochs: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    truncate_lines(folder / "metrics.jsonl", epochs)


class _Epochs:
    """What stays the same from epoch to epoch."""

    def __init__(
        self,
        job: TrainingJob,
        training: FoldRows,
        validation: FoldRows,
        fabric: Fabric,
        reporter: Reporter,
        learner: Learner,
        average: WeightAverage,
        module: nn.Module,
        optimiser: Any,
    ) -> None:
        self.job, self.training, self.validation = job, training, validation
        self.fabric, self.reporter = fabric, reporter
        self.learner, self.average, self.module, self.optimiser = learner, average, module, optimiser
        self.make_batch = BatchMaker(job.student, job.teachers, job.augmentation, training)
        self.batch_size = min(job.settings.batch_size, len(training))
        if self.batch_size % process_count():
            raise RecipeError(
                f"{process_count()} processes cannot share batches of {self.batch_size} records evenly: set batch_size "
                f"of the {job.role} to a multiple of {process_count()}, of at most {len(training)} records"
            )
        # Batch normalisation cannot use a last batch of a few records; the order changes every epoch.
        self.steps = job.settings.steps or len(training) // self.batch_size

    def run(self, before: Progress) -> Progress:
        """Train one epoch, validate, keep the weights if they are the best so far."""
        epoch, started = before.epoch, time.monotonic()
        losses = self._train(epoch)
        seconds = time.monotonic() - started
        score, validation_loss = self._validate()
        best = score > before.best_score or self.job.keep_last
        if best and is_first():
            save_tensors(self.job.folder / "best.safetensors", self.average.weights())
        best_epoch = epoch + 1 if best else before.best_epoch
        settings = self.job.settings
        stale = settings.patience and epoch + 1 - best_epoch >= settings.patience
        self._report(epoch, losses, score, validation_loss, seconds)
        return Progress(
            epoch=epoch + 1,
            best_epoch=best_epoch,
            best_score=max(score, before.best_score),
            seconds=before.seconds + time.monotonic() - started,
            finished=bool(stale) or epoch + 1 == settings.epochs,
        )

    def _train(self, epoch: int) -> dict[str, float]:
        """One pass over the training records; return the mean of every loss."""
        order = np.random.default_rng([self.job.seed, epoch, 0])
        changes = np.random.default_rng([self.job.seed, epoch, 1])
        torch.manual_seed(int(order.integers(2**63)))
        negatives = torch.Generator().manual_seed(int(order.integers(2**63)))
        totals: dict[str, float] = {}
        self.module.train()
        batches = draw_batches(self.training.labelled, self.batch_size, self.steps, self.job.unlabelled_share, order)
        made = one_ahead(lambda positions: self._make(positions, changes), batches)
        for step, (positions, on_host) in enumerate(zip(batches, made, strict=True)):
            self._set_rate(epoch + step / self.steps)
            batch, rows = self.fabric.to_device(on_host)
            # A single teacher gets its signal, a committee a signal for each member.
            taught = batch.teachers if len(batch.teachers) > 1 else next(iter(batch.teachers), None)
            # Of one batch an epoch, for each loss takes a backward pass of its own.
            self.learner.measures_shares = step == self.steps - 1
            losses = self.module(batch.student, batch.targets, rows, taught, negatives)
            self._check(losses, epoch, step, positions)
            self._descend(losses["total"])
            self.average.update()
            for name, value in losses.items():
                totals[name] = totals.get(name, 0.0) + float(value.detach()) / self.steps
            self.reporter.step()
        return totals

    def _make(self, positions: NDArray[np.int64], changes: np.random.Generator) -> tuple[Batch, Tensor]:
        made = (self.make_batch(positions, changes), torch.from_numpy(positions))
        # Out of pinned memory a GPU fetches the next batch by itself while it computes.
        return apply_to_collection(made, Tensor, Tensor.pin_memory) if self.fabric.device.type == "cuda" else made

    def _descend(self, loss: Tensor) -> None:
        self.optimiser.zero_grad()
        self.fabric.backward(loss)
        if self.job.settings.gradient_clip:
            self.fabric.clip_gradients(
                self.module, self.optimiser, max_norm=self.job.settings.gradient_clip, error_if_nonfinite=False
            )
        self.optimiser.step()

    def _set_rate(self, epoch: float) -> None:
        settings = self.job.settings
        for group in self.optimiser.param_groups:
            group["lr"] = group["factor"] * settings.learning_rate * learning_rate_factor(epoch, settings)
            group["betas"] = (momentum(epoch, settings), group["betas"][1])

    def _check(self, losses: dict[str, Tensor], epoch: int, step: int, positions: NDArray[np.int64]) -> None:
        if torch.isfinite(losses["total"]):
            return
        values = ", ".join(f"{name} {float(value.detach()):g}" for name, value in losses.items())
        records = ", ".join(self.training.record_id[positions[:8]])
        raise NonFiniteLossError(
            f"the loss of the {self.job.role} became {values} in epoch {epoch + 1}, batch {step + 1} of {self.steps} "
            f"(records {records}, …): a lower learning_rate, a warm-up or gradient_clip usually helps"
        )

    def _validate(self) -> tuple[float, float]:
        """Macro AUC over the validation records and mean binary cross-entropy over its windows."""
        predictions = predict(self.average.model, self.job.student, self.validation, self.fabric)
        loss = nn.functional.binary_cross_entropy_with_logits(
            torch.from_numpy(predictions.logits), torch.from_numpy(predictions.targets.astype(np.float32))
        )
        by_record = predictions.by_record()
        return macro_auc(by_record.targets, by_record.logits), float(loss)

    def _report(
        self, epoch: int, losses: dict[str, float], score: float, validation_loss: float, seconds: float
    ) -> None:
        metrics = {
            "epoch": epoch + 1,
            "learning_rate": self.optimiser.param_groups[0]["lr"],
            "losses": losses,
            "gradient_shares": self.learner.gradient_shares,
            "validation": {"loss": validation_loss, "macro_auc": score},
            "records_per_second": self.steps * self.batch_size / seconds,
            "seconds": seconds,
        }
        if is_first():
            with (self.job.folder / "metrics.jsonl").open("a", encoding="utf-8") as file:
                file.write(json.dumps(metrics) + "\n")
        self.reporter.epoch(self.job.role, metrics)


def _optimiser(learner: Learner, job: TrainingJob) -> torch.optim.Optimizer:
    """Make the optimiser: what begins anew first, then what was taken from a start, at its lower rate."""
    settings = job.settings
    kind: type[torch.optim.Adam] = torch.optim.AdamW if settings.optimiser == "adamw" else torch.optim.Adam
    taken = {id(weights) for name, weights in learner.student.named_parameters() if name in job.body}
    parameters = learner.trainable_parameters()
    groups = [
        {"params": [weights for weights in parameters if (id(weights) in taken) == of_start], "factor": factor}
        for of_start, factor in ((False, 1.0), (True, job.start_rate))
    ]
    filled = [group for group in groups if group["params"]]
    return kind(filled, lr=settings.learning_rate, weight_decay=settings.weight_decay, fused=True)
