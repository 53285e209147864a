"""The report of a recording on one sheet, A4 or Letter: findings above, the trace true to scale below."""

from __future__ import annotations

import io
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

from mvkt import __version__
from mvkt.diagnosis.answer import DiagnosedRecording
from mvkt.diagnosis.diagnosis import Diagnosis
from mvkt.diagnosis.fhir.waveform import Stretch
from mvkt.diagnosis.finding import Finding, Verdict
from mvkt.diagnosis.review import Decision
from mvkt.diagnosis.words import machine_values, moment, share
from mvkt.numbers import duration
from mvkt.web.report.document_request import DocumentRequest
from mvkt.web.report.pdf_paper import BOLD, FONT, MM, draw_leads, draw_letters, draw_paper
from mvkt.web.report.report_words import numbers_in, report_words
from mvkt.web.report.sheet import PAPER_WIDTH, SIZES, Paper

_INK, _FAINT, _RULE = (0.09, 0.13, 0.17), (0.34, 0.38, 0.44), (0.80, 0.83, 0.86)
_COLOURS = {"found": (0.70, 0.15, 0.12), "inconclusive": (0.54, 0.35, 0.0), "normal": (0.16, 0.49, 0.27)}
_TOP, _FOOT = 9.0, 15.0
_COLUMNS, _COLUMN_GAP = 3, 6.0
_LINE, _POINTS = 4.2, 8.5

Line = tuple[str, str, tuple[float, float, float]]
"""Font, text, colour."""


def pdf_report(recording: DiagnosedRecording, stretch: Stretch, paper: Paper, wanted: DocumentRequest) -> bytes:
    """Return the report.

    Args:
        recording: With its diagnoses, and a review where there is one.
        stretch: Of the trace, from where the paper begins.
        paper: How it is laid out.
        wanted: Language, size of the sheet, scale.
    """
    from reportlab.pdfgen.canvas import Canvas

    _register_fonts()
    width, height = SIZES[wanted.paper]
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=(width * MM, height * MM), invariant=1, pageCompression=1, lang=wanted.language)
    canvas.setTitle(report_words("report", wanted.language))
    canvas.setCreator(f"mvkt {__version__}")
    canvas.setViewerPreference("PrintScaling", "None")
    left = (width - PAPER_WIDTH) / 2.0
    page = _Page(canvas, recording, wanted, left, width)
    top_of_paper = _FOOT + paper.height
    y = page.head(height - _TOP)
    page.columns(y, top_of_paper + 5.0)
    draw_paper(canvas, left, top_of_paper, paper)
    draw_leads(canvas, left, top_of_paper, paper, stretch, wanted)
    letters = recording.diagnoses[0].beats.letters(stretch.start_seconds, paper.seconds)
    draw_letters(canvas, left, top_of_paper, paper, letters, wanted.millimetres_per_second)
    page.foot(stretch)
    canvas.showPage()
    canvas.save()
    return stream.getvalue()


def _register_fonts() -> None:
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    folder = files("mvkt.web.report").joinpath("fonts")
    for name, file in ((FONT, "DejaVuSans.ttf"), (BOLD, "DejaVuSans-Bold.ttf")):
        if name not in pdfmetrics.getRegisteredFontNames():
            pdfmetrics.registerFont(TTFont(name, io.BytesIO(folder.joinpath(file).read_bytes())))


class _Page:
    """The text of the sheet."""

    def __init__(
        self, canvas: Any, recording: DiagnosedRecording, wanted: DocumentRequest, left: float, width: float
    ) -> None:
        self.canvas, self.recording, self.wanted = canvas, recording, wanted
        self.left, self.right = left, width - left
        self.first = recording.diagnoses[0]

    def say(self, key: str, **values: object) -> str:
        return report_words(key, self.wanted.language, **values)

    def share(self, value: float) -> str:
        return numbers_in(share(value), self.wanted.language)

    def text(self, x: float, y: float, text: str, font: str, points: float, colour: tuple[float, float, float]) -> None:
        self.canvas.setFillColorRGB(*colour)
        self.canvas.setFont(font, points)
        self.canvas.drawString(x * MM, y * MM, text)

    def head(self, top: float) -> float:
        """Name, date, person, heart rate; return where the next line goes."""
        signal = self.first.signal
        name = self.recording.part.rsplit("/", 1)[-1] or self.recording.file
        self.text(self.left, top - 4.5, self._fitted(name, BOLD, 13, 170.0), BOLD, 13, _INK)
        who = [self.say(signal.sex)] if signal.sex else []
        who += [self.say("years", age=signal.age)] if signal.age is not None else []
        when = [f"{self.say('recorded')} {signal.start_time:%Y-%m-%d %H:%M}"] if signal.start_time else []
        length = numbers_in(
            f"{duration(signal.duration_seconds)} · {signal.sampling_frequency:g} Hz", self.wanted.language
        )
        facts = [*when, length, signal.source, *who]
        self.text(self.left, top - 10.0, " · ".join(filter(None, facts)), FONT, 8.5, _FAINT)
        rate = self.first.heart_rate
        measured = " · ".join(self._intervals())
        value = f"{self.say('rate')} {self.say('unknown') if rate is None else f'{rate:.0f} /min'}"
        self.canvas.setFillColorRGB(*_INK)
        self.canvas.setFont(BOLD, 13)
        self.canvas.drawRightString(self.right * MM, (top - 4.5) * MM, value)
        self.canvas.setFillColorRGB(*_FAINT)
        self.canvas.setFont(FONT, 8.5)
        self.canvas.drawRightString(self.right * MM, (top - 10.0) * MM, measured)
        self.canvas.setStrokeColorRGB(*_RULE)
        self.canvas.setLineWidth(0.2 * MM)
        self.canvas.line(self.left * MM, (top - 12.5) * MM, self.right * MM, (top - 12.5) * MM)
        return top - 17.5

    def _intervals(self) -> list[str]:
        """PR, QRS, QT and QTc, those that were measured."""
        measured = self.first.measurements
        found = {"pr": measured.pr, "qrs": measured.qrs, "qt": measured.qt, "qtc": measured.qtc_fridericia}
        return [
            f"{self.say(name)} {measure.value:.0f} ms" for name, measure in found.items() if measure.value is not None
        ]

    def columns(self, top: float, bottom: float) -> None:
        """Findings, quality, networks, review, in columns; what does not fit is counted."""
        width = (PAPER_WIDTH - (_COLUMNS - 1) * _COLUMN_GAP) / _COLUMNS
        lines = [line for entry in self._entries() for line in self._wrapped(entry, width)]
        rows = max(1, int((top - bottom) / _LINE) + 1)
        if len(lines) > rows * _COLUMNS:
            hidden = len(lines) - rows * _COLUMNS + 1
            lines = [*lines[: rows * _COLUMNS - 1], (FONT, self.say("more", count=hidden), _FAINT)]
        for number, (font, text, colour) in enumerate(lines):
            column, row = divmod(number, rows)
            x = self.left + column * (width + _COLUMN_GAP)
            self.text(x, top - row * _LINE, text, font, _POINTS, colour)

    def foot(self, stretch: Stretch) -> None:
        """Speed, gain, filter, scale; what this is and is not."""
        wanted = self.wanted
        low, high = (numbers_in(f"{edge:g}", wanted.language) for edge in self._band())
        parts = [
            f"{wanted.millimetres_per_second} mm/s · {wanted.millimetres_per_millivolt} mm/mV",
            self.say("filtered", low=low, high=high) if wanted.filter else self.say("unfiltered"),
            self.say("from", time=moment(stretch.start_seconds, self.first.signal.start_time)),
            self.say("scale"),
        ]
        self.text(self.left, _FOOT - 5.0, " · ".join(parts), BOLD, 8.5, _INK)
        self.text(self.left, _FOOT - 9.5, f"mvkt {__version__}. {self.say('disclaimer')}", FONT, 7.5, _FAINT)

    def _band(self) -> tuple[float, float]:
        from mvkt.web.traces.display_filter import band

        return band(self.first.signal.sampling_frequency)

    def _title(self, code: str, title: str) -> str:
        return self.wanted.titles.get(code, title)

    def _entries(self) -> Iterator[Line]:
        """The text of the report, a paragraph at a time."""
        for diagnosis in self.recording.diagnoses:
            name, view = diagnosis.bundle.name, diagnosis.bundle.view
            yield BOLD, self.say("read by", name=name if name == view else f"{name} ({view})"), _INK
            yield from self._findings(diagnosis)
        yield from self._beats()
        machine = self.first.machine_measurements
        if machine:
            values = (f"{self.say(f'device {name}')} {value}" for name, value in machine_values(machine).items())
            yield FONT, self.say("by the device", values=", ".join(values)), _INK
        yield FONT, self.say("quality", share=self.share(self.first.quality.judged_share)), _FAINT
        yield from self._review()
        for note in dict.fromkeys(note for diagnosis in self.recording.diagnoses for note in diagnosis.notes):
            words = self.wanted.phrases.get(note, f"{note}.")
            yield FONT, f"{words[:1].upper()}{words[1:]}", _FAINT

    def _beats(self) -> Iterator[Line]:
        """How many extra beats of each kind, with their letter on the trace."""
        measured = self.first.measurements
        counts = {
            "ventricular": measured.ventricular_beats,
            "supraventricular": measured.supraventricular_beats,
            "unsure": measured.unsure_beats,
        }
        known = [self.say(kind, count=int(measure.value)) for kind, measure in counts.items() if measure.value]
        if measured.beats.value:
            words = ", ".join(known) or self.say("none")
            yield FONT, self.say("extra beats", kinds=words, count=int(measured.beats.value)), _INK

    def _findings(self, diagnosis: Diagnosis) -> Iterator[Line]:
        if not diagnosis.judged:
            yield FONT, self.say("nothing judged"), _INK
            return
        shown = [finding for finding in diagnosis.by_weight if finding.verdict in ("found", "inconclusive")]
        if not any(finding.verdict == "found" and not finding.normal for finding in shown):
            yield FONT, self.say("nothing"), _INK
        for finding in shown:
            yield (
                BOLD,
                self._line(finding),
                _COLOURS["normal" if finding.normal and finding.positive else finding.verdict],
            )
        absent = [self._absent(finding) for finding in diagnosis.findings if finding.verdict == "not found"]
        if absent:
            yield FONT, f"{self.say('absent')}: {', '.join(absent)}.", _INK
        left = [
            self._title(finding.code, finding.title)
            for finding in diagnosis.findings
            if finding.verdict == "not judged"
        ]
        if left:
            yield FONT, f"{self.say('open')}: {', '.join(left)}.", _FAINT

    def _line(self, finding: Finding) -> str:
        value = self.share(finding.probability)
        if finding.course:
            value = self.say(f"of the {finding.course.burden_of}", share=self.share(finding.course.burden))
        decision = self.recording.review.on(finding.code) if self.recording.review else None
        decided = f" – {self._decided(decision)}" if decision else ""
        return f"{self.say(_verdict_key(finding))}: {self._title(finding.code, finding.title)} ({value}){decided}"

    def _absent(self, finding: Finding) -> str:
        title = self._title(finding.code, finding.title)
        decision = self.recording.review.on(finding.code) if self.recording.review else None
        if decision:
            return f"{title} ({self._decided(decision)})"
        often = finding.missed is not None and finding.missed >= 0.1 and not finding.normal
        return f"{title} ({self.say('missed', share=self.share(finding.missed or 0.0))})" if often else title

    def _review(self) -> Iterator[Line]:
        review = self.recording.review
        if review is None:
            return
        yield BOLD, self.say("review", name=review.reviewer or self.say("somebody")), _INK
        for decision in review.decisions:
            note = f": {decision.note}" if decision.note else ""
            yield FONT, f"{self._title(decision.code, decision.title)} – {self._decided(decision)}{note}", _INK
        for finding in review.added:
            note = f": {finding.note}" if finding.note else ""
            yield FONT, f"{finding.title} – {self.say('added')}{note}", _INK
        if review.note:
            yield FONT, review.note, _INK

    def _decided(self, decision: Decision) -> str:
        return self.say(decision.judgement, title=decision.instead or "…")

    def _wrapped(self, entry: Line, width: float) -> Iterator[Line]:
        from reportlab.lib.utils import simpleSplit

        font, text, colour = entry
        plain = "".join(character if character.isprintable() else " " for character in text)
        for line in simpleSplit(plain, font, _POINTS, width * MM):
            yield font, self._fitted(line, font, _POINTS, width), colour

    @staticmethod
    def _fitted(text: str, font: str, points: float, width: float) -> str:
        """Cut what is too long for a line: a word without a space may be."""
        from reportlab.pdfbase.pdfmetrics import stringWidth

        if stringWidth(text, font, points) <= width * MM:
            return text
        while text and stringWidth(f"{text}…", font, points) > width * MM:
            text = text[:-1]
        return f"{text}…"


def _verdict_key(finding: Finding) -> str:
    keys: dict[Verdict, str] = {"inconclusive": "inconclusive", "not found": "absent", "not judged": "open"}
    if finding.verdict in keys:
        return keys[finding.verdict]
    if finding.normal:
        return "normal"
    return finding.wording
