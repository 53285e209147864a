"""What the tests let torchrun start: a piece of training in each process.

``layers OUT`` compares layers over a shared batch with PyTorch's own over the whole; ``networks RECIPE CORPUS OUT``
trains the networks of a run.
"""

from __future__ import annotations

import copy
import json
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from mvkt.corpora.corpus import Corpus
from mvkt.errors import RecipeError
from mvkt.training.graph import nodes_of_run
from mvkt.training.launched import all_processes, from_first, is_first
from mvkt.training.networks import train_in
from mvkt.training.plan import Plan
from mvkt.training.recipe import Recipe
from mvkt.training.reporter import SilentReporter
from mvkt.training.whole_batch import over_the_whole_batch
from mvkt.transfer.gather import gather, process_count, share_of_batch


def layers(out: Path) -> None:
    """Write how far each result is from that of the whole batch in one process."""
    torch.manual_seed(0)
    whole = nn.Sequential(nn.Conv2d(2, 6, 1), nn.BatchNorm2d(6, momentum=0.3), nn.Flatten(), nn.Dropout(0.4))
    shared, head = copy.deepcopy(whole), nn.Linear(60, 1)
    signal = torch.randn(8, 2, 1, 10) * 3 + 5
    torch.manual_seed(1)
    expected = whole(signal)
    head(expected.square()).sum().backward()
    of_head = head.weight.grad.clone()
    head.zero_grad()
    torch.manual_seed(1)
    with over_the_whole_batch(shared):
        made = gather(shared(signal[share_of_batch(8)]))
        head(made.square()).sum().backward()
    faults = {
        "output": (made - expected).abs().max().item(),
        "head": ((head.weight.grad - of_head).abs().max() / of_head.abs().max()).item(),
    }
    for name, parameter in shared.named_parameters():
        gradients = torch.stack([parameter.grad])
        torch.distributed.all_reduce(gradients)  # what DDP does
        gradient = gradients[0] / process_count()
        reference = whole.get_parameter(name).grad
        faults[name] = ((gradient - reference).abs().max() / reference.abs().max().clamp(min=1)).item()
    for name, buffer in shared.named_buffers():
        faults[name] = (buffer - whole.get_buffer(name)).abs().max().item()
    shared.eval()
    whole.load_state_dict(shared.state_dict())
    faults["afterwards"] = (shared(signal) - whole.eval()(signal)).abs().max().item()
    content = from_first(lambda: b"from the first" if is_first() else b"never")
    assert content == b"from the first"
    assert from_first(lambda: b"") == b""
    if is_first():
        out.write_text(json.dumps(faults))


def networks(recipe: Path, corpus: Path, out: Path) -> None:
    """Train all networks of a run, each in a folder of its role; a batch that cannot be shared is refused first."""
    settings = Recipe.load(recipe)
    odd = Recipe.load(recipe, ["teacher.training.batch_size=31"])
    opened = Corpus.open(corpus)
    with pytest.raises(RecipeError, match="evenly: set batch_size of the teacher to a multiple"):
        train(odd, opened, out / "odd")
    train(settings, opened, out)
    assert isinstance(opened.microvolts, np.memmap)


def train(recipe: Recipe, corpus: Corpus, out: Path) -> None:
    plan = Plan.make(recipe, corpus)
    for node in nodes_of_run(plan):
        train_in(plan, node, lambda other: out / other.role, SilentReporter())


if __name__ == "__main__":
    what, *paths = sys.argv[1:]
    with all_processes():
        {"layers": layers, "networks": networks}[what](*map(Path, paths))
