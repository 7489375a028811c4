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


CHORES: tuple[Chore, ...] = (
    # The first chores run as soon as a process has started.
    lambda runtime: catalogue.import_shipped(runtime.database),
    _remove_expired_logins,
    lambda runtime: deletion.remove_expired(runtime, OPERATIONS),
    lambda runtime: erase_ended_accounts(runtime, OPERATIONS),
    lambda runtime: stored_files.remove_orphans(runtime, OPERATIONS),
    lambda runtime: uploads.sweep(runtime.database, runtime.storage),
    live.remove_ended,
    texts.remove_answers_of_deleted,
    embed.submit_stale,
    videos.remove_parts,
    video_pieces.remove_unused,
    vendor_lists.ask_one,  # last: it may wait some seconds for a vendor
)
