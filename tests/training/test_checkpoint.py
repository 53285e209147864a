from __future__ import annotations

import pytest
import torch
from torch import nn

from mvkt.errors import TrainingError
from mvkt.training.checkpoint import (
    Progress,
    load_checkpoint,
    load_progress,
    load_tensors,
    save_checkpoint,
    save_tensors,
    truncate_lines,
)


def _trained(seed: int) -> tuple[nn.Module, torch.optim.Optimizer]:
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Conv2d(1, 4, (1, 3)), nn.BatchNorm2d(4)).to(memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(model.parameters(), lr=0.1)
    for _ in range(2):
        optimiser.zero_grad()
        model(torch.randn(2, 1, 1, 16)).square().mean().backward()
        optimiser.step()
    return model, optimiser


def test_a_checkpoint_restores_weights_statistics_and_optimiser(tmp_path):
    model, optimiser = _trained(0)
    save_checkpoint(tmp_path, Progress(epoch=3, best_epoch=2, best_score=0.8), model.state_dict(), optimiser)
    other, other_optimiser = _trained(1)
    progress = load_progress(tmp_path)
    assert progress is not None
    assert (progress.epoch, progress.best_epoch, progress.best_score) == (3, 2, 0.8)
    load_checkpoint(tmp_path, progress, other.state_dict(), other_optimiser)
    for key, value in model.state_dict().items():
        assert torch.equal(other.state_dict()[key], value), key
    theirs, ours = other_optimiser.state_dict()["state"], optimiser.state_dict()["state"]
    assert theirs.keys() == ours.keys()
    for number, slots in ours.items():
        for slot, value in slots.items():
            assert torch.equal(theirs[number][slot], value)


def test_only_the_newest_tensors_are_kept(tmp_path):
    model, optimiser = _trained(0)
    for epoch in (1, 2, 3):
        save_checkpoint(tmp_path, Progress(epoch=epoch), model.state_dict(), optimiser)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["last-0003.safetensors", "last.json"]


def test_a_checkpoint_that_was_never_named_does_not_count(tmp_path):
    model, optimiser = _trained(0)
    save_checkpoint(tmp_path, Progress(epoch=1), model.state_dict(), optimiser)
    save_tensors(tmp_path / "last-0002.safetensors", {"half": torch.zeros(1)})  # killed before last.json
    progress = load_progress(tmp_path)
    assert progress is not None
    load_checkpoint(tmp_path, progress, model.state_dict(), optimiser)
    assert progress.epoch == 1


def test_no_checkpoint_is_none(tmp_path):
    assert load_progress(tmp_path) is None


def test_damaged_files_get_a_message(tmp_path):
    (tmp_path / "last.json").write_text("{")
    with pytest.raises(TrainingError, match=r"last\.json is not JSON .*; train again"):
        load_progress(tmp_path)
    (tmp_path / "x.safetensors").write_bytes(b"nothing")
    with pytest.raises(TrainingError, match=r"x\.safetensors"):
        load_tensors(tmp_path / "x.safetensors")


def test_a_checkpoint_of_another_network_is_refused(tmp_path):
    model, optimiser = _trained(0)
    save_checkpoint(tmp_path, Progress(epoch=1), model.state_dict(), optimiser)
    progress = load_progress(tmp_path)
    assert progress is not None
    other = nn.Linear(2, 2)
    with pytest.raises(TrainingError, match="another recipe"):
        load_checkpoint(tmp_path, progress, other.state_dict(), torch.optim.AdamW(other.parameters()))


def test_lines_after_the_checkpoint_go_even_half_ones(tmp_path):
    path = tmp_path / "metrics.jsonl"
    path.write_text('{"epoch": 1}\n{"epoch": 2}\n{"epo')
    truncate_lines(path, 1)
    assert path.read_text() == '{"epoch": 1}\n'
    truncate_lines(tmp_path / "absent.jsonl", 1)
    assert not (tmp_path / "absent.jsonl").exists()
