"""Serves the API in a process with a maximum file size: python -m ... FD FOLDER BYTES."""

import resource
import signal
import sys
from pathlib import Path

from mp4totext.runtime import Runtime
from tests.conftest import app_for, settings_for
from tests.support.uvicorn_processes import serve


def main(fd: str, folder: str, file_bytes_max: str) -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # then write() fails, as on a full disk
    limit = int(file_bytes_max)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    serve(app_for(Runtime(settings_for(Path(folder)))), int(fd))


if __name__ == "__main__":
    main(*sys.argv[1:])
