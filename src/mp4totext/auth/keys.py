"""API keys: limited to scopes, shown once, stored as hashes."""

import secrets
from datetime import timedelta

from sqlalchemy.orm import Session

from mp4totext.auth import audit, queries
from mp4totext.auth.errors import AdminNeeded, SecretGone, TooManyKeys
from mp4totext.auth.identity import Identity
from mp4totext.auth.models import ApiKey
from mp4totext.auth.schemas import KeyRequest
from mp4totext.auth.tokens import API_KEY, SHOWN_CHARS, derived_secret, hashed
from mp4totext.kit.clock import now
from mp4totext.kit.db import lock_name
from mp4totext.kit.errors import NotFound
from mp4totext.kit.idempotency import earlier_answer, fingerprint, remember_answer
from mp4totext.kit.ids import new_id
from mp4totext.kit.pagination import PageQuery, fetch_page

MAX_KEYS = 100


def create_key(
    session: Session,
    *,
    owner: Identity,
    request: KeyRequest,
    server_secret: str,
    idempotency_key: str | None = None,
) -> tuple[ApiKey, str]:
    """Create a key; returns the row and the secret. Raises AdminNeeded, TooManyKeys, SecretGone.

    The secret is derived from a random salt and SECRET_KEY. Only the salt is stored with the
    idempotent response, so a repeated request gets the same secret, and the database alone does not
    contain it.
    """
    request_fingerprint = fingerprint("key", request.model_dump(mode="json"))
    earlier = earlier_answer(
        session, owner=owner.user_id, key=idempotency_key, request=request_fingerprint
    )
    if earlier is not None:
        return _shown_again(session, earlier, owner=owner, server_secret=server_secret)
    if "admin" in request.scopes and not owner.is_admin:
        raise AdminNeeded
    lock_name(session, f"keys of {owner.user_id}")
    if queries.count_live_keys(session, owner.user_id) >= MAX_KEYS:
        raise TooManyKeys(f"An account has at most {MAX_KEYS} keys: revoke one first.")
    salt = secrets.token_urlsafe(32)
    secret = derived_secret(API_KEY, server_secret=server_secret, salt=salt)
    key = _new_row(owner.user_id, request, secret)
    session.add(key)
    remember_answer(
        session,
        owner=owner.user_id,
        key=idempotency_key,
        request=request_fingerprint,
        answer={"id": key.id, "salt": salt},
    )
    audit.record(
        session,
        actor_id=owner.user_id,
        action="key.created",
        target=key.id,
        facts={"name": key.name, "scopes": key.scopes},
    )
    return key, secret


def list_keys(session: Session, user_id: str, page: PageQuery) -> tuple[list[ApiKey], str | None]:
    return fetch_page(session, queries.owned_keys(user_id), by=ApiKey.id, page=page)


def revoke_key(session: Session, user_id: str, key_id: str) -> None:
    """The key is refused from the next request on. Raises NotFound, also for another user's key."""
    key = session.scalar(queries.owned_keys(user_id).where(ApiKey.id == key_id))
    if key is None:
        raise NotFound(f"You have no API key {key_id!r}.")
    key.revoked_at = now()
    audit.record(session, actor_id=user_id, action="key.revoked", target=key_id)


def _new_row(user_id: str, request: KeyRequest, secret: str) -> ApiKey:
    at = now()
    days = request.expires_in_days
    return ApiKey(
        id=new_id("key"),
        user_id=user_id,
        secret_hash=hashed(secret),
        prefix=secret[:SHOWN_CHARS],
        name=request.name,
        scopes=sorted(set(request.scopes)),
        created_at=at,
        expires_at=None if days is None else at + timedelta(days=days),
    )


def _shown_again(
    session: Session, earlier: dict[str, str], *, owner: Identity, server_secret: str
) -> tuple[ApiKey, str]:
    secret = derived_secret(API_KEY, server_secret=server_secret, salt=earlier["salt"])
    key = session.scalar(queries.owned_keys(owner.user_id).where(ApiKey.id == earlier["id"]))
    # It was revoked, or SECRET_KEY was changed.
    if key is None or key.secret_hash != hashed(secret):
        raise SecretGone(earlier["id"])
    return key, secret
