"""Modules that a process imports at its start: none that its work does not need."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mp4totext.operations import OPERATIONS
from mp4totext.providers.speech.moonshine_files import prepare
from mp4totext.writing.kinds import KINDS
from tests.support.command_line import BECKETT, environment_of

# Each takes 20 to 300 ms of the processor, which the transcript of a clear English clip waits for.
NOT_FOR_A_CLIP = {
    *("alembic", "celery", "kombu", "redis", "prometheus_client"),
    *("fastapi", "starlette", "uvicorn", "limits", "jwt", "cryptography", "email_validator"),
    *("httpx", "httpcore", "requests", "openai", "yt_dlp"),
    *("PIL", "fontTools", "uharfbuzz", "fpdf", "docx", "markdown_it", "av", "onnx", "psutil"),
    *("ctranslate2", "faster_whisper", "tokenizers", "torch", "scipy", "opencc", "snowballstemmer"),
}
SLICES = {"images", "live", "search", "texts", "videos", "voices", "wyoming_api", "openai_api"}
TABLES = {"models", "presets"}  # every database has all tables

CLIP = """
import json, sys
from mp4totext.cli import main
try:
    main(["transcribe", *sys.argv[1:]])
except SystemExit as end:
    assert end.code == 0, end.code
print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""
BEFORE_ITS_IMPORTS = """
import json, sys
import psutil
from mp4totext.cli import main

class Watch:
    def find_spec(self, name, path=None, target=None):
        if name == "mp4totext.commands.transcribe":
            children = [str(child.cmdline()) for child in psutil.Process().children()]
            print(json.dumps(["sandbox_process" in line for line in children]), file=sys.stderr)
            sys.exit()

sys.meta_path.insert(0, Watch())
main(["transcribe", *sys.argv[1:]])
"""
NO_RECORDING = """
import gc, json, sys, threading
from mp4totext.library import Transcriber
from mp4totext.kit.errors import AppError
from mp4totext.providers.speech.moonshine_model import MoonshineModel
try:
    Transcriber().transcribe(sys.argv[1])
except AppError as error:
    for thread in threading.enumerate():
        if thread.name.startswith("ThreadPool"):
            thread.join(60)
    loaded = sum(isinstance(it, MoonshineModel) for it in gc.get_objects())
    print(json.dumps([error.code, loaded]), file=sys.stderr)
"""
SANDBOX = """
import importlib, json, sys
from mp4totext.media import sandbox_process
for module in sandbox_process._MODULES:
    importlib.import_module(module)
print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""


COMBINED = """
import json, sys
from mp4totext.providers.speech import combined
print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""


def printed_by(program: str, *arguments: str, folder: Path) -> Any:  # JSON values
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=folder,
        env=environment_of(folder),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stderr.splitlines()[-1])


def modules_after(program: str, *arguments: str, folder: Path) -> list[str]:
    names: list[str] = printed_by(program, *arguments, folder=folder)
    return names


def test_a_clip_imports_only_what_it_needs(tmp_path: Path) -> None:
    prepare(tmp_path / "models")  # once an installation
    modules = modules_after(CLIP, str(BECKETT), "-o", str(tmp_path), "-q", folder=tmp_path)
    assert (tmp_path / "beckett.srt").exists()
    assert NOT_FOR_A_CLIP.isdisjoint(modules), NOT_FOR_A_CLIP & set(modules)
    own = [name.split(".")[1:] for name in modules if name.startswith("mp4totext.")]
    unneeded = [path for path in own if path[0] in SLICES and path[1:] and path[1] not in TABLES]
    assert not unneeded, unneeded


def test_two_engines_together_load_the_slow_one_when_it_is_asked(tmp_path: Path) -> None:
    modules = modules_after(COMBINED, folder=tmp_path)
    assert {"ctranslate2", "faster_whisper", "tokenizers"}.isdisjoint(modules)


def test_the_process_that_reads_media_imports_no_schemas_and_no_fonts(tmp_path: Path) -> None:
    modules = modules_after(SANDBOX, folder=tmp_path)
    assert {"av", "numpy"} <= set(modules)
    assert {"pydantic", "sqlalchemy", "fontTools", "PIL", "onnxruntime"}.isdisjoint(modules)


def test_the_process_that_reads_media_starts_before_the_command_imports(tmp_path: Path) -> None:
    assert printed_by(BEFORE_ITS_IMPORTS, str(BECKETT), folder=tmp_path) == [True]


def test_the_model_is_loaded_while_the_file_is_examined(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("No recording.")
    code, models_loaded = printed_by(NO_RECORDING, str(file), folder=tmp_path)
    assert (code, models_loaded) == ("not_media", 1)


@pytest.mark.parametrize("name", OPERATIONS)
def test_the_row_of_an_operation_is_there(name: str) -> None:
    assert name in OPERATIONS
    assert OPERATIONS[name].name == name


def test_the_row_of_each_kind_of_text_is_there() -> None:
    assert {kind.name for kind in KINDS.values()} == set(KINDS)
    assert "poem" not in KINDS
    assert len(KINDS) == len(list(KINDS))
