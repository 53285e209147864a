from __future__ import annotations

import importlib
from pathlib import Path

import mvkt.transfer
from mvkt.transfer import LOSSES, TransferLoss


def test_every_registered_loss_has_a_module_and_a_test_of_its_name() -> None:
    for name, loss in LOSSES.items():
        assert issubclass(loss, TransferLoss)
        assert importlib.import_module(f"mvkt.transfer.{name}").__name__ == loss.__module__
        assert (Path(__file__).parent / f"test_{name}.py").is_file()


def test_transfer_does_not_know_the_models() -> None:
    for path in Path(mvkt.transfer.__file__).parent.glob("*.py"):
        assert "mvkt.models" not in path.read_text(encoding="utf-8"), path.name
