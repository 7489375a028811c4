"""Fresh environments with the built package, for each installer."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.offline import refused_packets, without_network

ROOT = Path(__file__).parents[2]
DIST = ROOT / "dist"
TOOLS = Path(sys.prefix) / "bin"  # uv and uvx of the development environment


def wheel() -> Path:
    (path,) = DIST.glob("*.whl")
    return path


def sdist() -> Path:
    (path,) = DIST.glob("*.tar.gz")
    return path


@dataclass(frozen=True)
class Place:
    """A home of its own, and the programs on the path there."""

    folder: Path
    path: tuple[Path, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        kept = {
            name: value
            for name, value in os.environ.items()  # noqa: TID251  where an index is, for one
            if name.startswith(("PIP_", "UV_", "SSL_", "NODE_", "HTTP", "http"))
            or name.endswith("_PROXY")
        }
        return kept | {
            "HOME": str(self.folder),
            "PATH": os.pathsep.join([*map(str, self.path), "/usr/local/bin", "/usr/bin", "/bin"]),
            "DATA_DIR": str(self.folder / "data"),
            "UV_CACHE_DIR": cache(TOOLS / "uv", "cache", "dir"),
            "PIP_CACHE_DIR": cache(sys.executable, "-m", "pip", "cache", "dir"),
            "PIP_COMPILE": "0",  # most modules of a gigabyte of packages are never imported here
            "UV_TOOL_DIR": str(self.folder / "tools"),
            "UV_TOOL_BIN_DIR": str(self.folder / "bin"),
            "PIPX_HOME": str(self.folder / "pipx"),
            "PIPX_BIN_DIR": str(self.folder / "bin"),
            "LANG": "C.UTF-8",
            **self.variables,
        }

    def run(self, *command: object, **variables: str) -> str:
        """Its output; what it wrote to stderr is shown when it fails."""
        done = subprocess.run(
            [str(part) for part in command],
            cwd=self.folder,
            env={**self.environment, **variables},
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def shell(self, line: str, **variables: str) -> str:
        """What somebody types who copies the line."""
        return self.run("bash", "-c", line, **variables)

    def offline(self, *command: object, **variables: str) -> str:
        """Its output without a network, which it must not have tried to reach."""
        counters = self.folder / "counters"
        output = self.run(*without_network(), *command, COUNTERS=str(counters), **variables)
        assert refused_packets(counters.read_text()) == 0, f"{command} tried the network"
        return output


def cache(*command: object) -> str:
    """Shared with the machine's, so that packages are fetched once."""
    told = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=True)
    return told.stdout.strip()
