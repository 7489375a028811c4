"""The child process that renders files one by one, for ``rendering``, over pipes."""

import errno
import gc
import os
import pickle
import selectors
import struct
import sys
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor, wait
from typing import BinaryIO

from mp4totext.messages import answering_in

if sys.platform != "win32":
    import resource

LENGTH = struct.Struct("<Q")
FILE, TOO_LARGE, BUG = b"F", b"L", b"B"  # the first byte of an answer
NICE = 5  # lower priority than the API, which serves other requests
LONG_S, NICER = 0.1, 7  # what takes longer lets the files of others pass


def main(memory_bytes: int, idle_s: float) -> int:
    """Run until the pipe is closed or no request arrives for ``idle_s``."""
    requests, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # output of libraries must not be read as an answer
    _limit(memory_bytes)
    # Looking for cycles among a hundred thousand words takes a third of the time; once after each
    # file is enough.
    gc.disable()
    while _wait_for_request(requests, idle_s):
        head = requests.read(LENGTH.size)
        if len(head) < LENGTH.size:
            break
        try:
            kind, body = _in_a_thread(requests.read(LENGTH.unpack(head)[0]))
        except Exception:
            _send(answers, BUG, traceback.format_exc().encode())
            raise
        _send(answers, kind, body)
        gc.collect()
    return 0


def _in_a_thread(request: bytes) -> tuple[bytes, bytes]:
    """In a thread of its own, as only a thread's lower priority ends with the file.

    Without the right to do so, no process can raise its priority again.
    """
    with ThreadPoolExecutor(1) as executor:
        thread = executor.submit(threading.get_native_id).result()
        answer = executor.submit(_rendered, request)
        if wait([answer], LONG_S).not_done and sys.platform == "linux":
            os.setpriority(os.PRIO_PROCESS, thread, os.nice(0) + NICER)
        return answer.result()


def _rendered(request: bytes) -> tuple[bytes, bytes]:
    try:
        # Pickle is safe here, as only the parent process writes to the pipe.
        language, work, arguments = pickle.loads(request)  # noqa: S301
        with answering_in(language):
            return FILE, work(*arguments)
    except MemoryError:
        return TOO_LARGE, b""
    except OSError as error:
        if error.errno != errno.ENOMEM:  # such as a folder that cannot be listed
            raise
        return TOO_LARGE, b""


def _send(answers: BinaryIO, kind: bytes, body: bytes) -> None:
    answers.write(kind + LENGTH.pack(len(body)) + body)
    answers.flush()


def _wait_for_request(requests: BinaryIO, idle_s: float) -> bool:
    """Whether a request arrived, or the pipe was closed, within ``idle_s``."""
    if sys.platform == "win32":  # a pipe cannot be waited for: the parent ends the process
        return True
    with selectors.DefaultSelector() as ready:
        ready.register(requests, selectors.EVENT_READ)
        return bool(ready.select(idle_s))


def _limit(memory_bytes: int) -> None:
    """Limit memory, core files and priority. On Windows, only the deadline applies."""
    if sys.platform == "win32":
        return
    os.nice(NICE)
    for kind, value in ((resource.RLIMIT_DATA, memory_bytes), (resource.RLIMIT_CORE, 0)):
        _, hard = resource.getrlimit(kind)
        allowed = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (allowed, allowed))
