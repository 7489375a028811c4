"""Tables of accounts and credentials. Secrets are stored only as hashes."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from mp4totext.kit.db import Base


class Role(StrEnum):
    USER = "user"
    ADMIN = "admin"


class User(Base):
    __tablename__ = "users"
    __table_args__ = (CheckConstraint("role IN ('user', 'admin')", name="role_known"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    email: Mapped[str] = mapped_column(String(320), unique=True)  # lower-cased
    # None: cannot sign in with a password.
    password_hash: Mapped[str | None] = mapped_column(String(72))
    full_name: Mapped[str] = mapped_column(String(200), default="")
    language: Mapped[str | None] = mapped_column(String(35))  # BCP 47
    role: Mapped[str] = mapped_column(String(16), default=Role.USER)
    active: Mapped[bool] = mapped_column(default=True)
    metered: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
    # Set when the account was closed.
    delete_at: Mapped[datetime | None] = mapped_column(index=True)

    @property
    def has_password(self) -> bool:
        return self.password_hash is not None


class Preferences(Base):
    """A user's preferences of the page, which alone interprets the names."""

    __tablename__ = "preferences"

    user_id: Mapped[str] = mapped_column(
        String(40), ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
    updated_at: Mapped[datetime]


class Login(Base):
    """One signed-in device, with all its refresh tokens. Revoking it revokes all of them."""

    __tablename__ = "logins"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    # That of its newest refresh token; for a session, extended while it is used.
    expires_at: Mapped[datetime] = mapped_column(index=True)
    # Of a browser's session; NULL if the login has refresh tokens.
    secret_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    last_used_at: Mapped[datetime | None]
    device: Mapped[str] = mapped_column(String(300), default="")  # as reported by the browser


class SignInCode(Base):
    """Signs the local account in; deleted on use."""

    __tablename__ = "sign_in_codes"

    code_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    expires_at: Mapped[datetime]


class PasswordCode(Base):
    """Lets its user set a password once: an invitation, or a reset. One for each user."""

    __tablename__ = "password_codes"

    user_id: Mapped[str] = mapped_column(
        String(40), ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    expires_at: Mapped[datetime]


class RefreshToken(Base):
    """Valid once. If it is used again, it was stolen, or the response to its first use was lost."""

    __tablename__ = "refresh_tokens"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    login_id: Mapped[str] = mapped_column(ForeignKey("logins.id", ondelete="CASCADE"), index=True)
    used_at: Mapped[datetime | None]
    expires_at: Mapped[datetime]


class ApiKey(Base):
    __tablename__ = "api_keys"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    prefix: Mapped[str] = mapped_column(String(16))  # lets its user recognise it
    name: Mapped[str] = mapped_column(String(100))
    scopes: Mapped[list[str]] = mapped_column(JSON)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class WsTicket(Base):
    """A ticket, which opens one WebSocket and is deleted on use, or a client secret."""

    __tablename__ = "ws_tickets"

    ticket_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    # Of the API key that requested it; None: a login, which has all scopes.
    scopes: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    # The login or key that requested it; what the ticket opens is closed when that ends.
    login_id: Mapped[str | None] = mapped_column(String(40))
    key_id: Mapped[str | None] = mapped_column(String(40))
    expires_at: Mapped[datetime] = mapped_column(index=True)


class AuditEntry(Base):
    """Rows are never changed. Without foreign keys, so that they outlive the accounts they name."""

    __tablename__ = "audit_log"
    __table_args__ = (Index("ix_audit_log_target_id", "target", "id"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    actor_id: Mapped[str] = mapped_column(String(40))  # a user's id, or "command"
    action: Mapped[str] = mapped_column(String(64))
    target: Mapped[str] = mapped_column(String(80))
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime]
