"""Batches of training records, as the networks see them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mvkt.ecg.leads import view_leads
from mvkt.ecg.signal import SignalSpec, standardise
from mvkt.training.augmentation import augment
from mvkt.training.batch_draws import BatchDraws
from mvkt.training.mixup import draw_mixture
from mvkt.training.network_settings import AugmentationSettings
from mvkt.training.rows import FoldRows
from mvkt.transfer.gather import share_of_batch

_HIDDEN_PERSONS = 0.25

Item = TypeVar("Item")
Made = TypeVar("Made")


@dataclass(frozen=True)
class NetworkInput:
    """What a network sees.

    Attributes:
        view: The leads.
        spec: How they are standardised.
        person: Whether age and sex as well.
        any_lead: In training, instead of the leads of the view, as many of each record, drawn at random from all of the
            corpus; two inputs of a job draw on their own.
        altered_anew: In training, the records with random changes of their own instead of those that the others see.
    """

    view: str
    spec: SignalSpec
    person: bool = False
    any_lead: bool = False
    altered_anew: bool = False

    @property
    def leads(self) -> tuple[str, ...]:
        """The leads of the view."""
        return view_leads(self.view)


Signal = Tensor | tuple[Tensor, Tensor]
"""The input of a network: ``(batch, leads, samples)``, and ``(batch, features)`` of the persons where it takes them."""


class Batch(NamedTuple):
    """Training records as the networks see them.

    Where several processes share a batch, signals are of the share of this one, and targets of the whole batch.

    Attributes:
        student: What the student takes.
        teachers: The same for each teacher.
        targets: ``(batch, classes)`` float32; between 0 and 1 where records are mixed, NaN where a label is not known.
    """

    student: Signal
    teachers: tuple[Signal, ...]
    targets: Tensor


class BatchMaker:
    """Turns positions of training records into what the networks see: the same altered record, or another of it."""

    def __init__(
        self,
        student: NetworkInput,
        teachers: Sequence[NetworkInput],
        augmentation: AugmentationSettings,
        rows: FoldRows,
    ) -> None:
        self._rows = rows
        self._targets = np.where(rows.known, rows.targets, np.nan).astype(np.float32)
        self._persons = rows.persons
        self._augmentation = augmentation
        self._student, self._teachers = student, tuple(teachers)
        inputs = [student, *teachers]
        self._versions = 2 if any(network.altered_anew for network in inputs) else 1
        wanted = [rows.leads if network.any_lead else network.leads for network in inputs]
        self._leads = list(dict.fromkeys(lead for leads in wanted for lead in leads))
        self._columns = [[self._leads.index(lead) for lead in network.leads] for network in inputs]

    def __call__(self, positions: NDArray[np.int64], generator: np.random.Generator) -> Batch:
        """Return the batch of these records; of signals, the share of this process."""
        share = share_of_batch(len(positions))
        # Partners of a mixture may be anywhere in the batch: then each process makes all of it and keeps its share.
        made = slice(None) if self._augmentation.mixup else share
        records = self._rows.select(positions[made], "+".join(self._leads))
        draws = BatchDraws(generator, len(positions), made)
        versions = [self._altered(records, draws) for _ in range(self._versions)]
        targets = self._targets[positions]
        if self._augmentation.mixup:
            mixture = draw_mixture(len(positions), self._augmentation.mixup, generator)
            versions = [mixture.of_signals(version)[share] for version in versions]
            targets = mixture.of_targets(targets)
        person = self._persons[positions] * (generator.random((len(positions), 1)) >= _HIDDEN_PERSONS)
        person, draws = person[share], BatchDraws(generator, len(positions), share)
        drawn: dict[NetworkInput, Signal] = {}  # members of a committee often see the same
        signals: list[Signal] = []
        for columns, network in zip(self._columns, (self._student, *self._teachers), strict=True):
            microvolts = versions[network.altered_anew]
            if network.any_lead:
                leads = draws.random(microvolts.shape[:2]).argsort(axis=1)[:, : len(network.leads)]
                signals.append(self._tensor(np.take_along_axis(microvolts, leads[:, :, np.newaxis], axis=1), network))
                continue
            if network not in drawn:
                picked = microvolts if len(columns) == microvolts.shape[1] else microvolts[:, columns]
                signal = self._tensor(picked, network)
                drawn[network] = (signal, torch.from_numpy(person.astype(np.float32))) if network.person else signal
            signals.append(drawn[network])
        return Batch(signals[0], tuple(signals[1:]), torch.from_numpy(targets))

    def _altered(self, microvolts: NDArray[np.int16], draws: BatchDraws) -> NDArray[np.int16]:
        return augment(microvolts, self._leads, self._student.spec.sampling_frequency, self._augmentation, draws)

    def _tensor(self, microvolts: NDArray[np.int16], network: NetworkInput) -> Tensor:
        return torch.from_numpy(standardise(np.ascontiguousarray(microvolts), network.spec))


def draw_batches(
    labelled: NDArray[np.bool_],
    batch_size: int,
    steps: int,
    unlabelled_share: float | None,
    generator: np.random.Generator,
) -> NDArray[np.int64]:
    """Return ``(steps, batch_size)`` positions of the records of an epoch, in random order.

    Each record comes once before any comes again. With a share, labelled and unlabelled records go round each by
    themselves, and every batch has the same number of both.

    Args:
        labelled: ``(records,)``.
        batch_size: Records a batch.
        steps: Batches.
        unlabelled_share: Of the records of a batch that have no label; None takes the records as they come.
        generator: Source of the order.
    """
    everyone = np.arange(len(labelled), dtype=np.int64)
    if unlabelled_share is None or labelled.all() or not labelled.any():
        return _rounds(everyone, steps * batch_size, generator).reshape(steps, batch_size)
    without = min(batch_size - 1, round(unlabelled_share * batch_size))
    parts = ((everyone[labelled], batch_size - without), (everyone[~labelled], without))
    return np.concatenate(
        [_rounds(part, steps * number, generator).reshape(steps, number) for part, number in parts], axis=1
    )


def _rounds(items: NDArray[np.int64], number: int, generator: np.random.Generator) -> NDArray[np.int64]:
    rounds = [generator.permutation(items) for _ in range(-(-number // len(items)))]
    return np.concatenate([np.empty(0, dtype=np.int64), *rounds])[:number]


def one_ahead(make: Callable[[Item], Made], items: Iterable[Item]) -> Iterator[Made]:
    """Yield what is made of each item, in their order; the next is made meanwhile, in another thread."""
    with ThreadPoolExecutor(1) as maker:
        waiting: list[Future[Made]] = []
        for item in items:
            waiting.append(maker.submit(make, item))
            if len(waiting) > 1:
                yield waiting.pop(0).result()
        yield from (future.result() for future in waiting)
