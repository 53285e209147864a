"""The tests of a module are at its path: ``src/mvkt/a/b.py`` is tested by ``tests/a/test_b.py``."""

from __future__ import annotations

from pathlib import Path

import pytest

TESTS = Path(__file__).parent
SOURCE = TESTS.parent / "src" / "mvkt"
MODULES = sorted(path for path in SOURCE.rglob("*.py") if path.stem not in ("__init__", "__main__"))

ELSEWHERE = {
    # The layout of a command is tested by what the command prints.
    "cli/corpus_prepare_command.py": "cli/test_corpus_command.py",
    "cli/corpus_view.py": "cli/test_corpus_command.py",
    "cli/diagnosis_text.py": "cli/test_diagnose_command.py",
    "cli/training_progress.py": "cli/test_train_command.py",
    # The parts of a file format are tested by files that are read through its reader.
    "ecg/formats/readers/edf_header.py": "ecg/formats/readers/test_edf.py",
    "ecg/formats/readers/hospital_formats.py": "ecg/formats/test_catalogue.py",
    "ecg/formats/readers/wfdb_storage.py": "ecg/formats/readers/test_wfdb.py",
    # Signal quality and the heart are tested by the recordings that they make or measure.
    "ecg/quality/indices.py": "ecg/quality/test_quality.py",
    "ecg/quality/noisiness.py": "ecg/quality/test_quality.py",
    # The parts of a page or a report are tested on the page.
    "diagnosis/page/evidence.py": "diagnosis/page/test_diagnosis_page.py",
    "evaluation/report/examples.py": "evaluation/report/test_run_report.py",
    "web/report/pdf_paper.py": "web/report/test_pdf_report.py",
    # What needs other processes is tested in them.
    "bulk/result_parts.py": "bulk/test_diagnose_many.py",
    "bulk/result_rows.py": "bulk/test_diagnose_many.py",
    "study/compare_methods.py": "cli/test_study_command.py",
    # From an archive to a student: every part by the whole way.
    "training/outside_plan.py": "training/test_transfer_archive.py",
    "training/teachers/agreement.py": "training/test_transfer_archive.py",
    "training/teachers/bundle_teacher.py": "training/test_transfer_archive.py",
    "training/teachers/outside_teacher.py": "training/test_transfer_archive.py",
    "training/whole_batch.py": "training/test_launched.py",
    "web/application.py": "web/test_server.py",
    "web/endpoints/site.py": "web/test_server.py",
    "web/patient_protocol.py": "web/test_server.py",
    "web/workers/inference_worker.py": "web/workers/test_worker_pool.py",
    "web/workers/process_limits.py": "web/workers/test_worker_pool.py",
    "web/workers/upload_reader.py": "web/endpoints/test_recordings.py",
    "web/workers/uploaded_files.py": "web/endpoints/test_diagnose.py",
    "web/workers/worker_process.py": "web/workers/test_worker_pool.py",
}
"""Module to the test module that covers it; a new module needs a test at its own path."""


def path_of_test(module: str) -> Path:
    """The path of the test of a module."""
    path = Path(module)
    return TESTS / path.parent / f"test_{path.stem}.py"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_every_module_has_a_test_at_its_path(path: Path) -> None:
    module = path.relative_to(SOURCE).as_posix()
    if module in ELSEWHERE:
        assert (TESTS / ELSEWHERE[module]).is_file(), f"{ELSEWHERE[module]} is gone: test {module} at its path"
        assert not path_of_test(module).exists(), f"{module} has its test now: take it off the list"
    else:
        assert path_of_test(module).is_file(), f"write {path_of_test(module).relative_to(TESTS.parent)}"


def test_the_list_holds_modules_that_exist() -> None:
    assert not {module for module in ELSEWHERE if not (SOURCE / module).is_file()}
