"""Each route of the service, requested by each kind of caller."""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from fastapi import FastAPI
from sqlalchemy import select

from mp4totext.jobs.stored_files import link_path
from mp4totext.kit.idempotency import IdempotentAnswer
from mp4totext.kit.signed_links import sign
from mp4totext.web.endpoints import ADDRESSES
from tests.conftest import PASSWORD, Account, auth_headers
from tests.support.account_steps import make_key
from tests.support.in_process_service import recording
from tests.support.owned_objects import API, SPEAKER, TUS, Owner, RunningApp, run_app_in
from tests.support.route_rights import EXPECTED, WHO
from tests.support.slow_tests import one_in
from tests.support.stills import small_png

_numbers = count(1)

SOCKETS = {f"{API}/ws", f"{API}/live", "/v1/realtime"}
PAGE = {*ADDRESSES, "/docs", "/assets/{name}", "/licences.txt", "/sample.wav"}
BESIDES = {*PAGE, "/docs/errors", "/openapi.json", *SOCKETS}


Request = dict[str, Any]
EDIT = {"revision": 0, "edits": [{"id": "s1", "text": "Good evening."}]}
CLEAN = {"kind": "clean", "provider": "local"}
SAY = {"text": "Good evening.", "provider": SPEAKER}
REASSIGN = {"action": "reassign", "to": "new", "segment_ids": ["s1"]}
LOGIN = {"password": PASSWORD}
OWN_PAGE = {"Host": "localhost", "Origin": "http://localhost"}


def _refresh_token(owner: Owner) -> str:
    """A new login each time: a token works once."""
    login = {"email": owner.account.email, **LOGIN}
    answer = owner.running.client.post(f"{API}/auth/login", json=login)
    return str(answer.json()["refresh_token"])


def _signature(owner: Owner) -> dict[str, str]:
    facts = {"type": "audio/wav", "filename": "talk.wav"}
    path = link_path(f"{owner['prefix']}/{owner['row_id']}/{owner['name']}")
    secret = owner.running.runtime.settings.secret_key
    return dict(parse_qsl(sign(path, facts, secret=secret, expires_s=60)))


# What is sent so that the route would do its work; the others send nothing.
REQUESTS: dict[str, Callable[[Owner], Request]] = {
    "GET /api/v1/files/{prefix}/{row_id}/{name}": lambda o: {"params": _signature(o)},
    "POST /api/v1/auth/register": lambda _: {
        "json": {"email": f"new{next(_numbers)}@example.com", **LOGIN}
    },
    "POST /api/v1/auth/login": lambda o: {"json": {"email": o.account.email, **LOGIN}},
    "POST /api/v1/auth/refresh": lambda o: {"json": {"refresh_token": _refresh_token(o)}},
    "POST /api/v1/auth/logout": lambda o: {"json": {"refresh_token": _refresh_token(o)}},
    "POST /api/v1/auth/session": lambda o: {
        "json": {"email": o.account.email, **LOGIN},
        "headers": OWN_PAGE,
    },
    "POST /api/v1/auth/session/code": lambda _: {
        "json": {"code": "mp4c_nobody-made-it"},
        "headers": OWN_PAGE,
    },
    "POST /api/v1/auth/session/password-code": lambda _: {
        "json": {"code": "mp4p_nobody-made-it", "new_password": PASSWORD},
        "headers": OWN_PAGE,
    },
    "POST /api/v1/admin/users": lambda _: {"json": {"email": f"in{next(_numbers)}@example.com"}},
    "POST /api/v1/auth/session/password": lambda _: {
        "json": {"current_password": PASSWORD, "new_password": PASSWORD}
    },
    "PATCH /api/v1/auth/me": lambda _: {"json": {"full_name": "A. N. Other"}},
    "POST /api/v1/auth/me/end": lambda owner: {
        # The last administrator could not.
        "json": {"password": owner.running.new_account("admin", admin=True).password}
    },
    "POST /api/v1/auth/password": lambda _: {
        "json": {"current_password": PASSWORD, "new_password": PASSWORD}
    },
    "POST /api/v1/auth/keys": lambda _: {"json": {"name": "k", "scopes": ["account"]}},
    "POST /api/v1/transcriptions": lambda _: {
        "files": {"file": ("a.wav", recording("success.wav").read_bytes())}
    },
    "POST /v1/audio/transcriptions": lambda _: {"files": {"file": ("a.wav", b"no sound")}},
    "POST /v1/audio/translations": lambda _: {"files": {"file": ("a.wav", b"no sound")}},
    "POST /api/v1/transcriptions/upload": lambda _: {
        "content": recording("success.wav").read_bytes(),
        "headers": {"Content-Type": "application/octet-stream"},
    },
    "POST /api/v1/transcriptions/from-url": lambda _: {
        "json": {"url": "https://example.com/talk.mp3"}
    },
    "POST /api/v1/transcriptions/from-upload": lambda o: {
        "json": {"upload_id": o.complete_upload()}
    },
    "POST /api/v1/transcriptions/estimate": lambda _: {"json": {"duration_ms": 1000}},
    "POST /api/v1/credits/quote": lambda _: {"json": {"duration_ms": 1000}},
    "PATCH /api/v1/transcriptions/{transcription_id}": lambda _: {"json": {"title": "Mine"}},
    "GET /api/v1/transcriptions/{transcription_id}/export": lambda _: {"params": {"format": "srt"}},
    "GET /api/v1/transcriptions/{transcription_id}/sample": lambda _: {"params": {"speaker": "S1"}},
    "GET /api/v1/search": lambda _: {"params": {"q": "good morning"}},
    "PUT /api/v1/auth/me/preferences": lambda _: {"json": {"theme": "dark"}},
    "POST /api/v1/transcriptions/{transcription_id}/shares": lambda _: {"json": {}},
    "GET /api/v1/shared/{token}/export": lambda _: {"params": {"format": "srt"}},
    "POST /api/v1/shared/{token}/comments": lambda _: {
        "json": {"name": "Ada", "text": "Well said.", "at_ms": 0}
    },
    "PATCH /api/v1/comments/{comment_id}": lambda _: {"json": {"answer": "Thank you."}},
    "POST /api/v1/webhooks": lambda _: {"json": {"url": "https://example.com/hook"}},
    "PATCH /api/v1/webhooks/{webhook_id}": lambda _: {"json": {"active": False}},
    "POST /api/v1/tags": lambda _: {"json": {"name": f"tag {next(_numbers)}"}},
    "PATCH /api/v1/tags/{tag_id}": lambda _: {"json": {"colour": 2}},
    "PUT /api/v1/transcriptions/{transcription_id}/tags": lambda _: {"json": {"tag_ids": []}},
    "POST /api/v1/library/bulk": lambda o: {
        "json": {"ids": [o["transcription_id"]], "action": "archive"}
    },
    "GET /api/v1/library/export": lambda o: {
        "params": {"ids": o["transcription_id"], "format": "srt"}
    },
    "POST /api/v1/transcriptions/{transcription_id}/rerun": lambda _: {"json": {"options": {}}},
    "POST /api/v1/transcriptions/{transcription_id}/diarize": lambda _: {"json": {}},
    "PUT /api/v1/speaker-profiles/consent": lambda _: {"json": {"given": True}},
    "POST /api/v1/speaker-profiles": lambda o: {"json": o.speaker_to_learn()},
    "PATCH /api/v1/transcriptions/{transcription_id}/speakers": lambda _: {
        "json": {"revision": 0, "actions": [REASSIGN]}
    },
    "PATCH /api/v1/transcriptions/{transcription_id}/segments": lambda _: {"json": EDIT},
    "POST /api/v1/transcriptions/{transcription_id}/replace": lambda _: {
        "json": {"revision": 0, "find": "good", "replace": "fine"}
    },
    "POST /api/v1/transcriptions/{transcription_id}/undo": lambda o: {
        "json": {"undo_of": o.edited_revision()}
    },
    "GET /api/v1/transcriptions/{transcription_id}/changes": lambda _: {"params": {"since": 0}},
    "POST /api/v1/transcriptions/{transcription_id}/texts": lambda _: {"json": CLEAN},
    "POST /api/v1/transcriptions/{transcription_id}/texts/estimate": lambda _: {"json": CLEAN},
    "POST /api/v1/transcriptions/{transcription_id}/texts/{text_id}/rerun": lambda _: {"json": {}},
    "GET /api/v1/transcriptions/{transcription_id}/texts/{text_id}/export": lambda _: {
        "params": {"format": "md"}
    },
    "GET /api/v1/transcriptions/{transcription_id}/texts/{text_id}/compare": lambda o: {
        "params": {"since": o["text_id"]}
    },
    "POST /api/v1/voices/say": lambda _: {"json": SAY},
    "POST /api/v1/transcriptions/{transcription_id}/speech": lambda _: {
        "json": {"provider": SAY["provider"]}
    },
    "POST /api/v1/images/generate": lambda _: {"json": {"prompt": "The sea"}},
    "POST /api/v1/images": lambda _: {"content": small_png()},
    "POST /v1/images/generations": lambda _: {"json": {"prompt": "Sea", "model": "nobody"}},
    "POST /v1/audio/speech": lambda _: {"json": {"input": "Hello.", "model": "nobody"}},
    "POST /v1/realtime/client_secrets": lambda _: {"json": {}},
    "POST /api/v1/transcriptions/{transcription_id}/videos": lambda _: {
        "json": {"preset": "captioned"}
    },
    "POST /api/v1/videos/plan": lambda o: {
        "json": {"preset": "captioned", "transcription_id": o["transcription_id"]}
    },
    "POST /api/v1/videos/preview": lambda o: {
        "json": {"preset": "captioned", "transcription_id": o["transcription_id"]}
    },
    "POST /api/v1/videos/clips": lambda o: {"json": {"transcription_id": o["transcription_id"]}},
    "PATCH /api/v1/videos/{video_id}/plan": lambda _: {
        "json": {"revision": 1, "storyboard": {"seed": 7}}
    },
    "GET /api/v1/videos/{video_id}/plan/preview": lambda _: {"params": {"scene": "s1"}},
    "POST /api/v1/videos/{video_id}/scenes/{scene_id}/picture": lambda _: {"json": {"revision": 1}},
    "POST /api/v1/videos/{video_id}/render": lambda _: {"json": {"revision": 1}},
    "POST /api/v1/brands": lambda _: {"json": {"name": "The Press"}},
    "PATCH /api/v1/brands/{brand_id}": lambda _: {"json": {"name": "The New Press"}},
    "PUT /api/v1/brands/{brand_id}/font": lambda _: {"content": small_png()},
    "PUT /api/v1/brands/{brand_id}/{place}": lambda _: {"content": small_png()},
    "POST /api/v1/videos/generate": lambda o: {
        "json": {"preset": "captioned", "transcription_id": o["transcription_id"]}
    },
    "POST /api/v1/ask": lambda _: {"json": {"question": "Who said good morning?"}},
    "POST /api/v1/uploads/presigned": lambda _: {"json": {"filename": "talk.mp4", "size_bytes": 9}},
    "POST /api/v1/uploads": lambda _: {"headers": {**TUS, "Upload-Length": "9"}},
    "HEAD /api/v1/uploads/{upload_id}": lambda _: {"headers": TUS},
    "PATCH /api/v1/uploads/{upload_id}": lambda _: {
        "headers": {
            **TUS,
            "Upload-Offset": "0",
            "Content-Type": "application/offset+octet-stream",
        },
        "content": b"ten bytes!",
    },
    "DELETE /api/v1/uploads/{upload_id}": lambda _: {"headers": TUS},
    "PATCH /api/v1/admin/users/{user_id}": lambda _: {"json": {"active": True}},
    "POST /api/v1/admin/users/{user_id}/credits": lambda _: {
        "json": {"amount": 1, "reason": "thanks"}
    },
    "PUT /api/v1/admin/prices/{key}": lambda _: {"json": {"amount": 1}},
    "PUT /api/v1/admin/model-prices/{provider}/{model}": lambda _: {
        "json": {"multiplier": 1, "per_1000_characters": 1}
    },
    "PUT /api/v1/admin/models/{kind}/{provider}/{model}": lambda _: {"json": {"rate": 1}},
    "POST /api/v1/admin/models/import": lambda _: {"json": {"toml": "dated ="}},
}
# Routes about a job in a state of its own.
JOBS: dict[str, Callable[[Owner], str]] = {
    "POST /api/v1/jobs/{job_id}/retry": Owner.cancelled_job,
    "GET /api/v1/jobs/{job_id}/events": Owner.ended_job,
}


@pytest.fixture(scope="module")
def running(empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    with run_app_in(tmp_path_factory.mktemp("matrix"), empty_database) as running:
        yield running


@pytest.fixture(scope="module")
def strangers(running: RunningApp) -> tuple[Account, Account]:
    return running.new_account("other"), running.new_account("admin", admin=True)


def credentials(
    running: RunningApp, owner: Owner, route: str, strangers: tuple[Account, Account]
) -> dict[str, dict[str, str]]:
    enough = ["transcriptions:write", "transcriptions:read", "jobs:read", "credits:read", "account"]
    revoked = make_key(running.client, owner.account, *enough)
    path = f"{API}/auth/keys/{revoked['id']}"
    assert running.client.delete(path, headers=owner.account.headers).status_code == 204
    narrow = "jobs:write" if "/credits/" in route else "credits:read"
    other, admin = strangers
    if f" {API}/auth/" in route:  # where they end themselves and change their passwords
        other, admin = running.new_account("other"), running.new_account("admin", admin=True)
    holder = admin if "/admin/" in route else owner.account
    unscoped = make_key(running.client, holder, narrow)["key"]
    return {
        "nobody": {},
        "revoked": auth_headers(revoked["key"]),
        "unscoped": auth_headers(unscoped),
        "other": other.headers,
        "admin": admin.headers,
        "owner": owner.account.headers,
    }


@pytest.mark.parametrize("route", one_in(3, EXPECTED))
def test_everyone_gets_what_is_theirs_and_no_more(
    running: RunningApp, strangers: tuple[Account, Account], route: str
) -> None:
    """The owner asks last: so nobody who was refused has changed anything."""
    owner = running.owner()
    method, _, path = route.partition(" ")
    if route in JOBS:
        owner.put("job_id", JOBS[route](owner))
    if path.endswith(("/{text_id}/rerun", "/{text_id}/compare", "/{text_id}/export")):
        owner.put("text_id", owner.written_text())
    if path == f"{API}/ask/{{text_id}}":
        owner.put("text_id", owner.answer())
    url = path.format_map(owner)
    request: Callable[[Owner], Request] = REQUESTS.get(route, lambda _: {})
    held: Request | None = None
    answers = {}
    for who, headers in credentials(running, owner, route, strangers).items():
        if held is None or path.startswith(f"{API}/auth"):
            held = request(owner)
        sent = {**held, "headers": {**held.get("headers", {}), **headers}}
        running.client.cookies.clear()  # nobody is signed in by what came before
        answer = running.client.request(method, url, **sent)
        answers[who] = answer.status_code
        if path.startswith((API, "/v1/")):  # also media, pictures, peaks and what is unchanged
            assert answer.headers["cache-control"] == "private, no-store"
        if answer.status_code >= 400 and method != "HEAD":
            assert answer.headers["content-type"] == "application/problem+json"
    assert answers == dict(zip(WHO, EXPECTED[route], strict=True))


def routes_of(app: FastAPI) -> Iterator[tuple[str, bool]]:
    """Every path that is served, and whether the OpenAPI document has it."""
    for route in app.routes:
        router = getattr(route, "original_router", None)
        for each in [route] if router is None else router.routes:
            yield getattr(each, "path", ""), getattr(each, "include_in_schema", False)


def test_every_route_has_a_row(running: RunningApp) -> None:
    app = running.client.app
    assert isinstance(app, FastAPI)
    documented = {
        f"{method.upper()} {path}"
        for path, methods in app.openapi()["paths"].items()
        for method in methods
    }
    assert documented == set(EXPECTED)
    served = dict(routes_of(app))
    assert {path for path, shown in served.items() if not shown} == BESIDES
    assert {route.partition(" ")[2] for route in EXPECTED} | BESIDES == {
        path.replace(":path}", "}") for path in served
    }


def test_no_admin_is_made_by_registering(running: RunningApp) -> None:
    body = {"email": "boss@example.com", **LOGIN, "role": "admin"}
    refused = running.client.post(f"{API}/auth/register", json=body)
    assert refused.json()["errors"][0]["where"] == "body.role"
    del body["role"]
    assert running.client.post(f"{API}/auth/register", json=body).json()["role"] == "user"


def takes_a_key(app: Any, route: str) -> bool:
    method, _, path = route.partition(" ")
    described = app.openapi()["paths"][path][method.lower()].get("parameters", [])
    return any(parameter["name"] == "Idempotency-Key" for parameter in described)


def test_every_idempotency_key_that_is_documented_is_kept(running: RunningApp) -> None:
    """Those of OpenAI's routes are in ``openai_api/test_waiting.py``."""
    keyed = [route for route in EXPECTED if takes_a_key(running.client.app, route)]
    kept, refused = set(), set()
    for route in keyed:
        owner = running.owner()
        method, _, path = route.partition(" ")
        if route in JOBS:
            owner.put("job_id", JOBS[route](owner))
        if path.endswith("/{text_id}/rerun"):
            owner.put("text_id", owner.written_text())
        account = running.new_account("admin", admin=True) if "/admin/" in path else owner.account
        build: Callable[[Owner], Request] = REQUESTS.get(route, lambda _: {})
        request = build(owner)
        key = route.replace(" ", "")
        headers = {**request.get("headers", {}), **account.headers, "Idempotency-Key": key}
        answer = running.client.request(
            method, path.format_map(owner), **{**request, "headers": headers}
        )
        if answer.status_code >= 300:
            refused.add(route)
            continue
        with running.runtime.database.read() as session:
            if session.scalar(select(IdempotentAnswer).where(IdempotentAnswer.key == key)):
                kept.add(route)
    assert refused == {route for route in keyed if route.startswith("POST /v1/")} | {
        "POST /api/v1/videos/clips",
        "POST /api/v1/videos/{video_id}/scenes/{scene_id}/picture",
        "POST /api/v1/videos/{video_id}/render",
    }
    assert kept | refused == set(keyed)


def test_a_picture_that_is_uploaded_again_with_its_key_is_one(running: RunningApp) -> None:
    headers = {**running.owner().account.headers, "Idempotency-Key": "a-picture"}
    post = running.client.post
    first, again = (post(f"{API}/images", content=small_png(), headers=headers) for _ in range(2))
    assert first.json()["id"] == again.json()["id"]
    assert len(running.client.get(f"{API}/images", headers=headers).json()["items"]) == 1
