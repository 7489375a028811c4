"""Values in ``.env``, and the messages about invalid ones."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from mp4totext.commands.failures import explained
from mp4totext.commands.messages import USAGE
from mp4totext.settings import Settings


def loaded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str, value: str) -> Settings:
    monkeypatch.chdir(tmp_path)  # away from anybody's .env
    monkeypatch.setenv(variable, value)
    return Settings()


@pytest.mark.parametrize(
    ("variable", "value", "sentence"),
    [
        (
            "REDIS_HOST",
            "localhost:6379",
            "must be 'localhost' alone; put the port 6379 into REDIS_PORT.",
        ),
        ("REDIS_HOST", "redis://localhost", "must be a host name or an address, without http://"),
        ("REDIS_HOST", "my redis", "must be a host name or an address, such as localhost"),
        ("HOST", "http://0.0.0.0", "without http://"),
        ("PORT", "abc", "must be a whole number, not 'abc'."),
        ("PORT", "80000", "must be 65535 or less, not '80000'."),
        ("DATABASE_URL", "mydatabase", "must be a PostgreSQL or SQLite URL"),
        ("DATABASE_URL", "mysql://root@localhost/x", "must be a PostgreSQL or SQLite URL"),
        ("MAX_UPLOAD_BYTES", "10 MB", "must be a whole number, not '10 MB'."),
        ("MAX_UPLOAD_BYTES", "0", "must be 1 or more, not '0'."),
        ("MINIO_ENDPOINT", "http://", "must be host:port or a URL"),
        ("MINIO_ENDPOINT", "my minio:9000", "must be host:port or a URL"),
        ("MINIO_ENDPOINT", "minio:port", "must be host:port or a URL"),
        ("CELERY_BROKER_URL", "localhost", "must be a Redis URL"),
        (
            "RATE_LIMIT_LOGIN",
            "lots",
            "must be a rate, such as 10/minute or 100 per hour, not 'lots'.",
        ),
        ("JOB_SWEEP_S", "0", "must be a number above 0, not '0'."),
        ("JOB_SWEEP_S", "often", "must be a number, not 'often'."),
        ("LOG_FORMAT", "loud", "must be 'human' or 'json', not 'loud'."),
        ("DEBUG", "maybe", "must be true or false, not 'maybe'."),
        ("PUBLIC_HOSTS", "https://a.example/x", "must be host names separated by commas"),
        ("OPENAI_BASE_URL", "api.openai.com", "must be a URL that begins with http://"),
        (
            "FORWARDED_ALLOW_IPS",
            "proxy",
            "must be addresses or networks of proxies, such as 127.0.0.1",
        ),
    ],
)
def test_what_cannot_work_is_one_sentence_about_the_variable(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str, value: str, sentence: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        loaded(monkeypatch, tmp_path, variable, value)
    failure = explained(caught.value)
    assert failure.exit_code == USAGE
    assert failure.message.startswith(f"{variable} ")
    assert sentence in failure.message
    assert failure.message.endswith(".")


def test_a_password_in_an_address_is_not_shown(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for variable, scheme in (("DATABASE_URL", "mongodb"), ("CELERY_BROKER_URL", "amqp")):
        with pytest.raises(ValidationError) as caught:
            loaded(monkeypatch, tmp_path, variable, f"{scheme}://user:hunter2@host/name")
        monkeypatch.delenv(variable)
        assert "hunter2" not in explained(caught.value).message


@pytest.mark.parametrize(
    ("variable", "value", "path", "read"),
    [
        ("PORT", "", "app.port", 8002),
        ("REDIS_HOST", "", "broker.redis_host", None),
        ("REDIS_HOST", " 'redis' ", "broker.redis_host", "redis"),
        ("REDIS_HOST", "[::1]", "broker.redis_host", "::1"),
        ("JOB_SWEEP_S", '"2.5"', "jobs.job_sweep_s", 2.5),
        ("DATABASE_URL", "postgres://u:p@h/n", "database_url", "postgresql+psycopg://u:p@h/n"),
        ("DATABASE_URL", "sqlite:///x.db", "database_url", "sqlite:///x.db"),
        ("MINIO_ENDPOINT", "minio:9000", "storage.minio_endpoint", "minio:9000"),
        ("RATE_LIMIT_LOGIN", "10 per 2 minutes", "auth.rate_limit_login", "10 per 2 minutes"),
    ],
)
def test_what_is_meant_is_understood(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    variable: str,
    value: str,
    path: str,
    read: object,
) -> None:
    found: object = loaded(monkeypatch, tmp_path, variable, value)
    for name in path.split("."):
        found = getattr(found, name)
    assert found == read
