"""Whether a recording is of the kind that students learned from: a resting ECG, of the lead that they read.

What rests on the shape of the waves (infarction, ST/T change, hypertrophy, blocks, a normal ECG) holds only there. In
Holters, patches and chest straps the electrodes are on the trunk, not on wrists and ankles, which turns the axis and
changes Q waves and ST segments, and people stand, walk and sleep. Their waves look like those of a resting ECG all the
same: a comparison with the training recordings does not separate them (docs/results/unlike-training.md), so this
is a rule.

Source: Papouchado et al., Eur. Heart J. 8:725 (1987); Kligfield et al., Circulation 115:1306 (2007).
"""

from __future__ import annotations

LONGEST_RESTING_SECONDS = 300.0
"""Nobody lies still for longer for a resting ECG; what a watch or a hand-held device records ends here as well."""

AMBULATORY_SOURCES = ("ISHNE Holter", "Polar", "Movesense", "uECG")
"""Formats of recorders that are worn on the trunk, however short the recording is."""

UPSIDE_DOWN = "the lead looks upside down, and no shape of a wave means anything until that is cleared up"


def unlike_training(source: str, seconds: float, trained: str, *, of_trained_lead: bool) -> str:
    """Return why findings that rest on the shape of the waves are not to be judged.

    Args:
        source: Of the recording.
        seconds: Its length.
        trained: The view that the student was trained on.
        of_trained_lead: Whether that is what is read.

    Returns:
        Empty if they are to be judged.
    """
    if source in AMBULATORY_SOURCES or seconds > LONGEST_RESTING_SECONDS:
        return "the student knows the shape of the waves only from resting ECGs, with electrodes elsewhere"
    if not of_trained_lead:
        return f"the student knows the shape of the waves only from lead {trained}"
    return ""
