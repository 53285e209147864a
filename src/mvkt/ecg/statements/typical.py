"""What the classes are typical of, one line each, for people who are no cardiologists.

A line names what the ECG pattern is commonly a sign of, never what somebody has. The wording follows the usual
definitions: AHA/ACC/HRS Recommendations for the Standardization and Interpretation of the Electrocardiogram, part II,
Circulation 115:1325 (2007), and parts III to VI, Circulation 119:e235, e241, e251 and e262 (2009).
"""

from __future__ import annotations

from collections.abc import Mapping

_NORMAL = "typical of an ECG without abnormal findings, which does not rule out heart disease"
_SINUS_RHYTHM = "typical of the normal rhythm, with the heart's own pacemaker in charge"
_FIBRILLATION = "typical of an irregular rhythm in which the atria quiver instead of beating; it can lead to a stroke"
_FLUTTER = "typical of a fast, regular circling of the electrical signal in the atria"
_FIRST_DEGREE = "typical of a delay between atria and ventricles in which every beat still gets through; often harmless"
_LBBB = "typical of a block of the left main branch of the conduction system, often with a disease of the heart"
_RBBB = "typical of a block of the right main branch of the conduction system; also seen in healthy hearts"
_IRBBB = "typical of a slight delay in the right main branch of the conduction system; often a normal variant"
_LAFB = "typical of a block in the front part of the left conduction branch; often harmless when alone"
_PAC = "typical of early extra beats from the atria; common and often harmless"
_PVC = "typical of early extra beats from the ventricles; single ones are common, many call for a check"
_LVH = "typical of a thickened left ventricle, often after years of high blood pressure or with a valve disease"
_ST_DEPRESSION = "typical of too little blood flow in the heart muscle, strain or some medicines; many causes"
_ST_ELEVATION = "typical of an acute heart attack or an inflamed heart sac, but also a normal variant in the young"
_ANTERIOR = "typical of a past or present heart attack in the front wall"
_INFERIOR = "typical of a past or present heart attack in the lower wall"
_SLOW = "typical of a normal but slow rhythm: sleep, endurance training, medicines or a tired natural pacemaker"
_FAST = "typical of a normal but fast rhythm: effort, excitement, fever or another strain"
_UNEVEN = "typical of a normal rhythm that speeds up and slows down, mostly with the breath; usually harmless"
_LONG_QT = "typical of a slow electrical recovery after each beat (medicines, salts in the blood, inherited)"
_LONG_PR = "typical of a slow way from the atria to the ventricles; often harmless"
_LOW_VOLTAGE = "typical of signals weakened on their way to the skin (build, lungs, fluid) or of a weak heart muscle"
_T_WAVE = "typical of an altered recovery after each beat; many causes, often no disease"
_INVERTED_T = "typical of an altered recovery after each beat: too little blood flow, strain, or a normal variant"
_Q_WAVE = "typical of a scar in the heart muscle, often from an old heart attack, but also a normal variant"
_PACED = "typical of a heart that is driven by an artificial pacemaker"
_IVCD = "typical of a slow spread of the signal through the ventricles without a certain place of the delay"
_ISCHEMIA = "typical of too little blood flow in the heart muscle"
_INJURY = "typical of heart muscle injured by too little blood flow, as in a heart attack"
_EXTRA_FAST = "typical of a fast rhythm that starts above the ventricles, often in sudden attacks"

PTBXL: Mapping[str, str] = {
    "NORM": _NORMAL,
    "NDT": _T_WAVE,
    "NST_": "typical of a small change between beat and recovery; many causes, often no disease",
    "DIG": "typical of the effect of digitalis, a heart medicine",
    "LNGQT": _LONG_QT,
    "LVH": _LVH,
    "RVH": "typical of a thickened right ventricle, often with a disease of the lungs or an inborn heart disease",
    "SEHYP": "typical of a thickened wall between the ventricles",
    "LAO/LAE": "typical of a strained or enlarged left atrium, often by high blood pressure or a mitral valve",
    "RAO/RAE": "typical of a strained or enlarged right atrium, often with a disease of the lungs",
    "LAFB": _LAFB,
    "LPFB": "typical of a block in the rear part of the left conduction branch; rare when alone",
    "IRBBB": _IRBBB,
    "CRBBB": _RBBB,
    "ILBBB": "typical of a slight delay in the left main branch of the conduction system",
    "CLBBB": _LBBB,
    "IVCD": _IVCD,
    "WPW": "typical of an inborn second pathway between atria and ventricles, which can cause attacks of a fast pulse",
    "1AVB": _FIRST_DEGREE,
    "2AVB": "typical of single beats that do not get from the atria to the ventricles",
    "3AVB": "typical of atria and ventricles that beat apart from each other; serious",
    "IMI": _INFERIOR,
    "ILMI": "typical of a past or present heart attack in the lower and side wall",
    "IPMI": "typical of a past or present heart attack in the lower and rear wall",
    "IPLMI": "typical of a past or present heart attack in the lower, rear and side wall",
    "AMI": _ANTERIOR,
    "ASMI": "typical of a past or present heart attack in the front wall and the wall between the ventricles",
    "ALMI": "typical of a past or present heart attack in the front and side wall",
    "LMI": "typical of a past or present heart attack in the side wall",
    "PMI": "typical of a past or present heart attack in the rear wall",
    "INJAS": f"{_INJURY} (front and middle wall)",
    "INJAL": f"{_INJURY} (front and side wall)",
    "INJIN": f"{_INJURY} (lower wall)",
    "INJLA": f"{_INJURY} (side wall)",
    "INJIL": f"{_INJURY} (lower and side wall)",
    "ISC_": f"{_ISCHEMIA}, at no certain place",
    "ISCAL": f"{_ISCHEMIA} of the front and side wall",
    "ISCIN": f"{_ISCHEMIA} of the lower wall",
    "ISCIL": f"{_ISCHEMIA} of the lower and side wall",
    "ISCAS": f"{_ISCHEMIA} of the front wall and the wall between the ventricles",
    "ISCLA": f"{_ISCHEMIA} of the side wall",
    "ISCAN": f"{_ISCHEMIA} of the front wall",
    "ANEUR": "typical of a bulge in the heart wall after a heart attack",
    "EL": "typical of salts in the blood that are out of balance, or of the effect of a medicine",
    "ABQRS": "typical of an unusual shape of the main beat; many causes",
    "PVC": _PVC,
    "STD_": _ST_DEPRESSION,
    "STE_": _ST_ELEVATION,
    "VCLVH": "typical of a thickened left ventricle, by the height of the waves alone; also seen in the young and slim",
    "HVOLT": "typical of a thickened heart muscle, but also of young, slim or trained people",
    "LVOLT": _LOW_VOLTAGE,
    "QWAVE": _Q_WAVE,
    "LOWT": _T_WAVE,
    "NT_": _T_WAVE,
    "TAB_": _T_WAVE,
    "INVT": _INVERTED_T,
    "PAC": _PAC,
    "PRC(S)": "typical of early extra beats; common and often harmless",
    "LPR": _LONG_PR,
    "SR": _SINUS_RHYTHM,
    "AFIB": _FIBRILLATION,
    "AFLT": _FLUTTER,
    "STACH": _FAST,
    "SBRAD": _SLOW,
    "SARRH": _UNEVEN,
    "SVARR": "typical of a rhythm that starts above the ventricles but not in the heart's own pacemaker",
    "SVTAC": _EXTRA_FAST,
    "PSVT": _EXTRA_FAST,
    "PACE": _PACED,
    "BIGU": "typical of an extra beat after every normal one",
    "TRIGU": "typical of an extra beat after every second normal one",
}
"""Statement of PTB-XL to plain words."""

PTBXL_SUPERCLASSES: Mapping[str, str] = {
    "NORM": _NORMAL,
    "MI": "typical of a past or present heart attack (myocardial infarction)",
    "STTC": "typical of an altered recovery after each beat: too little blood flow, strain, medicines and many others",
    "CD": "typical of a delay or block of the signal on its way through the heart; from harmless to serious",
    "HYP": "typical of a thickened or enlarged part of the heart, often after years of high blood pressure",
}
"""Diagnostic superclass to plain words."""

PTBXL_SUBCLASSES: Mapping[str, str] = {
    "NORM": _NORMAL,
    "AMI": _ANTERIOR,
    "IMI": _INFERIOR,
    "LMI": PTBXL["LMI"],
    "PMI": PTBXL["PMI"],
    "STTC": "typical of an altered recovery after each beat; many causes, medicines and salts among them",
    "NST_": PTBXL["NST_"],
    "ISC_": PTBXL["ISC_"],
    "ISCA": f"{_ISCHEMIA} of the front or side wall",
    "ISCI": f"{_ISCHEMIA} of the lower wall",
    "LAFB/LPFB": "typical of a block in a part of the left conduction branch; often harmless when alone",
    "IRBBB": _IRBBB,
    "CRBBB": _RBBB,
    "ILBBB": PTBXL["ILBBB"],
    "CLBBB": _LBBB,
    "_AVB": "typical of a delay or block between atria and ventricles; from harmless to serious",
    "IVCD": _IVCD,
    "WPW": PTBXL["WPW"],
    "LVH": _LVH,
    "RVH": PTBXL["RVH"],
    "SEHYP": PTBXL["SEHYP"],
    "LAO/LAE": PTBXL["LAO/LAE"],
    "RAO/RAE": PTBXL["RAO/RAE"],
}
"""Diagnostic subclass to plain words."""

CPSC2018: Mapping[str, str] = {
    "NORM": _NORMAL,
    "AF": _FIBRILLATION,
    "IAVB": _FIRST_DEGREE,
    "LBBB": _LBBB,
    "RBBB": _RBBB,
    "PAC": _PAC,
    "PVC": _PVC,
    "STD": _ST_DEPRESSION,
    "STE": _ST_ELEVATION,
}
"""Class of CPSC2018 to plain words."""

CHALLENGE: Mapping[str, str] = {
    "AF": _FIBRILLATION,
    "AFL": _FLUTTER,
    "BBB": "typical of a block of a main branch of the conduction system",
    "Brady": "typical of a slow pulse: sleep, endurance training, medicines or a disease of the conduction system",
    "LBBB": _LBBB,
    "RBBB": _RBBB,
    "IAVB": _FIRST_DEGREE,
    "IRBBB": _IRBBB,
    "LAD": "typical of a signal that is turned to the left: build, age or a block in the left conduction branch",
    "LAnFB": _LAFB,
    "LQRSV": _LOW_VOLTAGE,
    "NSIVCB": _IVCD,
    "NSR": _SINUS_RHYTHM,
    "PAC": _PAC,
    "PR": _PACED,
    "PRWP": "typical of an old heart attack in the front wall, but also of build or electrodes placed too high",
    "PVC": _PVC,
    "LPR": _LONG_PR,
    "LQT": _LONG_QT,
    "QAb": _Q_WAVE,
    "RAD": "typical of a signal that is turned to the right: slim build, youth or a strained right ventricle",
    "SA": _UNEVEN,
    "SB": _SLOW,
    "STach": _FAST,
    "TAb": _T_WAVE,
    "TInv": _INVERTED_T,
}
"""Scored class of the PhysioNet challenges to plain words."""

CINC2017: Mapping[str, str] = {
    "NSR": _SINUS_RHYTHM,
    "AF": _FIBRILLATION,
    "ORHY": "typical of a rhythm that is neither normal nor atrial fibrillation: extra beats, fast, slow, others",
    "NOISE": "typical of a strip that cannot be read: movement, dry skin or a loose contact",
}
"""Class of the PhysioNet challenge of 2017 to plain words: of the rhythm alone."""

SIMULATED: Mapping[str, str] = {
    "NORM": _NORMAL,
    "AF": _FIBRILLATION,
    "AVB1": _FIRST_DEGREE,
    "LBBB": _LBBB,
    "RBBB": _RBBB,
    "AMI": _ANTERIOR,
    "IMI": _INFERIOR,
    "LVH": _LVH,
    "STD": _ST_DEPRESSION,
    "PVC": _PVC,
    "PAC": _PAC,
}
"""Condition of the simulator to plain words."""
