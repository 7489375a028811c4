"""The chores of the sweeper: a literal table."""

from mp4totext.account_erasure import erase_ended_accounts
from mp4totext.auth import service as auth
from mp4totext.catalogue import service as catalogue
from mp4totext.catalogue import vendor_lists
from mp4totext.jobs import stored_files
from mp4totext.jobs.sweeper import Chore
from mp4totext.live import service as live
from mp4totext.operations import OPERATIONS
from mp4totext.runtime import Runtime
from mp4totext.texts import embed
from mp4totext.texts import service as texts
from mp4totext.transcriptions import deletion
from mp4totext.uploads import service as uploads
from mp4totext.videos import operations as videos
from mp4totext.videos import pieces as video_pieces


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
