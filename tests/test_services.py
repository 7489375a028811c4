"""The servers for tests are real: they store data and refuse wrong requests."""

import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
import redis
from botocore.exceptions import ClientError
from sqlalchemy import create_engine, text

from tests.support.servers import ProgramMissing, S3Server, own_folder, program, running
from tests.support.waiting import has_ended, until


def test_redis_answers_and_is_empty(redis_port: int) -> None:
    with redis.Redis(host="127.0.0.1", port=redis_port) as client:
        assert client.ping()
        assert client.dbsize() == 0


def test_postgres_gives_each_test_its_database(postgres_url: str) -> None:
    engine = create_engine(postgres_url)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT 1")) == 1
    engine.dispose()


def test_s3_keeps_objects_and_refuses_a_wrong_secret(s3_bucket: tuple[S3Server, str]) -> None:
    server, bucket = s3_bucket
    server.client().put_object(Bucket=bucket, Key="a/b", Body=b"kept")
    assert server.client().get_object(Bucket=bucket, Key="a/b")["Body"].read() == b"kept"
    with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
        server.client(secret_key="wrong").get_object(Bucket=bucket, Key="a/b")


def test_a_server_dies_with_a_killed_test_run(tmp_path: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path; from tests.support.servers import running\n"
        "with running(['sleep', '60'], Path(sys.argv[1])) as process:\n"
        "    print(process.pid, flush=True)\n"
        "    time.sleep(60)\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    child = psutil.Process(int(parent.stdout.readline()))
    parent.send_signal(signal.SIGKILL)
    parent.wait(60)
    parent.stdout.close()
    until(
        lambda: has_ended(child),
        what="the server to end with the test run",
    )


def test_a_server_is_stopped_when_a_test_fails() -> None:
    with (
        pytest.raises(RuntimeError),
        own_folder() as folder,
        running(["sleep", "60"], folder) as process,
    ):
        raise RuntimeError
    assert process.returncode is not None
    assert not folder.exists()


def test_a_missing_program_is_named() -> None:
    with pytest.raises(ProgramMissing, match="no-such-server"):
        program("no-such-server")
