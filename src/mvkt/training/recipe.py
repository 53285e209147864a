"""The recipe: a complete training configuration, read from TOML.

A recipe is frozen and validated whole: every fault is reported at once, and an unknown key is answered with the
nearest known one. What a run really used is written into its folder as ``recipe.json``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from mvkt.corpora.corpus_manifest import Split
from mvkt.errors import RecipeError
from mvkt.evaluation.verdicts.wanted_limits import WantedLimits
from mvkt.settings import Settings, find_file, parse_change, read_toml, validate
from mvkt.training.merge import merge
from mvkt.training.network_settings import AugmentationSettings, NetworkSettings, TeacherSettings
from mvkt.transfer import TransferSettings

_RECIPES = Path(__file__).parent.parent / "recipes"


class Recipe(Settings):
    """A complete training configuration.

    Attributes:
        name: Name of the run and of its bundle.
        task: Label set of the corpus (``mvkt corpus describe`` lists them).
        min_samples: A class is learned when more records than this have it in the whole corpus.
        classes: Only these classes of the task are learned; records with none of them are negatives.
        seed: Seed of initialisation, order and augmentation.
        folds: Split into training, validation and test folds instead of that of the corpus.
        unlabelled_folds: Training folds whose labels are not used: students learn there from their teachers alone.
        training_records: Number of labelled records to learn from, drawn at random by the seed; None is all.
        all_labels: Whether the baseline is trained a second time, with all labels of the training folds: how far the
            labels would reach that ``unlabelled_folds`` and ``training_records`` keep back.
        unlabelled_share: Share of records without labels in each batch of a student that learns from teachers; None is
            their share among the records.
        teacher: The network that teaches.
        further_teachers: More teachers, of other views for instance. The student learns from the mean of all logits.
        assistant: A network between teacher and student: it learns from the teachers, and the student from it (Mirzadeh
            et al., *Improved Knowledge Distillation via Teacher Assistant*, AAAI 2020).
        student: The network that learns from the teacher. The baseline is the same network without transfer.
        transfer: Losses and their weights.
        teacher_sees: ``record``: the teacher runs once, on the original records, and its outputs are reused (cheap).
            ``batch``: it runs in every step, on the student's augmented records.
        augmentation: Random changes of the training records, for all networks.
        limits: Class to what is wanted of its limits, where that is not the same as for all classes.
    """

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._+-]{0,99}$")]
    task: str
    min_samples: Annotated[int, Field(ge=0)] = 0
    classes: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0
    folds: Split | None = None
    unlabelled_folds: tuple[int, ...] = ()
    training_records: Annotated[int, Field(ge=2)] | None = None
    all_labels: Annotated[bool, Field(exclude_if=lambda given: not given)] = False
    unlabelled_share: Annotated[float, Field(ge=0, lt=1)] | None = None
    teacher: TeacherSettings = TeacherSettings(view="12-lead")
    further_teachers: tuple[TeacherSettings, ...] = ()
    assistant: NetworkSettings | None = None
    student: NetworkSettings = NetworkSettings(view="I")
    transfer: TransferSettings = TransferSettings()
    teacher_sees: Literal["batch", "record"] = "batch"
    augmentation: AugmentationSettings = AugmentationSettings()
    limits: Mapping[str, WantedLimits] = {}

    @classmethod
    def load(cls, recipe: str | Path, changes: Sequence[str] = ()) -> Recipe:
        """Read a recipe by path or by the name of a packaged recipe; see :func:`load_recipe`.

        Raises:
            RecipeError: There is no such recipe, or anything in it is wrong.
        """
        return load_recipe(find_recipe(str(recipe)), changes)

    @property
    def teachers(self) -> tuple[TeacherSettings, ...]:
        """All teachers."""
        return (self.teacher, *self.further_teachers)

    @model_validator(mode="after")
    def _all_labels_are_more(self) -> Recipe:
        if self.all_labels and not (self.unlabelled_folds or self.training_records):
            raise ValueError("all_labels = true: no label is kept back, give unlabelled_folds or training_records")
        if self.all_labels and not self.transfer.uses_teacher:
            raise ValueError("all_labels = true is for a run that transfers: give a transfer loss a weight")
        return self

    @model_validator(mode="after")
    def _teaching_fits(self) -> Recipe:
        cross_fitted = [teacher.cross_fit > 0 for teacher in self.teachers]
        if any(cross_fitted) and not all(cross_fitted):
            raise ValueError("either all teachers are cross-fitted or none")
        runs_once = any(cross_fitted) or self.teacher_sees == "record"
        if runs_once and self.augmentation.mixup and self.transfer.uses_teacher:
            raise ValueError(
                "a teacher that runs once, on whole records, has no outputs for mixtures: take mixup away, or set "
                "teacher_sees = 'batch'"
            )
        if runs_once and self.transfer.needs_features:
            raise ValueError(
                "losses that compare features of the stages need a teacher that runs in every step: "
                "teacher_sees = 'batch', not cross-fitted"
            )
        return self


def load_recipe(path: Path, changes: Sequence[str] = ()) -> Recipe:
    """Read a recipe from TOML.

    Args:
        path: The file. Its key ``extends`` names the recipe that it changes: a file relative to its own, or the name of
            a recipe that comes with mvkt.
        changes: ``key=value`` with dotted keys (``student.training.epochs=5``); the value is TOML, and what is not
            TOML is text.

    Raises:
        RecipeError: The file cannot be read, or anything in it is wrong; all faults are in the message.
    """
    data = recipe_data(path)
    for change in changes:
        key, value = parse_change(change)
        data = merge(data, {key: value})
    return parse_recipe(data, str(path))


def recipe_data(path: Path) -> dict[str, Any]:
    """Read a recipe as data, put over the recipes that it extends.

    Raises:
        RecipeError: A file cannot be read, or recipes extend each other in a circle.
    """
    chain: list[dict[str, Any]] = []
    seen: list[Path] = []
    following: Path | None = path
    while following is not None:
        if following.resolve() in seen:
            raise RecipeError(f"{path} extends itself: {' -> '.join(file.name for file in seen)}")
        seen.append(following.resolve())
        data = read_toml(following, "recipe")
        chain.append(data)
        base = data.pop("extends", None)
        if base is not None and not isinstance(base, str):
            raise RecipeError(f"{following}: extends names a recipe, got {base!r}")
        following = _beside(following, base) if base else None
    return reduce(merge, reversed(chain))


def _beside(path: Path, base: str) -> Path:
    beside = path.parent / base
    return beside if beside.is_file() else find_recipe(base)


def find_recipe(recipe: str) -> Path:
    """Return the file of a recipe given by path, or by the name of a recipe that comes with mvkt.

    Raises:
        RecipeError: There is neither.
    """
    return find_file(recipe, list_recipes(), "recipe")


def list_recipes() -> list[Path]:
    """Return the files of the recipes that come with mvkt."""
    return sorted(_RECIPES.glob("*.toml"))


def parse_recipe(data: Mapping[str, Any], origin: str = "recipe") -> Recipe:
    """Validate a recipe that is already a mapping.

    Raises:
        RecipeError: Anything in it is wrong; all faults are in the message.
    """
    return validate(Recipe, data, origin)
