"""Limits of objects per account hold for 20 concurrent requests."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mp4totext.auth import keys
from mp4totext.auth.identity import Identity
from mp4totext.auth.models import ApiKey, Role
from mp4totext.auth.schemas import KeyRequest
from mp4totext.jobs import webhook_service
from mp4totext.jobs.models import WebhookTarget
from mp4totext.jobs.webhook_schemas import WebhookRequest
from mp4totext.kit.errors import AppError
from mp4totext.kit.ids import new_id
from mp4totext.transcriptions.library import service as library
from mp4totext.transcriptions.library.schemas import NewTag
from mp4totext.transcriptions.models import Tag
from mp4totext.uploads import service as uploads
from mp4totext.uploads.models import Upload
from mp4totext.videos.brands import service as brands
from mp4totext.videos.brands.schemas import NewBrand
from mp4totext.videos.models import Brand
from tests.support.toy_operation import Spine

AT_ONCE = 20
Make = Callable[[Session, str], Any]


def a_key(session: Session, user_id: str) -> None:
    owner = Identity(user_id=user_id, email="", role=Role.USER)
    request = KeyRequest(name="k", scopes=["jobs:read"])
    keys.create_key(session, owner=owner, request=request, server_secret="s" * 40)


def a_webhook(session: Session, user_id: str) -> None:
    request = WebhookRequest.model_validate({"url": "https://example.com/hook"})
    webhook_service.add(session, user_id=user_id, request=request)


def a_brand(session: Session, user_id: str) -> None:
    brands.make(session, user_id, NewBrand(name="b"))


def a_tag(session: Session, user_id: str) -> None:
    library.make_tag(session, user_id, NewTag(name=new_id("t")))


def an_upload(session: Session, user_id: str) -> None:
    uploads.create(
        session,
        user_id=user_id,
        length=1,
        metadata_header="",
        max_bytes=1,
        require_space=lambda _session, _more: None,
    )


CAPS = [
    pytest.param(a_key, ApiKey, keys.MAX_KEYS, id="keys"),
    pytest.param(a_webhook, WebhookTarget, webhook_service.TARGETS_MAX, id="webhooks"),
    pytest.param(a_brand, Brand, brands.BRANDS_MAX, id="brands"),
    pytest.param(a_tag, Tag, library.MAX_TAGS, id="tags"),
    pytest.param(an_upload, Upload, uploads.OPEN_PER_USER_MAX, id="uploads"),
]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize(("make", "row", "cap"), CAPS)
def test_a_cap_holds_for_requests_at_once(spine: Spine, make: Make, row: Any, cap: int) -> None:
    user = spine.user()
    with spine.runtime.database.write() as session:
        for _ in range(cap - 1):
            make(session, user)
    together = threading.Barrier(AT_ONCE, timeout=30)

    def one_more(_number: int) -> bool:
        together.wait()
        try:
            with spine.runtime.database.write() as session:
                make(session, user)
                time.sleep(0.05)  # the others have counted before this is committed
        except AppError:
            return False
        return True

    with ThreadPoolExecutor(AT_ONCE) as pool:
        added = sum(pool.map(one_more, range(AT_ONCE)))
    with spine.runtime.database.read() as session:
        there = session.scalar(select(func.count()).where(row.user_id == user))
    assert (added, there) == (1, cap)
