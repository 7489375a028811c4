"""Recordings that are measured in parallel."""

from concurrent.futures import ThreadPoolExecutor

from benchmarks.processes import begin, processes


def test_the_longest_is_begun_first_and_figures_come_in_the_order_of_the_items() -> None:
    begun: list[int] = []

    def measure(length: int) -> str:
        begun.append(length)
        return f"{length} s"

    with ThreadPoolExecutor(1) as pool:
        figures = begin(pool, measure, [3, 60, 7], length=float)
    assert begun == [60, 7, 3]
    assert [future.result() for future in figures] == ["3 s", "60 s", "7 s"]


def test_what_goes_wrong_in_another_process_is_raised_here() -> None:
    with processes() as pool:
        right, wrong = begin(pool, int, ["12", "twelve"], length=len)
    assert right.result() == 12
    assert isinstance(wrong.exception(), ValueError)
