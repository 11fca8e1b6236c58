"""The benchmark table without any measurement: its cases exist, its lines say what they should."""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

TESTS = Path(__file__).parents[1]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.syspath_prepend(str(TESTS))
    yield importlib.import_module("benchmarks.run")
    for name in [name for name in sys.modules if name.partition(".")[0] == "benchmarks"]:
        del sys.modules[name]


def row(run: Any, ways: dict[str, str], base: str | None) -> Any:
    return run.Row("speed", "speed", "s", ways, base, "2x")


def test_every_row_names_cases_that_exist_and_no_case_is_forgotten(run: Any) -> None:
    cases = importlib.import_module("benchmarks.cases")
    named = {case for each in run.ROWS for case in each.ways.values()}
    assert named == set(cases.CASES)


def test_every_row_starts_with_ours_and_has_a_base_among_its_ways(run: Any) -> None:
    for each in run.ROWS:
        assert next(iter(each.ways)) == "ours"
        assert each.base is None or each.base in each.ways
        assert each.what
        assert each.unit
        assert each.aim
    names = [each.name for each in run.ROWS]
    assert len(names) == len(set(names))


def lines(run: Any, seen: dict[str, list[Any]], base: str | None = None) -> str:
    """The table's line where the runs of each way gave these numbers or failures."""
    given = {way: iter(values) for way, values in seen.items()}
    run.measure = lambda case, **options: next(given[case])
    measured = row(run, {way: way for way in seen}, base)
    runs = max(map(len, seen.values()))
    text: str = run.line(measured, run.cells_of(measured, runs=runs, quick=True, workload=Path()))
    return text


def test_a_line_has_the_ratio_of_each_way_to_the_base(run: Any) -> None:
    seen = {"ours": [0.5], "plain": [2.0], "other": [3000.0]}
    assert lines(run, seen, "plain") == "| speed, s | 0.5 (0.25x) | plain 2; other 3,000 (1.5e+03x) | 2x |"


def test_without_a_base_the_others_are_compared_with_ours(run: Any) -> None:
    assert lines(run, {"ours": [2.0], "plain": [5.0]}) == "| speed, s | 2 | plain 5 (2.5x) | 2x |"


def test_a_ratio_is_the_median_of_those_within_a_turn(run: Any) -> None:
    seen = {"ours": [1.0, 10.0, 3.0], "plain": [4.0, 50.0, 6.0]}  # the second turn was a slow one
    assert lines(run, seen) == "| speed, s | 3 | plain 6 (4x) | 2x |"


def test_a_line_of_ours_alone_has_a_dash(run: Any) -> None:
    assert lines(run, {"ours": [3.14159]}) == "| speed, s | 3.14 | - | 2x |"


def test_what_could_not_be_measured_is_said_and_takes_no_ratio_with_it(run: Any) -> None:
    failure = run.Failure("plain", "no such module")
    for never in ([failure], [2.0, failure]):
        seen = {"ours": [2.0] * len(never), "plain": never}
        assert lines(run, seen, "plain") == "| speed, s | 2 | plain not measured | 2x |"
    seen = {"ours": [run.Failure("ours", "no")], "plain": [2.0]}
    assert lines(run, seen, "plain") == "| speed, s | not measured | plain 2 | 2x |"
    assert lines(run, seen) == "| speed, s | not measured | plain 2 | 2x |"


def test_a_failing_case_is_named_with_its_reason(run: Any, tmp_path: Path) -> None:
    script = tmp_path / "case.py"
    run.module = lambda name: [sys.executable, str(script)]
    script.write_text("import sys\nprint('a number?')\nsys.exit('broken by ' + sys.argv[1])\n")
    assert run.measure("case", quick=True, workload=tmp_path) == run.Failure("case", "broken by case")
    script.write_text("print('nothing')\n")
    assert run.measure("case", quick=True, workload=tmp_path).reason == "printed no number but 'nothing'"
    script.write_text("print('a warning')\nprint(1.5)\n")
    assert run.measure("case", quick=True, workload=tmp_path) == 1.5


def test_a_cell_is_the_median_and_one_failure_ends_its_way(run: Any, tmp_path: Path) -> None:
    asked: list[str] = []
    numbers = iter([3.0, 1.0, 2.0])

    def measure(case: str, **options: Any) -> Any:
        asked.append(case)
        return next(numbers) if case == "a" else run.Failure(case, "no")

    run.measure = measure
    cells = run.cells_of(row(run, {"ours": "a", "plain": "b"}, None), runs=3, quick=True, workload=tmp_path)
    assert cells == {"ours": run.Cell(2.0), "plain": run.Failure("b", "no")}
    assert asked == ["a", "b", "a", "a"]
