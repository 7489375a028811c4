import subprocess
import sys

import pytest

THREADS = """
import ctypes, sys, threading
from mp4totext.kit.memory import limit_arenas
if sys.argv[1] == "limited":
    limit_arenas()
c = ctypes.CDLL(None)
all_here = threading.Barrier(8)
def allocate():
    all_here.wait()
    c.malloc(100_000)
    all_here.wait()
threads = [threading.Thread(target=allocate) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
c.malloc_stats()
"""


def arenas(how: str) -> int:
    done = subprocess.run(
        [sys.executable, "-c", THREADS, how], capture_output=True, text=True, check=True
    )
    return done.stderr.count("Arena ")


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's allocator")
def test_threads_share_two_areas_of_the_heap() -> None:
    assert arenas("as it is") > 2
    assert arenas("limited") <= 2
