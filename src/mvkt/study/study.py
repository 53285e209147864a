"""The study: methods to be compared, read from TOML.

A method is a recipe with a name: the recipe of the study, or one of its own, with changes. A study is frozen and
validated whole, the recipes of its methods included: every fault is reported at once, and an unknown key is answered
with the nearest known one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, model_validator

from mvkt.errors import RecipeError, hint
from mvkt.settings import Settings, faults, find_file, listed, read_toml
from mvkt.study.study_folder import JudgedOn
from mvkt.training.merge import merge
from mvkt.training.recipe import Recipe, find_recipe, parse_recipe, recipe_data

_STUDIES = Path(__file__).parent.parent / "studies"
_OF_THE_STUDY = {"name": "the name of the method", "seed": "seeds", "folds": "test_folds"}

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._+-]{0,99}$")]


def _different(values: tuple[Any, ...]) -> tuple[Any, ...]:
    if len(set(values)) != len(values):
        raise ValueError(f"each one once; here are {', '.join(map(str, values))}")
    return values


_Once = AfterValidator(_different)
_OneOrMore = Field(min_length=1)
_ALL_IS_NONE = BeforeValidator(lambda folds: None if folds == "all" else folds)


class Method(Settings):
    """A recipe with a name.

    Attributes:
        title: Words for tables and figures; by default the name.
        note: Remark for the reader of the report.
        recipe: Recipe of this method instead of that of the study.
        family: Methods of a family differ in ``training_folds`` alone: a learning curve.
        training_folds: Number of folds to learn from, teachers included; by default all.
        labelled_folds: Number of training folds whose labels are used; students learn from the others by their
            teachers alone. By default all.
        unlabelled: Whether the recordings of the corpora without labels are learned from as well.
        changes: Changes to the recipe, see :func:`mvkt.training.merge.merge`.
    """

    title: str = ""
    note: str = ""
    recipe: str | None = None
    family: str = ""
    training_folds: Annotated[int, Field(ge=1)] | None = None
    labelled_folds: Annotated[int, Field(ge=1)] | None = None
    unlabelled: bool = False
    changes: Annotated[dict[str, Any], Field(alias="set", default_factory=dict)]


class StudySettings(Settings):
    """The file of a study.

    Attributes:
        name: Name of the study.
        title: Title in plain words, a line.
        recipe: Base of all methods: the name of a recipe that comes with mvkt, or a path relative to the study.
        tasks: Tasks to compare on, each in a table of its own; by default the task of the recipe.
        views: Leads that the students see, each in a table of its own; by default those of the recipe. Methods that set
            ``student.view`` themselves, such as a teacher of twelve leads, keep theirs.
        seeds: Seeds; every method is trained with each.
        test_folds: Test folds. Every method is selected on the fold before each of them, trained on all others and
            tested on it. ``"all"``, the default, takes all folds of the corpus.
        baseline: Method that the others are compared with.
        reference: Method that shows how far a student could get, usually the 12-lead teacher. It is no candidate.
        judged_on: ``test``, or ``validation`` while methods are still being chosen: no test fold is read then.
        classes: Classes to compare on; by default those that all methods have.
        changes: Changes to the recipes of all methods.
        methods: Methods by name.
    """

    name: Name
    title: Annotated[str, Field(pattern=r"^[^\r\n]*$")] = ""
    recipe: str
    tasks: Annotated[tuple[Name, ...], _Once] = ()
    views: Annotated[tuple[Name, ...], _Once] = ()
    seeds: Annotated[tuple[Annotated[int, Field(ge=0, lt=2**31)], ...], _OneOrMore, _Once] = (0, 1, 2)
    test_folds: Annotated[Annotated[tuple[int, ...], _OneOrMore, _Once] | None, _ALL_IS_NONE] = None
    baseline: str
    reference: str | None = None
    judged_on: JudgedOn = "test"
    classes: Annotated[tuple[str, ...], _OneOrMore, _Once] | None = None
    changes: Annotated[dict[str, Any], Field(alias="set", default_factory=dict)]
    methods: Annotated[dict[Name, Method], _OneOrMore]

    @model_validator(mode="after")
    def _parts_fit(self) -> StudySettings:
        for role, method in (("baseline", self.baseline), ("reference", self.reference)):
            if method is not None and method not in self.methods:
                raise ValueError(f"the {role} {method!r} is no method; {hint(method, self.methods, 'there are')}")
        if self.reference == self.baseline:
            raise ValueError(f"{self.baseline!r} cannot be baseline and reference")
        if self.tasks and self.classes:
            raise ValueError("classes belong to one task; leave them out, or tasks")
        return self


@dataclass(frozen=True)
class Study:
    """A study with the recipes of its methods.

    Attributes:
        settings: As in the file.
        recipes: Method to its resolved recipe, in the order of the file. Seed and folds in them mean nothing: they
            are those of the cells.
    """

    settings: StudySettings
    recipes: Mapping[str, Recipe]

    @property
    def tables(self) -> tuple[tuple[str, Study], ...]:
        """The studies that are compared each by itself: folder and study of each task and view.

        Raises:
            RecipeError: A recipe does not allow for a view.
        """
        parts = product(self.settings.tasks or (None,), self.settings.views or (None,))
        return tuple(("/".join(filter(None, part)), self._of(*part)) for part in parts)

    def _of(self, task: str | None, view: str | None) -> Study:
        recipes = {}
        for name, recipe in self.recipes.items():
            own = merge({}, self.settings.methods[name].changes).get("student", {})
            changes = {"task": task} if task else {}
            if view and "view" not in own:
                changes["student.view"] = view
            data = merge(recipe.model_dump(mode="json", exclude_unset=True), changes)
            recipes[name] = parse_recipe(data, f"method {name!r} with view {view!r}")
        title = ", ".join(filter(None, (self.settings.title, task, view and f"view {view}")))
        return Study(self.settings.model_copy(update={"title": title}), recipes)


def load_study(path: Path) -> Study:
    """Read a study from TOML, and the recipes that it names.

    Raises:
        RecipeError: A file cannot be read, or anything in it is wrong; all faults are in the message.
    """
    return parse_study(read_toml(path, "study"), path)


def find_study(study: str) -> Path:
    """Return the file of a study given by path, or by the name of one that comes with mvkt.

    Raises:
        RecipeError: There is neither.
    """
    return find_file(study, list_studies(), "study")


def list_studies() -> list[Path]:
    """Return the files of the studies that come with mvkt."""
    return sorted(_STUDIES.glob("*.toml"))


def parse_study(data: Mapping[str, Any], path: Path) -> Study:
    """Validate a study that is already a mapping.

    Args:
        data: The study.
        path: Its file, for messages, and because paths of recipes are relative to it.

    Raises:
        RecipeError: Anything in it or in its recipes is wrong; all faults are in the message.
    """
    recipes, described = _resolve(data, path.parent)
    try:
        settings = StudySettings.model_validate(data)
        if not described:
            return Study(settings, recipes)
    except ValidationError as error:
        described = [*faults(error, StudySettings), *described]
    raise RecipeError(listed(str(path), described))


def _resolve(data: Mapping[str, Any], folder: Path) -> tuple[dict[str, Recipe], list[str]]:
    """Resolve the recipes of all methods that are sound in themselves; a fault of many methods is reported once."""
    recipes: dict[str, Recipe] = {}
    methods_of: dict[str, list[str]] = {}
    base, changes = data.get("recipe"), data.get("set", {})
    given = dict(_OF_THE_STUDY)
    if data.get("tasks"):
        given["task"] = "tasks"
    for name, method in _sound_methods(data):
        try:
            start = method.recipe or base
            if isinstance(start, str) and isinstance(changes, dict):
                recipes[name] = _recipe(name, start, [changes, method.changes], given, folder)
        except RecipeError as error:
            first, *others = str(error).splitlines()
            fault = "\n".join([first, *(f"  {line}" for line in others)])
            methods_of.setdefault(fault, []).append(name)
    return recipes, [f"methods.{', '.join(methods)}: {fault}" for fault, methods in methods_of.items()]


def _sound_methods(data: Mapping[str, Any]) -> Iterator[tuple[str, Method]]:
    methods = data.get("methods")
    for name, method in methods.items() if isinstance(methods, dict) else ():
        try:
            yield name, Method.model_validate(method)
        except ValidationError:
            continue  # its faults are among those of the study


def _recipe(
    name: str, start: str, changes: Sequence[Mapping[str, Any]], given: Mapping[str, str], folder: Path
) -> Recipe:
    beside = folder / start
    path = beside if beside.is_file() else find_recipe(start)
    data = recipe_data(path)
    for change in changes:
        for key, instead in given.items():
            if key in change:
                raise RecipeError(f"set cannot change {key!r}, which is given by {instead}")
        data = merge(data, change)
    return parse_recipe({**data, "name": name}, f"its recipe ({start}, changed)")
