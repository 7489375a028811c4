"""OpenAI's client secrets: short-lived keys with which a browser opens a Realtime session.

A secret carries the settings of its sessions. They cannot be changed in it, as the service only
knows its hash, and its holder may change them in the session anyway.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import timedelta
from typing import Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from mp4totext.auth import service as auth
from mp4totext.auth.dependencies import rate_limit
from mp4totext.auth.tokens import CLIENT_SECRET
from mp4totext.jobs.dependencies import Writer
from mp4totext.kit.clock import now
from mp4totext.kit.http import WriteSession, problems
from mp4totext.kit.ids import new_id
from mp4totext.openai_api.bodies import OpenAIBody
from mp4totext.openai_api.realtime_schemas import Session, is_live_model, live_models, session_out
from mp4totext.openai_api.refusals import InvalidField

router = APIRouter(prefix="/v1", tags=["OpenAI-compatible"])


class ExpiresAfter(OpenAIBody):
    anchor: Literal["created_at"] = Field(
        "created_at", description="From when the seconds count: its creation."
    )
    seconds: int = Field(
        600, ge=10, le=7200, description="Seconds in which the secret opens sessions."
    )


class ClientSecretBody(OpenAIBody):
    expires_after: ExpiresAfter = Field(
        default_factory=ExpiresAfter,
        description="How long the secret opens sessions. An open session continues.",
    )
    session: Session = Field(
        default_factory=lambda: Session(type="transcription"),
        description="Settings of the sessions. Only sessions of the type `transcription` exist.",
    )


class ClientSecret(BaseModel):
    value: str = Field(description="The secret. It opens any number of sessions until it expires.")
    expires_at: int = Field(description="When it expires, in seconds since 1970.")
    session: dict[str, Any] = Field(description="The settings that it carries.")


@router.post(
    "/realtime/client_secrets",
    response_model=ClientSecret,
    responses=problems(400, 401, 403),
    dependencies=[rate_limit("expensive")],
    summary="Get a short-lived secret with which a browser opens Realtime sessions",
)
def create_client_secret(
    body: ClientSecretBody, user: Writer, session: WriteSession
) -> ClientSecret:
    transcription = body.session.audio.input.transcription
    if transcription and transcription.model and not is_live_model(transcription.model):
        raise InvalidField(
            "session.audio.input.transcription.model",
            f"Live sessions have no model {transcription.model!r}. They take: "
            f"{', '.join(live_models())}.",
        )
    expires_at = now() + timedelta(seconds=body.expires_after.seconds)
    settings = body.session.model_dump_json(exclude_defaults=True).encode()
    secret = auth.issue_client_secret(
        session,
        user,
        scope="transcriptions:write",
        content=urlsafe_b64encode(settings).decode().rstrip("="),  # "=" is not allowed in sockets
        expires_at=expires_at,
    )
    return ClientSecret(
        value=secret,
        expires_at=int(expires_at.timestamp()),
        session=session_out(body.session, new_id("sess")),
    )


def session_of(credential: str | None) -> Session:
    """The settings that a valid client secret carries; the defaults for other credentials."""
    if credential is None or not credential.startswith(CLIENT_SECRET):
        return Session(type="transcription")
    content = credential.partition(".")[2]
    return Session.model_validate_json(urlsafe_b64decode(content + "=" * (-len(content) % 4)))
