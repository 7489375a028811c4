"""Imports every module with tables, so that Base.metadata is whole."""

from mp4totext.auth import models as auth
from mp4totext.credits import models as credit
from mp4totext.jobs import events
from mp4totext.jobs import models as jobs
from mp4totext.kit import idempotency
from mp4totext.texts import models as texts
from mp4totext.transcriptions import models as transcriptions
from mp4totext.transcriptions.live import models as live
from mp4totext.transcriptions.uploads import models as uploads
from mp4totext.transcriptions.voices import models as voices

MODULES = (auth, credit, events, jobs, idempotency, live, texts, transcriptions, uploads, voices)
