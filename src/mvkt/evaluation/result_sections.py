"""What is known about a model beyond its figures: its verdicts, its false alarms, and whom it serves how well."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from mvkt.numbers import Interval
from mvkt.stored import Part

Count = Annotated[int, Field(ge=0)]
Share = Annotated[float, Field(ge=0, le=1)]


class Kept(Part):
    """A promise about errors, and whether the test set bears it out.

    Attributes:
        promised: The largest share of errors.
        records: Test records that it is about.
        share: Of them, on which the error was made; None without records.
        p_value: Probability of so many errors or more if the promise is kept; None where that cannot be determined.
        kept: False when there are more errors than chance explains (``p_value`` below 0.025).
    """

    promised: Share
    records: Count
    share: Interval | None
    p_value: Share | None
    kept: bool | None

    @property
    def words(self) -> str:
        """The outcome of the promise in a word or two."""
        if self.kept is None or self.share is None:
            return "no such record"
        if not self.kept:
            return "broken"
        return "kept" if self.share.value <= self.promised else "within chance"


class ClassVerdicts(Part):
    """The verdicts on one class.

    Attributes:
        code: The class.
        title: In plain words.
        low: Below this probability it is reported as not found.
        high: From this probability on it is reported as found.
        decided: Share of the records with one of these two verdicts.
        error: Share of these about which it is wrong; None where nothing is decided.
        missed: Records with the class that are reported as not found.
        false_alarms: Records without the class that are reported as found.
    """

    code: str
    title: str
    low: Share
    high: Share
    decided: Interval
    error: Interval | None
    missed: Kept
    false_alarms: Kept


class LimitVerdicts(Part):
    """What a recipe wants of the limit of a class, and what came of it.

    Attributes:
        code: The class.
        other: Code of the class whose records are meant; that of the class itself where it is to be found in them.
        kept: In which of them it is not found, or of another class, in which it is found.
    """

    code: str
    other: str
    kept: Kept


class RiskPoint(Part):
    """How much is decided and how often that is wrong, were only these errors promised, the same for all classes.

    Attributes:
        missed: Promised.
        false_alarms: Promised.
        decided: Mean over the classes that are present.
        error: Among what is decided; mean over the classes.
    """

    missed: Share
    false_alarms: Share
    decided: Share
    error: Share


class Abstention(Part):
    """What a model leaves open, and what that buys.

    Attributes:
        decided: Share of the verdicts that are not inconclusive, mean over the classes that are present.
        error: Share of these that are wrong, mean over the classes.
        all_decided: Share of the records about which no class is inconclusive.
        normal: The promise about records with nothing but normal classes: in how many a finding is found or left open.
            None where nothing is promised.
        overlooked: Share of the records with a finding in which none is found or left open; None without such records.
        classes: In the order of the run.
        limits: What the recipe wants of single classes.
        curve: From the strictest promise to one that leaves nothing open.
    """

    decided: Interval
    error: Interval | None
    all_decided: Interval
    normal: Kept | None = None
    overlooked: Interval | None = None
    classes: tuple[ClassVerdicts, ...]
    limits: tuple[LimitVerdicts, ...] = ()
    curve: tuple[RiskPoint, ...]

    @property
    def promises(self) -> tuple[Kept, ...]:
        """All that can be checked."""
        both = (kept for of_class in self.classes for kept in (of_class.missed, of_class.false_alarms))
        wanted = (limit.kept for limit in self.limits)
        return tuple(kept for kept in (*both, *wanted, self.normal) if kept is not None and kept.kept is not None)


class ClassFalsePositives(Part):
    """One class in records that have no finding.

    Attributes:
        code: The class.
        title: In plain words.
        found: Share of the records in which it is reported as found.
        found_or_inconclusive: Share in which it is found or inconclusive.
    """

    code: str
    title: str
    found: Interval
    found_or_inconclusive: Interval


class FalsePositives(Part):
    """What is found in test records without any target: those with no label of the task that is a finding.

    Attributes:
        normal: The classes of the task that are no finding; the model need not know them.
        records: How many such records there are.
        patients: Of how many patients.
        found: Share of the records in which at least one class is found.
        found_or_inconclusive: Share in which at least one class is found or inconclusive.
        classes: Without the normal ones.
    """

    normal: tuple[str, ...]
    records: Annotated[int, Field(ge=1)]
    patients: Annotated[int, Field(ge=1)]
    found: Interval
    found_or_inconclusive: Interval
    classes: tuple[ClassFalsePositives, ...]


class ClassInGroup(Part):
    """One class in a group of people.

    Attributes:
        code: The class.
        positives: Records of the group that have it.
        auc: None where the group has too few records with it, or without it.
    """

    code: str
    positives: Count
    auc: Interval | None


class Subgroup(Part):
    """How well a model does for some people.

    Attributes:
        by: What divides the people.
        name: Which of them these are.
        records: Of the test set.
        patients: Of the test set.
        macro_auc: Mean over the classes that have an AUC; None where fewer than half have one.
        classes: In the order of the run.
    """

    by: Literal["sex", "age"]
    name: str
    records: Annotated[int, Field(ge=1)]
    patients: Annotated[int, Field(ge=1)]
    macro_auc: Interval | None
    classes: tuple[ClassInGroup, ...]

    @property
    def too_few(self) -> tuple[str, ...]:
        """Classes that cannot be evaluated in this group."""
        return tuple(of_class.code for of_class in self.classes if of_class.auc is None)


class LearnedFrom(Part):
    """Recordings that a network has learned from.

    Attributes:
        source: Of the corpus.
        part: Of the source; empty is the whole.
        checksum: SHA-256 of the prepared signals.
        records: Number of training records.
        training: Folds that it learned from.
        validation: Folds by which its weights were chosen.
        licence: Of the recordings.
        citation: Who is to be cited.
    """

    source: str
    part: str = ""
    checksum: str
    records: Count = 0
    training: tuple[int, ...]
    validation: tuple[int, ...]
    licence: str = ""
    citation: str = ""


class NetworkStart(Part):
    """The network that a model of a run went on from.

    Attributes:
        name: Of a network in the box, or of the folder of a bundle or run.
        sha256: Of the file of its weights.
        view: The leads that it saw.
        classes: That it knew; those that are learned again, by the same code, go on as well.
        rate: Factor of the learning rate of what was taken from it.
        learned_from: What it has learned from, and what its own start has; empty where it does not state that.
    """

    name: str
    sha256: str
    view: str
    classes: tuple[str, ...]
    rate: float
    learned_from: tuple[LearnedFrom, ...]
