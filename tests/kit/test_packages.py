"""The install command in a message is one that works where the message is printed."""

from pathlib import Path

import pytest

from mp4totext.kit.packages import install_command

OPENAI = "pip install 'mp4totext[openai]'"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    folder = tmp_path / "clone"
    folder.mkdir()
    (folder / "pyproject.toml").touch()
    return folder


def test_an_installed_wheel_takes_its_extras_by_name(tmp_path: Path) -> None:
    assert install_command(OPENAI, source=tmp_path) == OPENAI


def test_a_clone_installs_its_own_extras_from_its_folder(clone: Path) -> None:
    command = install_command(OPENAI, source=clone, environment=clone / ".venv", folder=clone)
    assert command == ".venv/bin/pip install -e '.[openai]'"


def test_a_clone_in_another_environment_uses_the_pip_of_that(clone: Path, tmp_path: Path) -> None:
    command = install_command(OPENAI, source=clone, environment=tmp_path / "other", folder=clone)
    assert command == "pip install -e '.[openai]'"


def test_elsewhere_the_command_says_where_it_belongs(clone: Path, tmp_path: Path) -> None:
    command = install_command(OPENAI, source=clone, environment=clone / ".venv", folder=tmp_path)
    assert command == ".venv/bin/pip install -e '.[openai]' (in the folder of the clone)"


def test_other_packages_are_installed_by_name_in_a_clone_too(clone: Path) -> None:
    command = install_command(
        "pip install torch, then pip install 'pyannote.audio>=4'",
        source=clone,
        environment=clone / ".venv",
        folder=clone,
    )
    assert command == (
        ".venv/bin/pip install torch, then .venv/bin/pip install 'pyannote.audio>=4'"
    )
