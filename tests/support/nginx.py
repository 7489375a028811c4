"""Runs nginx with the configuration in deploy/ in front of one API process."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.servers import free_port, listening, own_folder, program, running, wait_for

CONFIGURATION = Path(__file__).parent.parent.parent / "deploy" / "nginx.conf"
# What only Docker knows, and what the nginx of a distribution may be too old for.
UPSTREAM = "server api:8002 resolve max_fails=1 fail_timeout=5s;"
RESOLVER = "resolver 127.0.0.11 valid=5s;"


@contextmanager
def nginx_before(api_port: int) -> Iterator[str]:
    """The address of a proxy. Raises ProgramMissing."""
    nginx, port = program("nginx"), free_port()
    text = CONFIGURATION.read_text()
    for shipped, here in (
        (UPSTREAM, f"server 127.0.0.1:{api_port} max_fails=1 fail_timeout=5s;"),
        (RESOLVER, ""),
        ("listen 8080;", f"listen 127.0.0.1:{port};"),
    ):
        assert text.count(shipped) == 1, shipped
        text = text.replace(shipped, here)
    with own_folder() as folder:
        configuration = folder / "nginx.conf"
        configuration.write_text(text)
        own = f"daemon off; pid {folder}/nginx.pid; error_log stderr;"
        command = [nginx, "-p", str(folder), "-c", str(configuration), "-g", own]
        with running(command, folder) as process:
            wait_for(lambda: listening(port), process, folder, OSError)
            yield f"http://127.0.0.1:{port}"
