"""Finds third-party programs and runs them unchanged, each in a process of its own."""

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
FOLDER = Path(__file__).parent
ENVIRONMENT = ROOT / ".venv-clients"
HOME_ASSISTANT = ROOT / ".venv-home-assistant"
OPEN_WEBUI = ROOT / ".venv-open-webui"


def run(
    program: str,
    url: str,
    key: str,
    file: Path,
    *,
    environment: Path = ENVIRONMENT,
    variables: Mapping[str, str] | None = None,
) -> Any:  # JSON values
    """What a program of this folder prints about a service, for an account's key and a file."""
    is_python = program.endswith(".py")
    runtime = "python" if is_python else "node"
    folder = FOLDER if is_python else FOLDER / "node"
    path = f"{environment / 'bin'}{os.pathsep}{os.environ['PATH']}"  # noqa: TID251  the program's
    done = subprocess.run(
        [runtime, program, url, key, str(file)],
        cwd=folder,
        env={
            "PATH": path,
            "HOME": str(environment),
            "LITELLM_LOCAL_MODEL_COST_MAP": "True",
            "OPENAI_BASE_URL": f"{url}/v1",  # for those that take them from nowhere else
            "OPENAI_API_KEY": key,
            **(variables or {}),
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.strip().splitlines()[-1])
