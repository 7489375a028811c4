"""The service of a command gives up on a full disk, and sends nothing to a vendor by itself."""

import errno
import os
import shutil
from collections import namedtuple
from pathlib import Path

import pytest

from mp4totext.kit.storage import StorageUnavailable
from mp4totext.local_run import service
from mp4totext.local_run.service import local_service
from mp4totext.operations import TRANSCRIBE
from mp4totext.settings import Settings
from tests.support.command_line import BECKETT, run

Usage = namedtuple("Usage", "total used free")
FULL = "The folder for temporary files is full: free some space, or set TMPDIR"


def no_space(*_given: object, **_named: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.fixture
def without_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: Usage(1, 1, 0))
    monkeypatch.setattr(Path, "write_bytes", no_space)


@pytest.mark.usefixtures("without_room")
def test_a_command_without_room_ends_and_names_the_folder() -> None:
    ended = run("transcribe", BECKETT, "-q", "-o", "-")
    assert ended.exit_code == 1
    assert ended.stderr.startswith(f"error: {BECKETT}: {FULL} (")


def test_a_job_that_waits_for_room_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "FULL_TRIES", 1)
    monkeypatch.setattr(type(TRANSCRIBE), "run", no_space)
    ended = run("transcribe", BECKETT, "-q", "-o", "-")
    assert ended.exit_code == 1
    assert ended.stderr.startswith(f"error: {BECKETT}: {FULL} (")


@pytest.mark.usefixtures("without_room")
def test_a_store_that_cannot_write_says_why() -> None:
    with pytest.raises(OSError, match=FULL), local_service(Settings()):
        raise StorageUnavailable("The storage cannot be written")


def test_an_administrator_may_use_the_room_that_others_may_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: Usage(1, 1, 0))
    with pytest.raises(StorageUnavailable, match="for another reason"), local_service(Settings()):
        raise StorageUnavailable("for another reason")


def test_a_key_in_the_environment_sends_no_recording_to_its_vendor(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-0123456789abcdef")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")  # where nobody listens
    monkeypatch.setenv("BUNDLED_MODELS_DIR", "none")
    refused = run("transcribe", BECKETT, "-q", "-o", "-", "--language", "de")
    assert refused.exit_code == 4
    assert "choose it by its name, or add an engine to this machine" in refused.stderr
    assert run("transcribe", BECKETT, "-q", "-o", "-").exit_code == 0
