"""A whole transfer of the usual kind, on the records and with the settings of a recipe."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import torch
from benchmarks.reference.losses import Clt
from benchmarks.reference.networks import Network
from benchmarks.reference.records import Augmentation, Records
from benchmarks.reference.transfer import Weights, macro_auc, predictions, student_step, teacher_step
from benchmarks.speed.recordings import millivolts
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader

from mvkt.corpora.corpus import Corpus
from mvkt.training.recipe import Recipe
from mvkt.transfer.losses.clt import CltSettings


class Usual:
    """Teacher, student and data of the usual kind; their settings follow from a recipe.

    Attributes:
        batch_size: Records in a step.
        teacher: Sees all leads of the corpus.
        student: Sees lead I.
    """

    def __init__(
        self,
        recipe: Recipe,
        prepared: Corpus,
        teacher: Callable[[int, int], Network],
        student: Callable[[int, int], Network],
    ) -> None:
        training, validation, targets = training_rows(prepared, recipe.task)
        torch.manual_seed(recipe.seed)
        self._recipe = recipe
        self._training, self._validation = (
            (millivolts(prepared, rows), targets[rows]) for rows in (training, validation)
        )
        self._leads = [prepared.leads.index("I")]
        self.teacher, self.student = teacher(len(prepared.leads), targets.shape[1]), student(1, targets.shape[1])
        transfer = recipe.transfer
        clt = CltSettings.model_validate(transfer.of("clt"))
        self._clt = Clt(len(training), self.student.embedding_dim, self.teacher.embedding_dim, clt.projection_dim)
        self._weights = Weights(transfer.bce, transfer.weights["mkd"], clt.weight)
        self.batch_size = min(recipe.student.training.batch_size, len(training))
        self.steps_an_epoch = len(training) // self.batch_size

    def steps(self, role: str, epochs: int = 1_000) -> Iterator[Tensor]:
        """Train ``teacher`` or ``student`` with the teacher as it is; yield the loss after every step."""
        learns = [self.teacher] if role == "teacher" else [self.student, self._clt]
        optimiser = torch.optim.AdamW([p for module in learns for p in module.parameters()], weight_decay=0.05)
        settings = self._recipe.teacher.training if role == "teacher" else self._recipe.student.training
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimiser,
            settings.learning_rate,
            epochs=epochs,
            steps_per_epoch=self.steps_an_epoch,
            pct_start=min(settings.warmup_epochs / epochs, 0.5),
        )
        self.teacher.train(role == "teacher")
        batches = DataLoader(self._data(role), self.batch_size, shuffle=True, drop_last=True)
        for _ in range(epochs):
            for batch in batches:
                if role == "teacher":
                    yield teacher_step(self.teacher, batch, optimiser)
                else:
                    yield student_step(self.student, self.teacher, self._clt, self._weights, batch, optimiser)
                schedule.step()

    def validation_auc(self, role: str) -> float:
        """Macro AUC over the validation records."""
        signals, targets = self._validation
        data = DataLoader(Records(signals, targets, self._leads, Augmentation()), 256)
        network, place = (self.teacher, 0) if role == "teacher" else (self.student, 1)
        return macro_auc(targets, predictions(network, (batch[place] for batch in data)))

    def _data(self, role: str) -> Records:
        settings = self._recipe.augmentation.model_dump()
        augmentation = Augmentation(**{name: settings[name] for name in Augmentation.__dataclass_fields__})
        number = CltSettings.model_validate(self._recipe.transfer.of("clt")).negatives_per_anchor
        negatives = int(number) if role == "student" else 0
        return Records(*self._training, self._leads, augmentation, negatives, seed=self._recipe.seed)


def training_rows(prepared: Corpus, task: str) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Rows of the corpus for training and for validation, and the targets of all rows."""
    split, targets = prepared.manifest.recommended_split, prepared.targets(task)
    training, validation = (prepared.rows(folds) for folds in (split.training, split.validation))
    return training[targets.labelled[training]], validation[targets.labelled[validation]], targets.matrix
