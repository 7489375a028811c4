"""Imports every module with tables, so that Base.metadata is whole."""

from mp4totext.auth import models as auth
from mp4totext.catalogue import models as catalogue
from mp4totext.credits import models as credit
from mp4totext.events import log as event_log
from mp4totext.images import models as images
from mp4totext.jobs import models as jobs
from mp4totext.kit import idempotency
from mp4totext.kit.db import Base, Database
from mp4totext.live import models as live
from mp4totext.shares import models as shares
from mp4totext.texts import models as texts
from mp4totext.transcriptions import models as transcriptions
from mp4totext.transcriptions.renditions import models as renditions
from mp4totext.transcriptions.speaker_profiles import models as speaker_profiles
from mp4totext.uploads import models as uploads
from mp4totext.videos import models as videos
from mp4totext.voices import models as voices

MODULES = (
    auth,
    catalogue,
    credit,
    event_log,
    idempotency,
    images,
    jobs,
    live,
    renditions,
    shares,
    speaker_profiles,
    texts,
    transcriptions,
    uploads,
    voices,
    videos,
)


def create(database: Database) -> None:
    """All tables at once in an empty database, for one that lives as long as a command."""
    Base.metadata.create_all(database.engine, checkfirst=False)
