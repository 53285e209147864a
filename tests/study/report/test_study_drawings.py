from __future__ import annotations

from mvkt.study.report import study_drawings
from mvkt.study.results.study_result import StudyResult


def test_every_comparison_has_its_place(result: StudyResult) -> None:
    forest = study_drawings.forest(result)
    assert forest is not None
    assert [row.method.name for row in forest.rows] == ["better", "mkd"]
    assert "teacher" not in [row.method.name for row in forest.rows]
    zero = float(forest.zero.rstrip("%"))
    assert float(forest.rows[0].value.rstrip("%")) > zero
    assert forest.rows[0].beyond == 0


def test_only_evidence_is_coloured_in_the_table_of_classes(result: StudyResult) -> None:
    for row in study_drawings.heat(result):
        for cell in row.cells:
            assert cell.difference is not None
            assert (cell.strength > 0) == (not cell.difference.low <= 0 <= cell.difference.high)


def test_a_row_that_goes_far_is_cut_off(result: StudyResult) -> None:
    comparisons = [comparison.model_dump() for comparison in result.comparisons * 3]
    comparisons[0] |= {"difference": {"value": 3.0, "low": 2.0, "high": 4.0}}
    forest = study_drawings.forest(StudyResult.model_validate({**result.model_dump(), "comparisons": comparisons}))
    assert forest is not None
    assert forest.scale.ticks[-1] < 2
    assert (forest.rows[0].beyond, forest.rows[0].value) == (1, "100.00%")


def test_methods_with_a_share_each_make_no_learning_curve(curve: StudyResult) -> None:
    apart = [method.model_copy(update={"family": method.name}) for method in curve.methods]
    assert study_drawings.curves(curve.model_copy(update={"methods": tuple(apart)})) is None


def test_learning_curves(curve: StudyResult) -> None:
    drawn = study_drawings.curves(curve)
    assert drawn is not None
    assert [found.family for found in drawn.curves] == ["labels", "transfer"]
    for found in drawn.curves:
        assert [point.method.fraction for point in found.points] == [0.25, 0.5, 1.0]
        assert [point.x for point in found.points] == ["4.00%", "50.00%", "96.00%"]
        heights = [float(point.y.rstrip("%")) for point in found.points]
        assert heights == sorted(heights, reverse=True)
    assert [(comparison.method, comparison.against) for comparison in curve.comparisons] == [
        ("transfer-1.0", "labels-1.0"),
        ("transfer-0.25", "labels-0.25"),
        ("transfer-0.5", "labels-0.5"),
    ]
