"""A run in several processes that ``torchrun`` has started: how they begin, agree, and end together.

The first process alone reads and writes the run folder; what it reads goes to the others from its memory. So the folder
may be on its own disk, and no two processes ever see different checkpoints.
"""

from __future__ import annotations

import atexit
import logging
import os
import signal as signals
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from inspect import signature
from typing import Any

import torch
from lightning_fabric import Fabric
from lightning_fabric.strategies.ddp import DDPStrategy
from torch import distributed as group
from torch.nn.parallel import DistributedDataParallel

from mvkt.errors import MvktError, OtherProcessError, TrainingError
from mvkt.training.precision import Precision
from mvkt.transfer.gather import process_count, process_number

_TIMEOUT = timedelta(minutes=30)
_SIGNS_OF_A_LOST_PROCESS = ("gloo", "nccl", "connection", "broken pipe", "timed out", "socket")
_FAILED = -1
_RENAMED = "forward_sync_buffers" in signature(DistributedDataParallel).parameters


def launched_processes() -> int:
    """Return how many processes ``torchrun`` has started for this run; 1 without it."""
    if not (group.is_available() and group.is_torchelastic_launched()):
        return 1
    return int(os.environ["WORLD_SIZE"])


def make_fabric(precision: Precision, unused_parameters: bool = False) -> Fabric:
    """Return Fabric for this process: one of those that ``torchrun`` has started, or the only one.

    Args:
        precision: Of the training.
        unused_parameters: Whether the module has parameters that its loss does not depend on.

    Raises:
        TrainingError: Another launcher has started several processes.
    """
    # It announces its precision on stderr for every network.
    logging.getLogger("lightning_fabric").setLevel(logging.WARNING)
    processes = launched_processes()
    if processes == 1:
        fabric = Fabric(accelerator="auto", devices=1, precision=precision)
        if fabric.world_size > 1:
            raise TrainingError("several processes were started by another launcher; start them by torchrun")
        return fabric
    local = int(os.environ["LOCAL_WORLD_SIZE"])
    # Buffers are the same everywhere: all processes make them from the whole batch.
    name = "forward_sync_buffers" if _RENAMED else "broadcast_buffers"
    options: dict[str, Any] = {name: False, "find_unused_parameters": unused_parameters}
    strategy = DDPStrategy(timeout=_TIMEOUT, **options)
    return Fabric(
        accelerator="auto", devices=local, num_nodes=processes // local, strategy=strategy, precision=precision
    )


@contextmanager
def all_processes() -> Iterator[None]:
    """Connect this process with the others, and turn the loss of one of them into a single clear error.

    Raises:
        TrainingError: A process of the run was lost, in the process that may report it.
        OtherProcessError: The same, in the others.
    """
    if launched_processes() == 1:
        yield
        return
    before = signals.signal(signals.SIGTERM, _stopped)
    try:
        make_fabric("32-true").launch()
        yield
        atexit.register(_leave)
    except MvktError:
        raise
    except RuntimeError as error:
        if not isinstance(error, group.DistError) and not any(
            sign in str(error).lower() for sign in _SIGNS_OF_A_LOST_PROCESS
        ):
            raise
        raise _lost_process() from error
    finally:
        signals.signal(signals.SIGTERM, before)


def _leave() -> None:
    """Close the connections with the others: a process that ends while they are open may be aborted."""
    if group.is_initialized():
        group.destroy_process_group()


def is_first() -> bool:
    """Return whether this process reads and writes the run folder."""
    return process_number() == 0


def from_first(make: Callable[[], bytes]) -> bytes:
    """Return what ``make`` returns in the first process, in all of them; it is called there alone.

    Raises:
        OtherProcessError: It raised an error there.
    """
    if process_count() == 1:
        return make()
    if not is_first():
        length = int(_broadcast(torch.zeros(1, dtype=torch.int64)))
        if length == _FAILED:
            raise OtherProcessError("the first process of this run stopped; its message has the reason")
        return bytes(_broadcast(torch.empty(length, dtype=torch.uint8)).numpy())
    try:
        made = make()
    except Exception:
        _broadcast(torch.tensor([_FAILED]))
        raise
    _broadcast(torch.tensor([len(made)]))
    _broadcast(torch.frombuffer(bytearray(made), dtype=torch.uint8) if made else torch.empty(0, dtype=torch.uint8))
    return made


def in_first(action: Callable[[], object]) -> None:
    """Do something in the first process alone, and wait for it in the others.

    Raises:
        OtherProcessError: It raised an error there.
    """

    def done() -> bytes:
        action()
        return b""

    from_first(done)


def _broadcast(tensor: torch.Tensor) -> torch.Tensor:
    if not tensor.numel():
        return tensor
    device = "cuda" if group.get_backend() == "nccl" else "cpu"
    tensor = tensor.to(device)
    group.broadcast(tensor, src=0)
    return tensor.cpu()


def _stopped(number: int, frame: object) -> None:
    raise _lost_process()


def _lost_process() -> TrainingError:
    if not _may_report():
        return OtherProcessError("another process of this run reports that one was lost")
    return TrainingError(
        f"the run ended early: one of its {launched_processes()} processes was lost or stopped. The last checkpoint is "
        "kept; start the same command again with --resume"
    )


def _may_report() -> bool:
    """Whether no process has reported before; the launcher, which outlives them, counts."""
    try:
        store = group.TCPStore(  # type: ignore[attr-defined]
            os.environ["MASTER_ADDR"], int(os.environ["MASTER_PORT"]), is_master=False, timeout=timedelta(seconds=5)
        )
        return bool(store.add(f"mvkt lost a process {os.environ.get('TORCHELASTIC_RESTART_COUNT', '')}", 1) == 1)
    except (RuntimeError, KeyError, ValueError):
        return True
