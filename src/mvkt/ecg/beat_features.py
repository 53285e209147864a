"""What sets each heartbeat apart from the usual ones of its recording: 63 numbers a beat and lead.

The beats of ten minutes are compared with each other. The largest group of like beats that do not come early is what
is usual. A beat is described by how early it comes and what pause follows, by its shape, height, slope, width, T wave
and P wave against the usual ones, by the same of the beats that look like it, and by its neighbours. Nearly all of it
is a ratio, so that neither the lead nor the gain nor the usual width of the QRS complex matters much.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from itertools import accumulate, pairwise

import numpy as np
from numpy.typing import NDArray

from mvkt.ecg.beat_shapes import VERY_ALIKE, LeadBeats, Single, centred
from mvkt.ecg.heartbeat import bridged
from mvkt.ecg.medians import median, sliding_medians
from mvkt.ecg.signal import MISSING
from mvkt.ecg.threads import in_threads

FEATURES = 63
LIKENESS, WIDTH, ROUGHNESS, CHANGE = 1, 4, 19, 56
"""Which of the features is the likeness to the usual beat, which the width against it, which the roughness of the trace
beside the beat against its height, and which the change from the interval before."""

_BLOCK_SECONDS, _CONTEXT_SECONDS, _BESIDE_SECONDS = 600.0, 60.0, 2.0
_T, _P, _AROUND_QRS = (16, 43), (-28, -9), (-18, 28)  # samples at 100 Hz from the beat
_LARGEST_FEATURE = 4.0

Float = NDArray[np.float64]


def in_blocks(
    microvolts: NDArray[np.int16],
    beats: NDArray[np.int64],
    sampling_frequency: float,
    describe: Callable[[LeadBeats], Float],
) -> Float:
    """``(leads, beats, n)``: what ``describe`` makes, ``(beats, n)``, of the beats of every ten minutes of each lead.

    Args:
        microvolts: ``(leads, samples)`` int16, :data:`~mvkt.ecg.signal.MISSING` in gaps.
        beats: ``(beats,)`` samples, rising; at least one.
        sampling_frequency: Samples a second.
        describe: It may be called in several threads.
    """
    block, context, beside = (
        round(seconds * sampling_frequency) for seconds in (_BLOCK_SECONDS, _CONTEXT_SECONDS, _BESIDE_SECONDS)
    )
    timing = timing_of(beats / sampling_frequency)

    def described_from(start: int) -> Float:
        edges = (start - context, start, start + block, start + block + context)
        first, inside, after, last = np.searchsorted(beats, edges)
        begin = max(start - context - beside, 0)
        part = microvolts[:, begin : edges[3] + beside]
        around = slice(first, last)
        made = [
            describe(LeadBeats.of(lead, beats[around] - begin, timing[:, around], sampling_frequency))
            for lead in bridged(part, part == MISSING)
        ]
        return np.array(made)[:, inside - first : after - first]

    starts = np.flatnonzero(np.bincount(beats // block)) * block
    return np.concatenate(list(in_threads(described_from, starts.tolist(), 1 if len(starts) == 1 else None)), axis=1)


def features_of(microvolts: NDArray[np.int16], beats: NDArray[np.int64], sampling_frequency: float) -> Float:
    """``(leads, beats, 63)`` what sets each beat apart; see :func:`in_blocks`."""
    return in_blocks(microvolts, beats, sampling_frequency, described)


def described(block: LeadBeats) -> Float:
    """``(beats, 63)`` of some minutes of one lead."""
    usual = _against_usual(block)
    made = [*usual.values(), *_of_groups(block, usual), *_of_neighbours(block, usual), *block.timing]
    features: Float = np.array(made).clip(-_LARGEST_FEATURE, _LARGEST_FEATURE)
    return features.T


def timing_of(seconds: Float) -> Float:
    """``(9, beats)`` logarithms: how long before and after each beat, against the usual around it.

    In this order: interval before and after it, change from the interval before that, spread of intervals, usual
    interval, interval before the beat before it and after the beat after it, both own intervals together against twice
    the usual one, the usual one of 21 against that of 81 intervals.

    Args:
        seconds: ``(beats,)`` rising.
    """
    intervals = seconds[1:] - seconds[:-1]
    if len(intervals) < 2:
        return np.zeros((9, len(seconds)))
    usual = _medians_around(intervals, 21, len(seconds))
    usual_of_long = _medians_around(intervals, 81, len(seconds)) if len(intervals) > 21 else usual
    logarithms = np.log(intervals)
    spread = _medians_around(np.abs(logarithms[1:] - logarithms[:-1]), 20, len(seconds))
    every = np.concatenate([usual[:1], intervals, usual[-1:]])
    before, after = np.log(every[:-1] / usual), np.log(every[1:] / usual)
    earlier, later = np.append(0.0, before[:-1]), np.append(after[1:], 0.0)
    both = np.log((every[:-1] + every[1:]) / (2 * usual))
    relative = [before, after, before - earlier, np.log(spread + 0.01) / 2, np.log(usual)]
    return np.array([*relative, earlier, later, both, np.log(usual / usual_of_long)])


def _medians_around(values: Float, reach: int, beats: int) -> Float:
    """``(beats,)`` medians of so many intervals, or of changes from one to the next, around each beat."""
    medians = sliding_medians(values, min(reach, len(values)))
    place: NDArray[np.int64] = (np.arange(beats) - (beats - len(medians)) // 2).clip(0, len(medians) - 1)
    return medians[place]


def _against_usual(block: LeadBeats) -> dict[str, Float | Single]:
    """Each ``(beats,)``: a beat against the median of the usual ones."""
    pieces = (block.piece(*_AROUND_QRS), block.qrs, *(centred(block.piece(*span)) for span in (_T, _P)))
    parts = (*pieces, np.array([*_areas(block), _roughness(block)]).T)
    own = np.concatenate(parts, axis=1)
    # The usual beat comes last in all that follows: it is measured as the others are.
    rows = np.concatenate([own, median(own[block.usual])[np.newaxis]])
    edges = [0, *accumulate(part.shape[1] for part in parts)]
    around, qrs, t, p, single = (rows[:, first:last] for first, last in pairwise(edges))
    qrs_area, t_area, scale, roughness = single.T
    slope, width = np.abs(qrs[:, 1:] - qrs[:, :-1]).max(axis=1), _width(qrs)
    height, t_height, p_height = (np.ptp(piece, axis=1) for piece in (qrs, t, p))
    own_width, (own_steep, own_extent) = np.log(width + 1e-3), np.log(_steep(around) + 0.02)
    complexes, template = qrs[:-1], qrs[-1]
    length, every = np.linalg.norm(template), np.ones(len(complexes))
    return {
        "likeness": np.arctanh((block.shape @ template / (length + 1e-6)).clip(-0.999, 0.999)),
        "shifted likeness": np.arctanh(_best_likeness(block, template).clip(-0.999, 0.999)),
        "height": _ratio(height),
        "slope": _ratio(slope),
        "width": _ratio(1000 * width),
        "own width": own_width[:-1],
        "own steep part": own_steep[:-1],
        "steep part": own_steep[:-1] - own_steep[-1],
        "extent": own_extent[:-1] - own_extent[-1],
        "projection": (complexes @ template / (template @ template + 100.0)).clip(-3, 3),
        "rest": np.log((np.sqrt(np.square(complexes - template).sum(axis=1)) + 30) / (length + 30)),
        "T likeness": _likeness(t),
        "T height": _ratio(t_height),
        "P likeness": _likeness(p),
        "P height": _ratio(p_height),
        "QRS area": (qrs_area[:-1] - qrs_area[-1]) / scale[-1],
        "T area": (t_area[:-1] - t_area[-1]) / scale[-1],
        "T with QRS": (qrs_area * t_area / np.square(scale))[:-1].clip(-2, 2),
        "roughness": _ratio(roughness),
        "own roughness": np.log((roughness + 1) / (height + 20))[:-1],
        "beginning": _beginning(block, template),
        "usual width": own_width[-1] * every,
        "usual steep part": own_steep[-1] * every,
        "usual length": length / 1000.0 * every,
        "usual share": block.usual.mean() * every,
    }


def _of_groups(block: LeadBeats, usual: dict[str, Float | Single]) -> list[Float]:
    """Each ``(beats,)``: the means over the beats that look like each, and how many there are."""
    timing = block.timing
    before, after, both = timing[0], timing[1], timing[7]
    wide = np.array([before, after, both, np.square(before), usual["height"], usual["width"]]).T
    names = ("slope", "width", "P likeness", "shifted likeness", "own roughness", "beginning")
    close = np.array([before, after, both, *(usual[name] for name in names)]).T
    means = block.means_over(block.groups, (wide, before[:, np.newaxis], close))
    (of_alike, share), (of_very_alike, close_share), (of_close, closest_share) = means
    of_alike[:, 3] = np.sqrt(np.maximum(of_alike[:, 3] - np.square(of_alike[:, 0]), 0.0))
    return [
        np.where(block.usual, 1.0, 0.0),
        np.where(block.likeness_to_typical > VERY_ALIKE, 1.0, 0.0),
        np.log(share + 0.01),
        np.log(close_share + 0.01),
        np.log(closest_share + 0.005),
        *of_alike.T,
        *of_very_alike.T,
        *of_close.T,
    ]


def _of_neighbours(block: LeadBeats, usual: dict[str, Float | Single]) -> list[Float]:
    """Each ``(beats,)``: likeness to the beats one and two before and after, and what those are like."""
    made = []
    for apart in (1, 2):
        like = np.ones(len(block.shape) + apart)
        like[apart:-apart] = np.sum(block.shape[apart:] * block.shape[:-apart], axis=1)
        made += [like[:-apart], like[apart:]]
    for values in (usual["shifted likeness"], usual["width"]):
        every = np.concatenate([values[:1], values, values[-1:]])
        made += [every[:-2], every[2:]]
    return made


def _ratio(values: Single) -> Single:
    """Logarithms of the ratios to the last, the usual one."""
    ratio: Single = np.log((values[:-1] + 10.0) / (values[-1] + 10.0))
    return ratio


def _likeness(pieces: Single) -> Single:
    """Correlations with the last, the usual one."""
    squares = np.square(pieces).sum(axis=1)
    likeness: Single = pieces[:-1] @ pieces[-1] / (np.sqrt(squares[:-1] * squares[-1]) + 1e-6)
    return likeness


def _best_likeness(block: LeadBeats, template: Single) -> Single:
    """With the usual one, at the best place within 40 ms."""
    piece, samples = centred(block.piece(-16, 23)), len(template)
    ones = _ones_at_every_place(samples, piece.shape[1])
    products = piece @ _at_every_place(template - template.mean(), piece.shape[1])
    squares = np.square(piece) @ ones - np.square(piece @ ones) / samples
    lengths = np.sqrt(np.maximum(squares, 0.0)) * np.linalg.norm(template)
    best: Single = (products / (lengths + 1e-6)).max(axis=1)
    return best


def _at_every_place(template: Single, samples: int) -> Single:
    """``(samples, places)``: a matrix product with it weighs the part of a piece from every place on."""
    places = samples - len(template) + 1
    made = np.zeros((places, samples + 1), dtype=np.float32)
    made[:, : len(template)] = template
    return made.ravel()[: places * samples].reshape(places, samples).T


@lru_cache(maxsize=16)
def _ones_at_every_place(length: int, samples: int) -> Single:
    return _at_every_place(np.ones(length, dtype=np.float32), samples)


def _width(qrs: Single) -> Single:
    """Area over height: in units of 0.31 s, about half the duration of a complex."""
    size = np.abs(qrs - median(qrs.T)[:, np.newaxis])
    width: Single = size.mean(axis=1) / (size.max(axis=1) + 1e-6)
    return width


def _steep(around: Single) -> Float:
    """``(2, beats)``: seconds in which the slope is over a fifth of the steepest, and from their first to their last.

    Args:
        around: ``(beats, 46)`` from :data:`_AROUND_QRS`.
    """
    slope = np.abs(around[:, 2:] - around[:, :-2])
    smooth = (slope[:, 2:] + slope[:, 1:-1] + slope[:, :-2]) / 3
    steep = smooth > 0.2 * smooth[:, 5:-8].max(axis=1, keepdims=True) + 1e-6
    extent = steep.shape[1] - 1 - np.argmax(steep[:, ::-1], axis=1) - np.argmax(steep, axis=1)
    return np.array([steep.sum(axis=1), extent]) / 100.0


def _areas(block: LeadBeats) -> tuple[Single, Single, Single]:
    """Of the QRS complex and of the T wave, above what is before the complex, and of the size of the complex."""
    level = block.piece(-30, -8).mean(axis=1, keepdims=True)
    qrs, t = block.piece(-8, 10), block.piece(18, 40)
    return (qrs - level).sum(axis=1), (t - level).sum(axis=1), np.abs(qrs).sum(axis=1) + 100.0


def _roughness(block: LeadBeats) -> Single:
    """How much the trace bends before and after the beat, in µV: noise."""
    quiet = np.concatenate([block.piece(-30, -14), block.piece(30, 50)], axis=1)
    steps = quiet[:, 1:] - quiet[:, :-1]
    roughness: Single = np.abs(steps[:, 1:] - steps[:, :-1]).mean(axis=1)
    return roughness


def _beginning(block: LeadBeats, template: Single) -> Single:
    """What remains of the first 80 ms without the usual ones at the best place: an aberrant beat begins as usual."""
    usual = template[5:13] - template[5]
    piece, samples = centred(block.piece(-13, 7)), len(usual)
    ones = _ones_at_every_place(samples, piece.shape[1])
    first, sums = piece[:, : ones.shape[1]], piece @ ones
    products = piece @ _at_every_place(usual, piece.shape[1]) - first * usual.sum()
    squares = np.square(piece) @ ones + first * (samples * first - 2 * sums)
    rests = squares - 2 * products + np.square(usual).sum()  # of what begins at the first sample, without the usual
    remains = np.sqrt(np.maximum(rests.min(axis=1), 0.0))
    beginning: Single = np.log((remains + 20) / (np.linalg.norm(usual) + 20))
    return beginning
