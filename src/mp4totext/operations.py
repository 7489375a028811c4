"""Everything that can be paid for, and the chores of the sweeper: two literal tables."""

from mp4totext.auth import service as auth
from mp4totext.catalogue import service as catalogue
from mp4totext.catalogue import vendor_lists
from mp4totext.images.operations import GENERATE_IMAGES
from mp4totext.jobs import stored_files
from mp4totext.jobs.operation import Operations
from mp4totext.jobs.sweeper import Chore
from mp4totext.jobs.webhooks import WEBHOOK
from mp4totext.leaving import erase_ended_accounts
from mp4totext.live import service as live
from mp4totext.live.operations import LIVE
from mp4totext.runtime import Runtime
from mp4totext.texts import embed
from mp4totext.texts import service as texts
from mp4totext.texts.embed import EMBED
from mp4totext.texts.follow_ups import TextFollowUps
from mp4totext.texts.operations import WRITE_TEXT
from mp4totext.transcriptions import deletion
from mp4totext.transcriptions.import_url import ImportUrl
from mp4totext.transcriptions.operations import Transcribe
from mp4totext.transcriptions.renditions.operations import MAKE_RENDITIONS
from mp4totext.transcriptions.speaker_profiles.operations import LEARN_PROFILE
from mp4totext.transcriptions.speakers.operations import DIARIZE
from mp4totext.transcriptions.vendor_deletion import VENDOR_DELETION
from mp4totext.uploads import service as uploads
from mp4totext.videos import operations as videos
from mp4totext.videos import pieces as video_pieces
from mp4totext.videos.clip_operation import FIND_CLIPS
from mp4totext.videos.operations import RENDER_VIDEO
from mp4totext.videos.plan_operation import PLAN_VIDEO
from mp4totext.voices.operations import SPEAK

TRANSCRIBE = Transcribe(TextFollowUps())

OPERATIONS: Operations = {
    operation.name: operation
    for operation in (
        TRANSCRIBE,
        ImportUrl(TRANSCRIBE),
        DIARIZE,
        LEARN_PROFILE,
        MAKE_RENDITIONS,
        VENDOR_DELETION,
        LIVE,
        WRITE_TEXT,
        EMBED,
        SPEAK,
        GENERATE_IMAGES,
        PLAN_VIDEO,
        FIND_CLIPS,
        RENDER_VIDEO,
        WEBHOOK,
    )
}


def _remove_expired_logins(runtime: Runtime) -> None:
    with runtime.database.write() as session:
        auth.remove_expired(session)


def _sweep_uploads(runtime: Runtime) -> None:
    uploads.sweep(runtime.database, runtime.storage)


def _remove_expired(runtime: Runtime) -> None:
    deletion.remove_expired(runtime, OPERATIONS)


def _erase_ended_accounts(runtime: Runtime) -> None:
    erase_ended_accounts(runtime, OPERATIONS)


def _remove_orphans(runtime: Runtime) -> None:
    stored_files.remove_orphans(runtime, OPERATIONS)


def _import_catalogue(runtime: Runtime) -> None:
    catalogue.import_shipped(runtime.database)


CHORES: tuple[Chore, ...] = (
    _import_catalogue,  # the first chores run as soon as a process has started
    _remove_expired_logins,
    _remove_expired,
    _erase_ended_accounts,
    _remove_orphans,
    _sweep_uploads,
    live.remove_ended,
    texts.remove_answers_of_deleted,
    embed.submit_stale,
    videos.remove_parts,
    video_pieces.remove_unused,
    vendor_lists.ask_one,  # last: it may wait some seconds for a vendor
)
