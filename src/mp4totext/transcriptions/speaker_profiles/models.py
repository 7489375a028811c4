"""Tables of speaker profiles. Embeddings are personal data: in one column, and nowhere else."""

from datetime import datetime

from sqlalchemy import Float, ForeignKey, ForeignKeyConstraint, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, deferred, mapped_column

from mp4totext.kit.db import Base


class SpeakerProfileConsent(Base):
    """The account's consent to speaker recognition. Without it nothing is learned or compared."""

    __tablename__ = "speaker_profile_consents"

    user_id: Mapped[str] = mapped_column(
        String(40), ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    given_at: Mapped[datetime]


class SpeakerProfile(Base):
    """A person's voice in one recording; deleted with the recording or the account."""

    __tablename__ = "speaker_profiles"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    user_id: Mapped[str] = mapped_column(
        String(40), ForeignKey("users.id", ondelete="CASCADE"), index=True
    )
    transcription_id: Mapped[str] = mapped_column(
        String(40), ForeignKey("transcriptions.id", ondelete="CASCADE"), index=True
    )
    name: Mapped[str] = mapped_column(String(80))
    speech_ms: Mapped[int] = mapped_column(Integer)  # length of the speech it was learned from
    created_at: Mapped[datetime]
    embedding: Mapped[bytes] = deferred(mapped_column(LargeBinary, nullable=False))  # 256 x float32


class ProfileSuggestion(Base):
    """A speaker of a version may match a profile. A person must confirm it."""

    __tablename__ = "speaker_profile_suggestions"
    __table_args__ = (
        ForeignKeyConstraint(
            ["transcription_id", "version"],
            ["transcript_versions.transcription_id", "transcript_versions.number"],
            name="fk_speaker_profile_suggestions_version",
            ondelete="CASCADE",
        ),
    )

    transcription_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True)
    speaker: Mapped[str] = mapped_column(String(20), primary_key=True)  # the id as recognised
    profile_id: Mapped[str] = mapped_column(
        String(40),
        ForeignKey("speaker_profiles.id", ondelete="CASCADE"),
        primary_key=True,
        index=True,
    )
    score: Mapped[float] = mapped_column(Float)  # 0 to 1
