"""Messages of doctor and at the start about a store that works only in part."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from mp4totext.commands import checks
from mp4totext.runtime import Runtime
from mp4totext.settings import StorageSettings
from tests.conftest import settings_for
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
