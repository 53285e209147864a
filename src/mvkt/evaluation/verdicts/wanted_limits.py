"""What a recipe wants of the limit of a class: how many of those who have it are found, and of the others how few.

The best cut by F1 weighs a missed case like a false alarm. Where that is not what is wanted, a recipe states shares
instead: the class is to be found in at least so many of the records that have it, and in at most so many of those of
another class. Each share gives a limit, the highest that finds enough or the lowest that keeps false alarms rare, with
the margin of split conformal prediction for how few the records are (:mod:`mvkt.evaluation.verdicts.conformal_band`).
The limit lies halfway between the two, in log odds: both shares are kept with as much to spare as there is, or, where
they cannot both be kept, both are missed alike.

As with the best cuts, a limit by few records leans on the probabilities of all: if they are calibrated, they show by
themselves which share of a class lies above a limit (:mod:`mvkt.evaluation.verdicts.shrinkage`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from mvkt.errors import RecipeError
from mvkt.evaluation.verdicts.conformal_band import allowed_errors, lower_end, upper_end
from mvkt.evaluation.verdicts.shrinkage import between, weight_of_own
from mvkt.stored import Part

WantedShare = Annotated[float, Field(gt=0, lt=1)]

Float = NDArray[np.float64]


class WantedLimits(Part):
    """What is wanted of the limits of a class; what is not given is as for all classes.

    Attributes:
        found: Smallest share of the records with the class in which it is found.
        false_alarms: Code of another class to the largest share of its records in which the class is found.
        missed: Largest share of the records with the class that are reported as absent.
        despite_noise: Whether a window that a network finds too noisy is read where the class is found, and is likelier
            than noise.
    """

    found: WantedShare | None = None
    false_alarms: Mapping[str, WantedShare] = {}
    missed: WantedShare | None = None
    despite_noise: bool = False

    @property
    def of_finding(self) -> bool:
        """Whether anything is wanted of the limit from which the class is found."""
        return self.found is not None or bool(self.false_alarms)


def require_classes(limits: Mapping[str, WantedLimits], classes: Sequence[str]) -> None:
    """Refuse limits of classes that there are not.

    Raises:
        RecipeError: A class is not in ``classes``, or is another class to itself.
    """
    named = {*limits, *(other for wanted in limits.values() for other in wanted.false_alarms)}
    if strangers := sorted(named - set(classes)):
        raise RecipeError(f"limits name {', '.join(strangers)}; the classes are {', '.join(classes)}")
    if own := [code for code, wanted in limits.items() if code in wanted.false_alarms]:
        raise RecipeError(f"limits of {own[0]}: false alarms are in records of another class; found in its own")


def found_limit(
    wanted: WantedLimits, column: int, targets: NDArray[np.bool_], scores: NDArray[np.floating], classes: Sequence[str]
) -> float:
    """Return the probability from which a class is found.

    Args:
        wanted: Of the class, something of the limit from which it is found.
        column: Of the class.
        targets: ``(records, classes)`` of the validation set.
        scores: ``(records, classes)`` calibrated probabilities.
        classes: Their codes.
    """
    values = scores.astype(np.float64)
    score = values[:, column]
    ends = []
    if wanted.found is not None:
        own = lower_end(score[targets[:, column]], score, 1 - wanted.found)
        expected = expected_limit(score, score, wanted.found)
        ends.append(_shrunk(own, expected, int(targets[:, column].sum()), 1 - wanted.found))
    rare = []
    for code, share in wanted.false_alarms.items():
        other = list(classes).index(code)
        own = upper_end(score[targets[:, other]], score, share)
        expected = expected_limit(score, values[:, other], share)
        rare.append(_shrunk(own, expected, int(targets[:, other].sum()), share))
    if rare:
        ends.append(max(rare))
    return between(ends[0], ends[-1], 0.5)


def expected_limit(scores: Float, membership: Float, share: float) -> float:
    """Return the limit above which a share of a class is to be expected.

    Args:
        scores: ``(records,)`` that the limit is for.
        membership: ``(records,)`` calibrated probability of each record to be of the class.
        share: 0 to 1.
    """
    falling = np.argsort(-scores, kind="stable")
    above = np.cumsum(membership[falling])
    last = min(int(np.searchsorted(above, share * above[-1])), len(scores) - 1)
    below = float(scores[falling[last + 1]]) if last + 1 < len(scores) else 0.0
    return (float(scores[falling[last]]) + below) / 2


def _shrunk(own: float, expected: float, records: int, share: float) -> float:
    """Lean on what is expected, the more the fewer the records are; altogether where they can promise nothing."""
    return between(own, expected, weight_of_own(records) if allowed_errors(records, share) else 0.0)
