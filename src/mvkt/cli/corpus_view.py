"""How the description of a corpus looks on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import RenderableType

    from mvkt.corpora.describe import Description, TaskCount


def view(description: Description) -> RenderableType:
    """Lay a description out for a person."""
    from rich.console import Group
    from rich.table import Table

    facts = Table.grid(padding=(0, 2))
    facts.add_column(style="bold")
    for name, text in _facts(description):
        facts.add_row(name, text)
    if len(description.tasks) == 1:
        return Group(facts, "", _classes(description.tasks[0]))
    if not description.tasks:
        return Group(
            facts, "", "No labels: a teacher can run on these recordings, and a student can learn from its outputs."
        )
    tasks = Table("task", "what", box=None)
    tasks.add_column("classes", justify="right")
    tasks.add_column("labelled records", justify="right")
    for task in description.tasks:
        tasks.add_row(task.name, task.title, str(len(task.classes)), f"{task.labelled:,}")
    return Group(facts, "", tasks)


def _facts(description: Description) -> list[tuple[str, str]]:
    window = f"{description.window_seconds:g} s at {description.sampling_frequency:g} Hz"
    ages = " ".join(f"{age:g}" for age in description.ages)
    facts = [
        ("corpus", f"{description.path} (from {description.source})"),
        ("records", f"{description.records:,} of {description.patients:,} patients"),
        (
            "windows",
            f"{description.rows:,} of {window}, {len(description.leads)} leads: {' '.join(description.leads)}",
        ),
        ("folds", "  ".join(f"{fold}: {records:,}" for fold, records in description.folds.items())),
        (
            "age",
            f"{ages} (youngest, quartiles, oldest), {description.age_unknown:,} unknown" if ages else "unknown",
        ),
        ("sex", "  ".join(f"{sex}: {records:,}" for sex, records in description.sexes.items())),
        ("licence", description.licence),
        ("cite", description.citation),
    ]
    facts += [("left out", f"{records:,}: {reason}") for reason, records in description.skipped.items()]
    return facts + [("mind", warning) for warning in description.warnings]


def _classes(task: TaskCount) -> RenderableType:
    from rich.table import Table

    partly = f" of {task.records:,}" if task.labelled < task.records else ""
    title = f"{task.name}: {task.title}, {task.labelled:,}{partly} records labelled"
    table = Table("class", "what", title=title, title_justify="left", box=None)
    for column in ("records", "training", "validation", "test"):
        table.add_column(column, justify="right")
    for row in task.classes:
        counts = (row.records, row.training, row.validation, row.test)
        table.add_row(row.code, row.title, *(f"{count:,}" for count in counts))
    return table
