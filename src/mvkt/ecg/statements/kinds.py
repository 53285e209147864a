"""What a class rests on: when the waves come, or what they look like.

Rhythm and extra beats are seen on any lead, in any posture. What rests on shape (infarction, ST/T change, hypertrophy,
bundle branch block, a normal ECG as well) holds for the lead and the electrode places that a model learned from.
Electrodes on the trunk instead of the wrists and ankles, as in Holters and patches, turn the axis, raise the R waves of
lead II and hide or make the signs of an infarction; such recordings are not equivalent to standard ones.

Source: Papouchado et al., Fundamental differences between the standard 12-lead electrocardiograph and the modified
(Mason-Likar) exercise lead system, Eur. Heart J. 8:725 (1987); Kligfield et al., Recommendations for the
Standardization and Interpretation of the Electrocardiogram, part I, Circulation 115:1306 (2007).
"""

from __future__ import annotations

from mvkt.ecg.statements import typical

NORMAL = frozenset({"NORM", "SR", "NSR"})
"""Classes that are no finding, in every corpus that has them."""

UNREADABLE = frozenset({"NOISE"})
"""Classes that mean that nothing else can be seen."""

RHYTHM = frozenset(
    {
        # PTB-XL: the rhythm statements, extra beats, and the way from the atria to the ventricles
        *("SR", "AFIB", "AFLT", "STACH", "SBRAD", "SARRH", "SVARR", "SVTAC", "PSVT", "BIGU", "TRIGU", "PACE"),
        *("PVC", "PAC", "PRC(S)", "1AVB", "2AVB", "3AVB", "LPR", "_AVB"),
        # CPSC2018, the challenges, the simulator
        *("AF", "IAVB", "AFL", "Brady", "NSR", "PR", "SA", "SB", "STach", "AVB1"),
        # strips of a hand-held device: another rhythm, and none that can be read
        *("ORHY", "NOISE"),
    }
)
"""Classes that rest on when the waves come."""

SHAPE = (
    frozenset().union(
        typical.PTBXL,
        typical.PTBXL_SUPERCLASSES,
        typical.PTBXL_SUBCLASSES,
        typical.CPSC2018,
        typical.CHALLENGE,
        typical.CINC2017,
        typical.SIMULATED,
    )
    - RHYTHM
)
"""Classes that rest on the shape of the waves: all others that are known. Of other codes nothing is known."""
