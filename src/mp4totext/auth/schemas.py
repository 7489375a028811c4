"""Requests and responses of the routes of accounts."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AliasChoices, BaseModel, ConfigDict, EmailStr, Field

from mp4totext.auth.identity import SCOPES, Scope
from mp4totext.auth.models import Role
from mp4totext.auth.passwords import MIN_CHARS
from mp4totext.kit.text import CleanStr, ExactStr

Password = Annotated[ExactStr, Field(min_length=1, max_length=1000)]
NewPassword = Annotated[
    ExactStr,
    Field(
        min_length=MIN_CHARS,
        max_length=1000,
        description="At least 8 characters and at most 72 bytes.",
        examples=["correct horse battery"],
    ),
]
Secret = Annotated[ExactStr, Field(min_length=1, max_length=200)]
FullName = Annotated[CleanStr, Field(max_length=200)]
Language = Annotated[
    str,
    Field(
        max_length=35,
        pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$",
        description="BCP-47, e.g. `en` or `pt-BR`.",
        examples=["en"],
    ),
]


class _Body(BaseModel):
    """Base of request bodies. An unknown field is refused: it would have no effect."""

    model_config = ConfigDict(extra="forbid")


class RegisterRequest(_Body):
    email: EmailStr
    password: NewPassword
    full_name: FullName = ""
    language: Language | None = None


class LoginRequest(_Body):
    # The OAuth2 form calls it username.
    email: Annotated[ExactStr, Field(max_length=320)] = Field(
        validation_alias=AliasChoices("email", "username")
    )
    password: Password


class RefreshRequest(_Body):
    refresh_token: Secret


class ProfileChange(_Body):
    """Changes to the account. Omitted fields keep their values."""

    full_name: FullName = ""
    language: Language | None = None


class PasswordChange(_Body):
    current_password: Password
    new_password: NewPassword


class EndOfAccount(_Body):
    password: Annotated[Password, Field(description="Password of the account, as confirmation.")]


class EndedAccount(BaseModel):
    delete_at: datetime = Field(
        description="Time at which the account is erased. Until then an administrator can "
        "reactivate it."
    )


class KeyRequest(_Body):
    name: Annotated[CleanStr, Field(min_length=1, max_length=100)]
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=len(SCOPES))]
    expires_in_days: Annotated[
        int | None,
        Field(
            ge=1,
            le=3650,
            description="Number of days until the key expires. If omitted, it is valid until it is "
            "revoked.",
        ),
    ] = None


class UserOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: str
    email: str
    full_name: str
    language: str | None
    role: Role
    active: bool
    metered: bool = Field(
        description="Whether work is billed in credits. false for the local account."
    )
    has_password: bool = Field(
        description="Whether the account has a password. false for the local account."
    )
    created_at: datetime


class PasswordCodeRequest(_Body):
    code: Secret
    new_password: NewPassword


class CurrentSession(BaseModel):
    user: UserOut | None


class CodeRequest(_Body):
    code: Secret


class SessionOut(BaseModel):
    id: str
    kind: Literal["browser", "tokens"]
    device: str = Field(description="User agent of the browser. Empty for a token login.")
    created_at: datetime
    last_used_at: datetime | None = Field(
        description="Time of the last use of a browser session, accurate to five minutes."
    )
    expires_at: datetime
    current: bool = Field(description="Whether this session made the request.")


class TokensOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    access_token: str
    refresh_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105  the OAuth2 word
    expires_in: int = Field(description="Validity of the access token in seconds.")


class KeyOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: str
    name: str
    prefix: str = Field(description="First characters of the key, for identification.")
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None = Field(
        description="Time of the last use, accurate to five minutes. null if never used."
    )


class NewKeyOut(KeyOut):
    key: str = Field(description="The API key. It is returned only once.")


class TicketOut(BaseModel):
    ticket: str = Field(description="Single-use ticket for opening a WebSocket.")
    expires_in: int = Field(description="Validity in seconds.")


class AuditOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: str
    actor_id: str
    action: str
    target: str
    facts: dict[str, object]
    created_at: datetime
