"""Values of settings from files, as Docker and Kubernetes mount secrets."""

from pathlib import Path

import pytest

from mp4totext.commands.failures import explained
from mp4totext.settings import Settings

KEY = "a key of more than thirty-two characters"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)  # away from anybody's .env
    return tmp_path


def test_a_variable_may_name_the_file_of_its_value(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "key").write_text(f"{KEY}\n")
    (folder / "address").write_text("postgresql+psycopg://me:secret@db/name\n")
    (folder / ".env").write_text("DATABASE_URL_FILE=address\n")
    monkeypatch.setenv("SECRET_KEY_FILE", str(folder / "key"))
    settings = Settings()
    assert settings.secret_key == KEY
    assert settings.database_url == "postgresql+psycopg://me:secret@db/name"


@pytest.mark.parametrize("name", ["OPENAI_API_KEY", "openai_api_key"])
def test_a_folder_has_values_by_their_names(
    name: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "secrets").mkdir()
    (folder / "secrets" / name).write_text(KEY)
    monkeypatch.setenv("SECRETS_DIR", str(folder / "secrets"))
    assert Settings().engines.openai_api_key is not None
    monkeypatch.setenv("OPENAI_API_KEY", "another")  # the nearer one
    key = Settings().engines.openai_api_key
    assert key is not None
    assert key.get_secret_value() == "another"


def message(monkeypatch: pytest.MonkeyPatch, **variables: str) -> str:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ValueError, match="validation error") as caught:
        Settings()
    return explained(caught.value).message


def test_a_file_that_cannot_be_read_says_why(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert message(monkeypatch, SECRET_KEY_FILE="/no/such") == (
        "SECRET_KEY cannot be read from '/no/such', which SECRET_KEY_FILE names: "
        "No such file or directory."
    )
    (folder / "bytes").write_bytes(b"\xff\xfe")
    assert message(monkeypatch, SECRET_KEY_FILE="bytes").endswith("names: it is not text.")


def test_two_values_of_one_setting_are_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "key").write_text(KEY)
    assert message(monkeypatch, SECRET_KEY=KEY, SECRET_KEY_FILE="key") == (
        "SECRET_KEY is set twice, also by SECRET_KEY_FILE: keep one of the two."
    )
