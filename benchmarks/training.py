"""Training steps: height-one Conv2d in channels_last with autocast against the same network as Conv1d in float32.

python benchmarks/training.py [STEPS]
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import torch
from torch import Tensor, nn

from mvkt.models import build_model
from mvkt.training.plan import make_fabric
from mvkt.training.recipe import TrainingSettings

BATCH, SAMPLES, CLASSES = 64, 1_000, 5
NETWORKS = {"teacher, 12 leads": (12, (64, 128, 192, 256)), "student, 1 lead": (1, (32, 64, 96, 128))}


class UsualBlock(nn.Module):
    """The same residual block, written as one usually does."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.branch = nn.Sequential(
            nn.Conv1d(inputs, outputs, 7, stride=2, padding=3, bias=False),
            nn.BatchNorm1d(outputs),
            nn.ReLU(),
            nn.Conv1d(outputs, outputs, 7, padding=3, bias=False),
            nn.BatchNorm1d(outputs),
        )
        self.shortcut = nn.Sequential(
            nn.AvgPool1d(3, stride=2, padding=1), nn.Conv1d(inputs, outputs, 1, bias=False), nn.BatchNorm1d(outputs)
        )

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.branch(x) + self.shortcut(x))


class UsualNetwork(nn.Module):
    def __init__(self, leads: int, widths: tuple[int, ...]) -> None:
        super().__init__()
        stem = [nn.Conv1d(leads, widths[0], 15, stride=2, padding=7, bias=False), nn.BatchNorm1d(widths[0]), nn.ReLU()]
        blocks = [UsualBlock(a, b) for a, b in zip((widths[0], *widths), widths, strict=False)]
        self.features = nn.Sequential(*stem, *blocks)
        self.classifier = nn.Linear(2 * widths[-1], CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        features = self.features(x)
        return self.classifier(torch.cat([features.amax(2), features.mean(2)], dim=1))


def records_per_second(forward: Callable[[Tensor], Tensor], network: nn.Module, leads: int, steps: int) -> float:
    optimiser = torch.optim.AdamW(network.parameters())
    signal, targets = torch.randn(BATCH, leads, SAMPLES), torch.rand(BATCH, CLASSES).round()
    for step in range(steps + 3):
        if step == 3:
            started = time.perf_counter()
        loss = nn.functional.binary_cross_entropy_with_logits(forward(signal), targets)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return steps * BATCH / (time.perf_counter() - started)


def main() -> None:
    steps = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    fabric = make_fabric(TrainingSettings())
    print(f"{torch.get_num_threads()} threads, precision {fabric._precision.precision}")
    for name, (leads, widths) in NETWORKS.items():
        ours = build_model("resnet1d", leads=leads, classes=CLASSES, widths=widths)

        def forward(signal: Tensor, network: nn.Module = ours) -> Tensor:
            with fabric.autocast():
                return network(signal).logits

        fast = records_per_second(forward, ours, leads, steps)
        usual_network = UsualNetwork(leads, widths)
        usual = records_per_second(usual_network, usual_network, leads, steps)
        print(f"{name}: mvkt {fast:,.0f} records/s, Conv1d float32 {usual:,.0f} ({fast / usual:.1f} times)")


if __name__ == "__main__":
    main()
