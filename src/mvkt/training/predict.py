"""The one way to run a network over rows."""

from __future__ import annotations

from contextlib import nullcontext

import numpy as np
import torch
from lightning_fabric import Fabric
from numpy.typing import NDArray
from torch import nn

from mvkt.ecg.signal import standardise
from mvkt.evaluation.predictions import Predictions
from mvkt.training.batches import NetworkInput, Signal
from mvkt.training.rows import FoldRows
from mvkt.transfer import Outputs
from mvkt.transfer.gather import gather, process_count, share_of_batch

RECORDS_AT_ONCE = 256


def outputs(
    model: nn.Module,
    network: NetworkInput,
    rows: FoldRows,
    positions: NDArray[np.int64] | None = None,
    *,
    fabric: Fabric | None = None,
    without_age_and_sex: bool = False,
) -> Outputs:
    """Run a network over rows, in evaluation mode.

    Args:
        model: The network, where ``fabric`` has put it.
        network: Its input.
        rows: Where the records are.
        positions: Which of them; None is all.
        fabric: Gives device and precision of the training, whose processes share the rows; without it the network runs
            in float32 on the processor, as the deployed network does, and this process runs all rows.
        without_age_and_sex: Withhold age and sex from a network that takes them.

    Returns:
        Logits ``(positions, all classes that it learned)`` and embeddings ``(positions, embedding_dim)``, float32 on
        the processor.
    """
    chosen = np.arange(len(rows), dtype=np.int64) if positions is None else positions
    wanted = len(chosen)
    if fabric is not None:  # shares of equal length: the last rows of the last may be there twice
        length = -(-wanted // process_count()) * process_count()
        chosen = np.resize(chosen, length)[share_of_batch(length)]
    was_training, persons = model.training, torch.from_numpy(rows.persons)
    model.eval()
    batches = []
    with torch.inference_mode(), fabric.autocast() if fabric else nullcontext():
        for start in range(0, len(chosen), RECORDS_AT_ONCE):
            some = chosen[start : start + RECORDS_AT_ONCE]
            signal = torch.from_numpy(standardise(rows.select(some, network.view), network.spec))
            taken: Signal = (signal, persons[some]) if network.person and not without_age_and_sex else signal
            output = model(fabric.to_device(taken) if fabric else taken)
            batches.append((output.logits.float().cpu(), output.embedding.float().cpu()))
    model.train(was_training)
    logits, embedding = (torch.cat(parts).clone() for parts in zip(*batches, strict=True))
    if fabric is None:
        return Outputs(logits, embedding)
    logits, embedding = (gather(fabric.to_device(part)).cpu()[:wanted] for part in (logits, embedding))
    return Outputs(logits, embedding)


def predict(
    model: nn.Module,
    network: NetworkInput,
    rows: FoldRows,
    fabric: Fabric | None = None,
    *,
    without_age_and_sex: bool = False,
) -> Predictions:
    """Return the logits of a network for the classes of all rows; arguments as of :func:`outputs`."""
    made = outputs(model, network, rows, fabric=fabric, without_age_and_sex=without_age_and_sex)
    # Auxiliary classes come last; nothing is measured by them.
    return rows.predictions(made.logits[:, : len(rows.classes)].numpy())
