"""
Add a loss
==========

A *transfer loss* compares a student with its teacher. This page writes a new loss,
checks it against known numbers, trains with it, and compares it with no loss at all.
mvkt itself is not changed. It needs ``pip install '.[train]'`` and takes about a
minute.
"""

# %%
# Write it
# --------
# The loss is the mean squared difference of the logits of student and teacher, without
# what lies within a margin. ``Settings`` are the keys that a recipe may set, ``build``
# makes the loss from them, ``forward`` computes it.

from pathlib import Path
from tempfile import mkdtemp

import matplotlib.pyplot as plt
import torch
from torch.nn import functional

import mvkt
from mvkt.transfer import LOSSES, LossSettings, Outputs, TransferLoss


class LogitMseSettings(LossSettings):
    """Settings of ``[transfer.logit_mse]``.

    Attributes:
        margin: Differences up to this do not count.
    """

    margin: float = 0.0


class LogitMse(TransferLoss):
    """Mean squared difference of the logits."""

    Settings = LogitMseSettings

    def __init__(self, margin):
        super().__init__()
        self.margin = margin

    @classmethod
    def build(cls, settings, context):
        """Take the margin from the settings."""
        return cls(settings.margin)

    def forward(self, student, teacher, batch):
        """Return the loss of a batch."""
        difference = (student.logits - teacher.logits).abs()
        return functional.relu(difference - self.margin).square().mean()


LOSSES.register("logit_mse", LogitMse)
print(*LOSSES, sep=", ")

# %%
# Check it
# --------
# Two equal outputs give 0. A difference of 2 in one of two logits, less a margin of
# 0.5, gives 1.5² / 2.

loss = LogitMse(margin=0.5)
student = Outputs(logits=torch.tensor([[1.0, -2.0]]), embedding=torch.zeros(1, 4))
teacher = Outputs(logits=torch.tensor([[1.0, 0.0]]), embedding=torch.zeros(1, 4))
print(loss(student, student, None).item(), loss(student, teacher, None).item())

# %%
# How it behaves, beside MKD, the loss of the published method. The teacher's logit is
# 2. MKD compares probabilities, so it forgives a student that is still surer; the
# squared difference does not.

from mvkt.transfer.losses.mkd import mkd_loss

logits = torch.linspace(-4, 8, 121)
target = torch.tensor([[2.0]])
figure, axes = plt.subplots(figsize=(8, 3.5), layout="constrained")
axes.plot(
    logits, [mkd_loss(logit[None, None], target) for logit in logits], label="mkd"
)
axes.plot(logits, 0.1 * (logits - target[0]).square(), label="logit_mse, weight 0.1")
axes.axvline(2.0, color="grey", linewidth=0.8)
axes.set(xlabel="the student's logit", ylabel="loss", ylim=(0, 3))
axes.legend()

# %%
# Train with it
# -------------
# A recipe names losses by their keys under ``transfer``; a loss that it does not name
# has weight 0. The recipe ``demo`` is made for simulated recordings. It is trained
# here for a few epochs only.

folder = Path(mkdtemp())
corpus = mvkt.prepare("simulated", folder / "corpus", records=300)

changes = [
    "transfer.mkd=0",
    "transfer.clt=0",
    "transfer.logit_mse.weight=0.1",
    "transfer.logit_mse.margin=0.5",
]
for role in ("teacher", "student"):
    changes += [f"{role}.training.epochs=6", f"{role}.model.widths=[16, 32, 64]"]
result = mvkt.train("demo", corpus, folder / "run", changes=changes)
difference = result.transfer.student_minus_baseline
low, high = difference.low, difference.high
print(f"student - baseline: {difference.value:+.3f} ({low:+.3f} to {high:+.3f})")

# %%
# A typo in a key is answered with the nearest key that there is:

try:
    mvkt.Recipe.load(
        "demo", ["transfer.logit_mse.weight=0.1", "transfer.logit_mse.margn=0.5"]
    )
except mvkt.errors.RecipeError as error:
    print(str(error).splitlines()[-1].strip())

# %%
# Show that it helps
# ------------------
# A single training shows nothing: by chance alone two trainings of the same network
# differ. A *study* trains every method with several seeds, on several test folds, and
# gives each difference an interval and a verdict. Its worker processes import the loss
# by themselves, so there the loss has to be in a file, named by ``--plugin
# my_losses.py``.
#
# The page `add a loss <../how-to/new-loss.html>`_ has that file, and `compare methods
# <../how-to/compare-methods.html>`_ a study.
