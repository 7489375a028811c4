"""Exports in child processes: equal files, and limits of time and memory."""

import json
import os
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from mmap import mmap
from pathlib import Path
from subprocess import check_output
from typing import Any, cast

import psutil
import pytest

from mp4totext.exports.documents import Document
from mp4totext.exports.options import ExportOptions
from mp4totext.exports.registry import EXPORTS
from mp4totext.exports.render_process import NICE, NICER
from mp4totext.exports.rendering import RENDERERS, ExportTooLarge, Renderers, RenderLimits
from mp4totext.transcript import Segment, Transcript, words_to_arrays
from tests.exports.samples import OPTIONS, lecture
from tests.support.waiting import until

PDF, SRT = EXPORTS["pdf"], EXPORTS["srt"]
LECTURE = Document(transcript=lecture(), options=OPTIONS)
AS_STORED = Document(
    transcript=replace(
        lecture(), segments=tuple(replace(each, words=()) for each in lecture().segments)
    ),
    options=OPTIONS,
    stored_words=tuple(json.dumps(words_to_arrays(each.words)) for each in lecture().segments),
)
HOURS = Transcript(
    duration_ms=40_000_000,
    segments=tuple(
        Segment(id=f"s{n}", start_ms=n * 5_000, end_ms=n * 5_000 + 4_000, text="dear friends " * 20)
        for n in range(8_000)
    ),
)


@contextmanager
def renderers(**limits: Any) -> Iterator[Renderers]:  # the fields of RenderLimits
    made = Renderers(RenderLimits(**limits))
    try:
        yield made
    finally:
        made.close()


def processes() -> list[psutil.Process]:
    found = []
    for child in psutil.Process(os.getpid()).children():
        with suppress(psutil.NoSuchProcess):  # has ended; a zombie is one too
            if "render_process" in " ".join(child.cmdline()):
                found.append(child)
    return found


def only_process() -> psutil.Process:
    until(lambda: len(processes()) == 1)
    return processes()[0]


@pytest.fixture(autouse=True)
def none_left() -> Iterator[None]:
    """Every test begins and ends without a rendering process, also of the services of others."""
    RENDERERS.close()
    assert processes() == []
    yield
    assert processes() == []


@pytest.mark.slow
def test_a_process_writes_the_files_the_formats_write() -> None:
    with renderers() as made:
        for export in EXPORTS.values():
            own = export.render(lecture(), OPTIONS)
            assert made.render(export, AS_STORED) == own, export.name


@pytest.mark.skipif(sys.platform != "linux", reason="threads have no priority elsewhere")
def test_a_long_file_lets_others_pass_and_the_next_one_begins_as_before(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    own = os.getpriority(os.PRIO_PROCESS, 0)
    with renderers() as made, ThreadPoolExecutor() as threads:
        long = threads.submit(made.run, check_output, ["cat", str(tmp_path / "pipe")])
        tasks = Path(f"/proc/{only_process().pid}/task")

        def priorities() -> set[int]:
            return {os.getpriority(os.PRIO_PROCESS, int(task.name)) for task in tasks.iterdir()}

        until(lambda: priorities() == {own + NICE, min(own + NICE + NICER, 19)})
        (tmp_path / "pipe").write_bytes(b"long")
        assert long.result() == b"long"
        assert made.run(check_output, ["nice"]) == f"{own + NICE}\n".encode()


def test_one_process_serves_one_export_after_the_other() -> None:
    with renderers() as made:
        made.render(SRT, LECTURE)
        first = only_process()
        made.render(SRT, LECTURE)
        assert processes() == [first]


def test_threads_have_a_process_each() -> None:
    together = threading.Barrier(2)
    with renderers() as made, ThreadPoolExecutor() as threads:

        def file() -> bytes:
            together.wait(60)
            return made.render(SRT, LECTURE)

        files = [threads.submit(file) for _ in range(2)]
        assert files[0].result() == files[1].result()
        assert len(processes()) == 2


def test_what_takes_longer_than_the_deadline_is_refused_and_ended() -> None:
    with (
        renderers(deadline_s=1) as made,
        pytest.raises(
            ExportTooLarge, match=r"PDF: it takes more than 1 seconds.*shorten"
        ) as raised,
    ):
        made.render(PDF, Document(transcript=HOURS, options=ExportOptions()))
    assert (raised.value.status, raised.value.facts) == (422, {"format": "pdf"})


def test_what_takes_more_memory_than_there_may_be_has_no_answer() -> None:
    with renderers(memory_bytes=150 << 20) as made:
        assert made.run(bytes, 1 << 20) == bytes(1 << 20)
        assert made.run(bytes, 150 << 20) is None


@pytest.mark.slow
def test_a_file_that_takes_more_memory_than_there_may_be_is_refused() -> None:
    """One long text, with which the layout meets the limit at once."""
    vast = replace(HOURS, segments=(replace(HOURS.segments[0], text="dear friends " * (1 << 20)),))
    with renderers(memory_bytes=200 << 20) as made, pytest.raises(ExportTooLarge):
        made.render(PDF, Document(transcript=vast, options=ExportOptions()))


def test_memory_that_the_system_does_not_give_is_too_much_as_well() -> None:
    with renderers() as made:
        assert made.run(cast(Any, mmap), -1, 1 << 46) is None


def test_a_mistake_of_ours_is_raised_with_where_it_was_made() -> None:
    nothing: Any = None
    with renderers() as made, pytest.raises(RuntimeError, match=r"srt\.py"):
        made.render(SRT, Document(transcript=nothing, options=ExportOptions()))


def test_a_process_without_work_ends_and_the_next_export_starts_another() -> None:
    with renderers(idle_s=0.2) as made:
        first = made.render(SRT, LECTURE)
        until(lambda: processes() == [])
        assert made.render(SRT, LECTURE) == first


@pytest.mark.parametrize("end", [psutil.Process.kill, psutil.Process.terminate])
def test_a_process_that_dies_at_work_is_replaced(end: Callable[[psutil.Process], None]) -> None:
    with renderers() as made, ThreadPoolExecutor() as threads:
        made.render(SRT, LECTURE)
        process = only_process()
        process.suspend()  # alive as far as anybody can tell, and without an answer
        file = threads.submit(made.render, SRT, LECTURE)
        end(process)
        with suppress(psutil.NoSuchProcess):  # SIGKILL ends it as it is
            process.resume()
        assert file.result() == SRT.render(lecture(), OPTIONS)


def test_a_process_that_hangs_is_killed_when_all_are_closed() -> None:
    with renderers() as made:
        made.render(SRT, LECTURE)
        only_process().suspend()
