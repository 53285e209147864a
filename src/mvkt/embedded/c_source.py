"""A bundle's network as plain C99: one source and one header, without allocation and without libraries."""

from __future__ import annotations

import textwrap
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from mvkt.bundle.bundle import Bundle
from mvkt.bundle.manifest import MODEL_FILE, BundleManifest
from mvkt.bundle.worth import DISCLAIMER
from mvkt.ecg.signal import SignalSpec
from mvkt.embedded.arena import allocate
from mvkt.embedded.c_layers import NetworkSteps, read_network
from mvkt.embedded.calls import Calls
from mvkt.embedded.steps import Value
from mvkt.errors import BundleError
from mvkt.files import write_text

_LINE = 118
_NETWORK_ALONE = (
    "This is the network alone. In mvkt the beats of a window add to its logits (`rhythm` in bundle.json); the figures",
    "of the model card, its temperatures and its limits are of both together, and do not hold for these logits.",
)
_EIGHT_TIMES = """\
/* GCC leaves loops of eight as they are at -O2; without a vector unit, that takes twice the instructions. */
#if defined(__GNUC__) && !defined(__clang__) && !defined(__SSE2__) && !defined(__ARM_NEON)
#define EIGHT_TIMES _Pragma("GCC unroll 8")
#else
#define EIGHT_TIMES
#endif"""


class CSource(NamedTuple):
    """What was written.

    Attributes:
        source: The ``.c`` file.
        header: The ``.h`` file.
        constant_bytes: Weights and tables, in flash or in memory.
        arena_bytes: Working memory, static.
    """

    source: str
    header: str
    constant_bytes: int
    arena_bytes: int

    @property
    def sizes(self) -> dict[str, int]:
        """Bytes of the weights and of the working memory."""
        return {"weights": self.constant_bytes, "memory": self.arena_bytes}


def c_source(bundle: Bundle, name: str) -> CSource:
    """Write the network of a bundle as C.

    ``int mvkt_judge(const float *window, float *logits)`` computes what ONNX Runtime computes: in float32, or of an
    8-bit bundle in whole numbers. The same header describes the window.

    Args:
        bundle: Of a network whose layers are known here.
        name: Of the files, without ending.

    Raises:
        BundleError: There is no C code for a layer of the network.
    """
    manifest = bundle.manifest
    samples = manifest.signal.window_samples
    network = read_network((bundle.path / MODEL_FILE).read_bytes(), len(manifest.leads), samples)
    body, calls, arena_bytes = _body(network)
    kernels = [files("mvkt.embedded").joinpath("kernels", f"{kernel}.c").read_text("ascii") for kernel in calls.kernels]
    includes = ["#include <math.h>"] if "sigmoid" in calls.kernels else []
    parts = [
        _comment(_description(manifest, calls.constant_bytes, arena_bytes)),
        "\n".join([f'#include "{name}.h"', *includes, "#include <stddef.h>", "#include <stdint.h>"]),
        _EIGHT_TIMES,
        _tables(manifest),
        "\n".join(_wrapped(constant) for constant in calls.constants),
        f"static float arena[{arena_bytes // 4}];",
        *kernels,
        body,
    ]
    source = "\n\n".join(part.strip("\n") for part in parts) + "\n"
    return CSource(source, _header(manifest, name), calls.constant_bytes, arena_bytes)


def write_c(bundle: Bundle, path: Path) -> tuple[Path, CSource]:
    """Write the network of a bundle as C, beside it a header of the same name.

    Args:
        bundle: As :func:`c_source`.
        path: The ``.c`` file.

    Returns:
        The header, and what was written.

    Raises:
        BundleError: As :func:`c_source`, or the file is not to be called ``.c``.
    """
    if path.suffix != ".c":
        raise BundleError(f"C code goes into a file that ends in .c, not {path.name}")
    code, header = c_source(bundle, path.stem), path.with_suffix(".h")
    write_text(header, code.header)
    write_text(path, code.source)
    return header, code


def _body(network: NetworkSteps) -> tuple[str, Calls, int]:
    """The function, what it needs, and how much working memory."""
    signal, several = network.signal, network.signal.channels > 1
    places, total = allocate(network.steps, (network.logits, *(() if several else (signal,))))
    if several:  # the leads side by side, as all channels are
        places[signal] = total
        total += signal.bytes

    def address(value: Value) -> str:
        if value is network.logits:
            return "logits"
        if value not in places:
            return "window"
        place = places[value]
        return f"(arena + {place // 4})" if value.scale is None else f"((uint8_t *)arena + {place})"

    calls = Calls(address)
    lines = []
    if several:
        calls.kernels["interleave"] = None
        lines.append(f"interleave(window, {address(signal)}, {signal.steps}, {signal.channels});")
    lines += [line for step in network.steps for line in calls.write(step).splitlines()]
    samples = signal.steps * signal.channels
    text = "\n".join(
        [
            "int mvkt_judge(const float *window, float *logits)",
            "{",
            "    if (window == NULL || logits == NULL)",
            "        return MVKT_NO_BUFFER;",
            f"    for (int i = 0; i < {samples}; i++)",
            "        if (!(window[i] - window[i] == 0.0f))",
            "            return MVKT_NOT_FINITE;",
            *(_wrapped(f"    {line}") for line in lines),
            "    return MVKT_OK;",
            "}",
        ]
    )
    return text, calls, max(total, 8)


def _header(manifest: BundleManifest, name: str) -> str:
    guard = "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in f"mvkt_{name}_h").upper()
    classes = [f"    {index}: {code}, {manifest.title(code)}" for index, code in enumerate(manifest.classes)]
    about = [*_contract(manifest), "", "The logits, in this order:", *classes]
    return f"""{_comment(about)}
#ifndef {guard}
#define {guard}

#ifdef __cplusplus
extern "C" {{
#endif

#define MVKT_LEADS {len(manifest.leads)}
#define MVKT_SAMPLES {manifest.signal.window_samples}
#define MVKT_CLASSES {len(manifest.classes)}

#define MVKT_OK 0
#define MVKT_NO_BUFFER 1
#define MVKT_NOT_FINITE 2

/* A probability is 1 / (1 + exp(-logit / temperature)); a class is found from its threshold on. */
extern const float mvkt_temperatures[MVKT_CLASSES];
extern const float mvkt_thresholds[MVKT_CLASSES];
extern const char *const mvkt_classes[MVKT_CLASSES];

/* window: MVKT_LEADS * MVKT_SAMPLES numbers, lead after lead. logits: room for MVKT_CLASSES numbers.
   Returns MVKT_OK, or what is wrong with its arguments. Not to be called twice at once. */
int mvkt_judge(const float *window, float *logits);

#ifdef __cplusplus
}}
#endif

#endif
"""


def _tables(manifest: BundleManifest) -> str:
    tables = [
        f"const float mvkt_{kind}[MVKT_CLASSES] = {{{', '.join(f'{value:.9e}f' for value in values)}}};"
        for kind, values in (("temperatures", manifest.temperatures), ("thresholds", manifest.thresholds))
    ]
    codes = "".join(f"    {_quoted(code)},\n" for code in manifest.classes)
    return "\n".join([*map(_wrapped, tables), f"const char *const mvkt_classes[MVKT_CLASSES] = {{\n{codes}}};"])


def _quoted(text: str) -> str:
    """A string of C; a question mark may begin a trigraph."""
    escaped = "".join(f"\\{letter}" if letter in '"\\?' else letter for letter in text if letter.isprintable())
    return f'"{escaped}"'


def _description(manifest: BundleManifest, constant_bytes: int, arena_bytes: int) -> list[str]:
    precision = manifest.provenance.get("precision", "float32")
    return [
        f"{manifest.name}: a network of mvkt {manifest.tool_version} as C99. {DISCLAIMER}",
        "",
        f"Computed in {precision}; {constant_bytes:,} bytes of weights, {arena_bytes:,} bytes of working memory.",
        f"Made from the bundle whose {MODEL_FILE} has the SHA-256",
        manifest.checksums[MODEL_FILE],
        *(["", *_NETWORK_ALONE] if manifest.rhythm else []),
    ]


def _contract(manifest: BundleManifest) -> list[str]:
    """What a window must be, in the words of the model card."""
    signal, leads = manifest.signal, ", ".join(manifest.leads)
    band = "No filter."
    if signal.band:
        low, high = signal.band
        band = f"Band-pass {low:g} to {high:g} Hz: Butterworth, second order, forwards and backwards."
    return [
        f"{manifest.name}: reads {signal.window_seconds:g} s of lead {leads}.",
        "",
        "A window, exactly:",
        "1. Signal in mV. Gaps of up to 0.1 s are bridged by a straight line, longer ones count as not recorded.",
        f"2. Resampled to {signal.sampling_frequency:g} Hz (polyphase).",
        f"3. {band}",
        "4. Rounded to whole microvolts, clipped to +-32.767 mV.",
        f"5. Cut into {signal.window_samples} samples; what is missing at the end was not recorded.",
        f"6. {_standardisation(signal)} What was not recorded is 0.",
        "The logits of the windows of a recording are averaged.",
    ]


def _standardisation(signal: SignalSpec) -> str:
    if signal.standardise == "record":
        return "Minus its mean, divided by its standard deviation, over all leads together and what was recorded."
    if signal.standardise == "global":
        return f"Minus {signal.mean:g} mV, divided by {signal.std:g} mV."
    return "In mV."


def _comment(lines: list[str]) -> str:
    text = "\n".join(
        f" * {part}".rstrip()
        for line in lines
        for part in (textwrap.wrap(line, _LINE - 4, subsequent_indent="   ") or [""])
    )
    return "/*\n" + text.replace("*/", "* /").replace("/*", "/ *") + "\n */"


def _wrapped(line: str) -> str:
    indent = line[: len(line) - len(line.lstrip())]
    return "\n".join(
        textwrap.wrap(line, _LINE, subsequent_indent=f"{indent}    ", break_long_words=False, break_on_hyphens=False)
    )
