"""Tables of voices. An embedding is personal data: it is in one column, and nowhere else."""

from datetime import datetime

from sqlalchemy import Float, ForeignKey, ForeignKeyConstraint, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, deferred, mapped_column

from mp4totext.kit.db import Base


class VoiceConsent(Base):
    """The account agreed to voice recognition. Without a row nothing is learned or compared."""

    __tablename__ = "voice_consents"

    user_id: Mapped[str] = mapped_column(
        String(40), ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    given_at: Mapped[datetime]


class Voice(Base):
    """How one person sounds in one recording; it goes when the recording or the account does."""

    __tablename__ = "voices"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    user_id: Mapped[str] = mapped_column(
        String(40), ForeignKey("users.id", ondelete="CASCADE"), index=True
    )
    transcription_id: Mapped[str] = mapped_column(
        String(40), ForeignKey("transcriptions.id", ondelete="CASCADE"), index=True
    )
    name: Mapped[str] = mapped_column(String(80))
    speech_ms: Mapped[int] = mapped_column(Integer)  # what it was learned from
    created_at: Mapped[datetime]
    embedding: Mapped[bytes] = deferred(mapped_column(LargeBinary, nullable=False))  # 256 x float32


class VoiceSuggestion(Base):
    """A speaker of a version may be a known voice. Nothing is changed until a person agrees."""

    __tablename__ = "voice_suggestions"
    __table_args__ = (
        ForeignKeyConstraint(
            ["transcription_id", "version"],
            ["transcript_versions.transcription_id", "transcript_versions.number"],
            name="fk_voice_suggestions_version",
            ondelete="CASCADE",
        ),
    )

    transcription_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True)
    speaker: Mapped[str] = mapped_column(String(20), primary_key=True)  # as it was recognised
    voice_id: Mapped[str] = mapped_column(
        String(40), ForeignKey("voices.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    score: Mapped[float] = mapped_column(Float)  # 0 to 1
