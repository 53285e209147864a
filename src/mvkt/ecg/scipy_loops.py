"""The few compiled loops of scipy that a diagnosis needs, without the rest of scipy.

To import ``scipy.signal`` and ``scipy.ndimage`` takes longer than all else from the start of ``mvkt diagnose`` to its
answer: they import optimisers, distributions and splines that nothing here uses. So their compiled modules are loaded
from scipy's folder by themselves. They are those behind the public functions of the same names, and their results
differ from those by rounding at most; where a version of scipy does not have them as expected, the public functions are
used.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache
from importlib.machinery import EXTENSION_SUFFIXES, ExtensionFileLoader, ModuleSpec
from importlib.util import module_from_spec
from math import gcd
from pathlib import Path
from threading import Lock
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]

_CONSTANT = 4  # a mode of ndimage, as its C code calls it


_LOADING = Lock()


class _MissingLoopError(Exception):
    """This scipy keeps its loops elsewhere."""


class Sections(NamedTuple):
    """A filter of second-order sections.

    Attributes:
        coefficients: ``(sections, 6)``.
        steady: ``(sections, 2)`` their state when a constant 1 has been fed in for ever.
    """

    coefficients: Float
    steady: Float


# As scipy.signal.butter and sosfilt_zi (1.17, x86-64) give them; a test compares.
_DESIGNED = {
    (2, (0.5, 40.0), 100.0): (
        (
            (0.6244476715487453, 1.2488953430974905, 0.6244476715487453, 1.0, 1.1408534076762136, 0.413249359615477),
            (1.0, -2.0, 1.0, 1.0, -1.9555729802568478, 0.9565482701146634),
        ),
        ((0.35350463255669157, 0.22030950814269334), (-0.9779523041054248, 0.9779523041054253)),
    ),
    (1, (5.0, 30.0), 100.0): (
        ((0.5, 0.0, -0.5, 1.0, -0.6420395219202064, 3.5640352997757047e-17),),
        ((-0.5, -0.5),),
    ),
}


def butterworth(order: int, band: tuple[float, float], sampling_frequency: float) -> Sections:
    """Design a Butterworth band-pass; those of the usual preprocessing are known by heart."""
    known = _DESIGNED.get((order, band, sampling_frequency))
    if known:
        return Sections(*(np.array(part) for part in known))
    from scipy.signal import butter, sosfilt_zi

    coefficients = butter(order, band, btype="bandpass", fs=sampling_frequency, output="sos")
    return Sections(coefficients, sosfilt_zi(coefficients))


def sosfilt(coefficients: Float, signal: Float, state: Float) -> Float:
    """Filter ``(..., samples)`` by second-order sections, from a state ``(..., sections, 2)``."""
    filtered = np.array(signal, dtype=np.float64, order="C")
    flat = filtered.reshape(-1, filtered.shape[-1])
    begin = np.array(state, dtype=np.float64, order="C").reshape(-1, *state.shape[-2:])
    try:
        _loop("signal._sosfilt", "_sosfilt")(coefficients, flat, begin)
    except _MissingLoopError:
        from scipy.signal import sosfilt as public

        flat[:] = public(coefficients, flat, axis=-1, zi=np.moveaxis(begin, 1, 0))[0]
    return filtered


def low_pass(widest: int, taps_to_each_side: int) -> Float:
    """Design the low-pass at ``1 / widest`` of half the sampling frequency: a windowed sinc, Kaiser with beta 5."""
    reach = taps_to_each_side * widest
    place = np.arange(-reach, reach + 1, dtype=np.float64)
    window = np.i0(5.0 * np.sqrt(1.0 - np.square(place / reach))) / np.i0(5.0)
    taps = np.sinc(place / widest) / widest * window
    scaled: Float = taps / taps.sum()
    return scaled


def resample_poly(signal: Float, up: int, down: int, window: Float) -> Float:
    """Resample ``(leads, samples)`` by a polyphase filter; the line from first to last sample goes on at the ends."""
    padding = "line" if signal.shape[1] > 1 else "edge"  # no line goes through one sample
    try:
        apply = _loop("signal._upfirdn_apply", "_apply")
        mode = _loop("signal._upfirdn_apply", "mode_enum")(padding)
    except _MissingLoopError:
        from scipy.signal import resample_poly as public

        resampled: Float = public(signal, up, down, axis=1, padtype=padding, window=window)
        return resampled
    divisor = gcd(up, down)
    up, down = up // divisor, down // divisor
    if up == down:
        return signal.copy()
    half = (len(window) - 1) // 2
    before = down - half % down
    first, samples = (half + before) // down, -(-signal.shape[1] * up // down)
    count = before + len(window)
    count += _padding(count, signal.shape[1], up, down, first + samples)
    taps = np.zeros(-(-count // up) * up)
    taps[before : before + len(window)] = window
    phases = up * taps.reshape(-1, up).T[:, ::-1].ravel()
    out = np.zeros((len(signal), _output_length(count, signal.shape[1], up, down)))
    apply(np.ascontiguousarray(signal, dtype=np.float64), np.ascontiguousarray(phases), out, up, down, 1, mode, 0.0)
    return out[:, first : first + samples]


def uniform_filter1d(values: Float, size: int) -> Float:
    """``(rows, samples)``: the mean of ``size`` samples around each; beyond the ends are zeros."""
    out = np.empty_like(values)
    try:
        loop = _loop("ndimage._nd_image", "uniform_filter1d")
        loop(np.ascontiguousarray(values), size, 1, out, _CONSTANT, 0.0, 0)
    except _MissingLoopError:
        from scipy.ndimage import uniform_filter1d as public

        public(values, size, axis=1, output=out, mode="constant")
    return out


@cache
def _loop(module: str, name: str) -> Callable[..., Any]:
    """Load a compiled module of scipy without the packages that it is in.

    Raises:
        _MissingLoopError: It is not there, or not as expected.
    """
    import scipy

    full, (*folders, last) = f"scipy.{module}", module.split(".")
    paths = (Path(scipy.__path__[0], *folders, f"{last}{suffix}") for suffix in EXTENSION_SUFFIXES)
    try:
        loaded = sys.modules.get(full) or _load(full, next(path for path in paths if path.is_file()))
        function: Callable[..., Any] = getattr(loaded, name)
    except (StopIteration, ImportError, AttributeError) as error:
        raise _MissingLoopError(full) from error
    return function


@cache
def _known(name: str, path: Path) -> ModuleType:
    loader = ExtensionFileLoader(name, str(path))
    module = module_from_spec(ModuleSpec(name, loader, origin=str(path)))
    loader.exec_module(module)
    return module


def _load(name: str, path: Path) -> ModuleType:
    with _LOADING:  # two threads that begin a long recording may need it first at the same moment, and it loads once
        return _known(name, path)


def _output_length(taps: int, samples: int, up: int, down: int) -> int:
    return ((samples - 1) * up + taps - 1) // down + 1


def _padding(taps: int, samples: int, up: int, down: int, wanted: int) -> int:
    """How many zeros after the taps give so much output."""
    padding = 0
    while _output_length(taps + padding, samples, up, down) < wanted:
        padding += 1
    return padding
