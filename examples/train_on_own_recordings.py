"""
Train on your own recordings
============================

A folder of 12-lead recordings and a table of labels become a student that reads lead
I. This needs ``pip install '.[train]'`` and takes about a minute. All recordings are
simulated, and the networks are small and briefly trained: the way is real, the figures
mean nothing for patients.
"""

# %%
# A folder of recordings
# ----------------------
# With recordings of your own, begin at the next step. Here the simulator writes 200
# recordings as WFDB files, and a table with three labels: atrial fibrillation (AF),
# premature beats of the ventricles (PVC), left bundle branch block (LBBB). A quarter
# of the recordings has none of them.

import csv
import json
from pathlib import Path
from tempfile import mkdtemp

import matplotlib.pyplot as plt

import mvkt
from mvkt.ecg.formats import write
from mvkt.ecg.simulate import simulate

folder = Path(mkdtemp())
recordings = folder / "recordings"
recordings.mkdir()
with (recordings / "labels.csv").open("w", newline="") as file:
    table = csv.writer(file)
    table.writerow(["record", "labels", "age", "sex"])
    for seed, condition in enumerate(("NORM", "AF", "PVC", "LBBB")):
        simulation = simulate(50, seed=seed, conditions=[condition])
        for number in range(50):
            record = simulation.record(number)
            name = f"{condition.lower()}-{number:02}"
            write(record, recordings / f"{name}.hea")
            table.writerow(
                [
                    name,
                    "" if condition == "NORM" else condition,
                    round(record.age),
                    record.sex,
                ]
            )

print(*(recordings / "labels.csv").read_text().splitlines()[48:54], sep="\n")

# %%
# An empty label means that somebody looked and found none of the three. Several labels
# are separated by ``;``.
#
# Prepare a corpus
# ----------------
# A *corpus* is a folder of recordings that are ready for training: filtered, cut into
# windows, and divided into ten folds. Folds 1 to 8 train, fold 9 chooses, fold 10
# tests. A column ``patient`` would keep the recordings of a patient in one fold.

corpus = mvkt.prepare("folder", folder / "corpus", root=recordings)
print(len(corpus), "windows of", len(corpus.leads), "leads")

targets = corpus.targets("labels")
tested = corpus.rows([10])
for name, column in zip(targets.classes, targets.matrix.T, strict=True):
    number, held_out = int(column.sum()), int(column[tested].sum())
    print(f"{name:5} in {number} recordings, {held_out} of them to test with")

# %%
# Train
# -----
# The recipe ``own`` chooses task, leads and networks for the corpus, and reports what
# it chose. For this page everything is made smaller and shorter by ``changes``; leave
# them out for a training in earnest.


class Printer:
    """Prints messages, and passes over the progress of each epoch."""

    def begin(self, *progress): ...
    def step(self): ...
    def epoch(self, *progress): ...
    def message(self, text):
        print(text)


changes = ["student.pretraining="]
for role in ("teacher", "student"):
    changes += [f"{role}.training.epochs=12", f"{role}.training.warmup_epochs=1"]
    changes += [f'{role}.model={{name="resnet1d", widths=[16, 32, 64]}}']
result = mvkt.train("own", corpus, folder / "run", changes=changes, reporter=Printer())

# %%
# Three networks were trained: the teacher sees 12 leads; the student sees lead I and
# learns from labels and teacher; the baseline is the same network as the student, and
# learns from labels alone.

for role, model in result.models.items():
    auc = model.evaluation.macro_auc
    interval = f"({auc.low:.3f} to {auc.high:.3f})"
    print(f"{role:9} {model.view:8} macro AUC {auc.value:.3f} {interval}")
difference = result.transfer.student_minus_baseline
low, high = difference.low, difference.high
print(f"student - baseline: {difference.value:+.3f} ({low:+.3f} to {high:+.3f})")

# %%
# The interval of the difference shows whether the teacher helped: where it includes 0,
# these records do not show it. The bundle of the run holds whichever of the two ranks
# the validation records better.

figure, axes = plt.subplots(figsize=(8, 3.5), layout="constrained")
for role in ("teacher", "baseline", "student"):
    lines = (folder / "run" / role / "metrics.jsonl").read_text().splitlines()
    epochs = [json.loads(line) for line in lines]
    axes.plot(
        [epoch["epoch"] for epoch in epochs],
        [epoch["validation"]["macro_auc"] for epoch in epochs],
        label=role,
    )
axes.set(xlabel="epoch", ylabel="macro AUC, validation fold")
axes.legend()

# %%
# Use what came out
# -----------------
# ``run/bundle`` is all that is needed to read recordings, without PyTorch.
# ``run/report.html`` shows every class.

diagnosis = mvkt.load(folder / "run" / "bundle").diagnose(
    mvkt.read(recordings / "af-07.hea")
)
for finding in diagnosis.by_weight:
    print(f"{finding.probability:6.1%}  {finding.verdict:12}  {finding.title}")
print(*diagnosis.notes, sep="\n")

# %%
# The same on the command line: `your own recordings <../how-to/own-recordings.html>`_.
