"""Messages of doctor and at the start about a store or a database that cannot be used."""

import sys
from pathlib import Path

import pytest
from pydantic import SecretStr

from mp4totext.commands import checks
from mp4totext.kit.packages import install_command
from mp4totext.runtime import Runtime
from mp4totext.settings import DatabaseSettings, StorageSettings
from tests.conftest import settings_for
from tests.support.command_line import run
from tests.support.servers import S3Server, free_port


@pytest.mark.parametrize(
    ("wrong", "detail", "variable"),
    [
        ("nothing", "", ""),
        ("bucket", "does not exist", "MINIO_BUCKET"),
        ("secret", "refused the keys", "MINIO_SECRET_KEY"),
        ("address", "did not answer", "MINIO_ENDPOINT"),
    ],
)
def test_a_store_says_what_is_wrong_with_it(
    s3_bucket: tuple[S3Server, str], tmp_path: Path, wrong: str, detail: str, variable: str
) -> None:
    server, bucket = s3_bucket
    address = f"127.0.0.1:{free_port()}" if wrong == "address" else server.endpoint
    store = StorageSettings(
        minio_endpoint=address,
        minio_access_key=SecretStr(server.access_key),
        minio_secret_key=SecretStr("wrong" if wrong == "secret" else server.secret_key),
        minio_bucket="no-such-bucket" if wrong == "bucket" else bucket,
        minio_secure=False,
    )
    runtime = Runtime(settings_for(tmp_path).model_copy(update={"storage": store}))
    found = checks.storage(runtime)
    assert found.ok is (wrong == "nothing")
    assert detail in found.detail
    assert variable in (found.fix or "")
    assert address.removeprefix("http://") in found.detail
    assert server.secret_key not in f"{found.detail} {found.fix}"


POSTGRES = "postgresql+psycopg://user:pass@127.0.0.1:9/name"


def test_a_driver_that_is_missing_is_not_a_database_that_is_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    database = DatabaseSettings(database_url=POSTGRES)
    runtime = Runtime(settings_for(tmp_path).model_copy(update={"database": database}))
    found = checks.database(runtime)
    assert (found.ok, found.fix) == (False, install_command("mp4totext[postgres]"))
    assert found.detail.endswith("127.0.0.1:9/name: psycopg is not installed")
    assert "pass" not in found.detail


@pytest.mark.parametrize("command", ["current", "upgrade", "check"])
def test_commands_of_the_database_name_the_command_that_installs_its_driver(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    monkeypatch.setenv("DATABASE_URL", POSTGRES)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    found = run("db", command)
    assert found.exit_code == 2, found.output
    assert found.stderr == (
        f"error: psycopg is not installed: {install_command('mp4totext[postgres]')}\n"
    )
