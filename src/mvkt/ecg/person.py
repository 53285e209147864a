"""What is known of a person besides the recording, as numbers that a model can use."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

PERSON_FEATURES = ("age", "age squared", "sex", "age by sex")
_MIDDLE_AGE, _AGE_SPREAD = 60.0, 20.0
_OLDEST = 100.0


def person_features(age: ArrayLike, sex: ArrayLike) -> NDArray[np.float32]:
    """Return age and sex as numbers of about unit size; what is unknown is 0.

    Age is counted in units of 20 years from 60, sex is 1 for male and -1 for female. All features of somebody of whom
    nothing is known are 0, so that a linear term in them is 0 then.

    Args:
        age: ``(n,)`` years; NaN where unknown.
        sex: ``(n,)`` ``"male"``, ``"female"`` or ``""``.

    Returns:
        ``(n, 4)``, see :data:`PERSON_FEATURES`.
    """
    years = np.asarray(age, dtype=np.float32)
    scaled = np.where(np.isnan(years), 0.0, (years.clip(0, _OLDEST) - _MIDDLE_AGE) / _AGE_SPREAD)
    names = np.asarray(sex)
    sign = (names == "male").astype(np.float32) - (names == "female")
    return np.array([scaled, scaled**2, sign, scaled * sign]).T.astype(np.float32)
