"""The table of faults in the docs: results of a partial run replace their rows."""

from pathlib import Path

from benchmarks.chaos_matrix import BEGIN, END, HEAD, line_of, with_rows
from tests.support.fault_matrix import ROWS, STAGES, Cell, Row

DOCS = Path(__file__).parent.parent.parent / "docs" / "faults.md"


def row(fault: str, *, over_s: float = 0, executions: int = 0) -> str:
    cells = [Cell(stage=stage, over_s=over_s, executions=executions) for stage in STAGES]
    return line_of(Row(fault=fault, lasted_s=3.4, cells=cells))


def test_a_cell_says_when_and_how_often_and_what_was_wrong() -> None:
    assert row("S3 slow", over_s=7, executions=2).startswith("| S3 slow | 3 | 7 (2) | ")
    wrong = Row(fault="S3 slow", cells=[Cell(stage=s, problems=["2 results"]) for s in STAGES])
    assert "| 0 **wrong** |" in line_of(wrong)
    assert line_of(wrong).endswith(f"| {len(STAGES)} |")


def test_a_run_of_some_faults_keeps_the_rows_of_the_others() -> None:
    page = f"above\n{BEGIN}{END}below\n"
    first = with_rows(page, {name: row(name, over_s=1) for name in reversed(ROWS)})
    second = with_rows(first, {"S3 slow": row("S3 slow", over_s=9)})
    lines = second.splitlines()
    assert (lines[0], lines[-1]) == ("above", "below")
    table = [line for line in lines if line.startswith("| ")]
    assert table[0] == HEAD[0]
    assert [line.split(" | ")[0].removeprefix("| ") for line in table[1:]] == list(ROWS)
    assert table[1:] == [row(name, over_s=9 if name == "S3 slow" else 1) for name in ROWS]


def test_the_docs_have_every_fault_and_no_problem() -> None:
    page = DOCS.read_text(encoding="utf-8")
    found = with_rows(page, {}).partition(BEGIN)[2].partition(END)[0].strip().splitlines()
    assert found[:2] == list(HEAD)
    assert [line.split(" | ")[0].removeprefix("| ") for line in found[2:]] == list(ROWS)
    assert all(line.endswith("| 0 |") and "wrong" not in line for line in found[2:])
