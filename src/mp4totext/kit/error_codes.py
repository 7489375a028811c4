"""Every error ``code`` with its English sentence; ``messages/`` has the translations.

A code is stable and has one meaning. If an error is raised without a message, the sentence of its
code is the message, with values in the placeholders; otherwise it is the title. The page
/docs/errors, the target of `type`, shows them. Codes that are not listed are a vendor's own.
"""

import re
from collections.abc import Mapping

PAGE = "/docs/errors"

ERROR_CODES: Mapping[str, Mapping[str, str]] = {
    "Requests": {
        "bad_header": "A header has a value that is not accepted.",
        "bad_request": "The request cannot be understood.",
        "body_too_large": (
            "The body is larger than the {limit_bytes} bytes that requests other than uploads may "
            "have. Send recordings to /api/v1/transcriptions or /api/v1/uploads."
        ),
        "body_too_slow": "The body did not arrive within {seconds} seconds. Send it again.",
        "database_unavailable": "The database does not answer. Try again in a few seconds.",
        "headers_too_large": "The URL and headers together are longer than 64 kB.",
        "http_error": "The request was refused; its status says why.",
        "idempotency_key_reused": "The `Idempotency-Key` was used for another request.",
        "idempotent_twin": (
            "An identical request was accepted at the same time. Send this one again to get the "
            "answer."
        ),
        "internal": (
            "The service failed because of a bug. It is logged under this request_id: report it "
            "to the operator of this service."
        ),
        "invalid": "Something in the request is not accepted.",
        "invalid_cursor": "The `cursor` does not come from this list.",
        "malformed_form": "The multipart form cannot be read, or a field is missing.",
        "method_not_allowed": "This URL does not support this method.",
        "not_found": "There is nothing at this URL.",
        "past_the_end": "The part begins after the end of the upload.",
        "range_not_satisfiable": "The file has {size} bytes; request a range inside it.",
        "storage_unavailable": "The storage does not answer. Try again in a few seconds.",
        "too_large": "The file is too large.",
        "too_many_pipelined": "Too many requests are pipelined on one connection.",
        "too_many_requests": "There were too many requests. Wait a few seconds, then try again.",
        "unavailable": "This is not available at the moment. Try again later.",
        "busy": "There are too many large requests. Try again in a few seconds.",
        "wrong_state": "This is not possible in the current state.",
    },
    "Accounts and keys": {
        "account_deactivated": "This account is deactivated: ask an administrator.",
        "admin_needed": "Only an administrator may do this.",
        "email_taken": "There is already an account for {email!r}: log in, or use another address.",
        "forbidden": "This is not allowed.",
        "foreign_page": (
            "A session cookie can change data only from this service's own page. Programs "
            "send `Authorization: Bearer <token>` or `X-API-Key: <key>` instead."
        ),
        "invalid_credentials": "The token or key is invalid, expired or revoked: log in again.",
        "invalid_email": "This is not an e-mail address.",
        "last_admin": "This is the last active administrator: appoint another one first.",
        "local_account": (
            "The account of this machine cannot be deleted: delete its recordings instead."
        ),
        "login_needed": "This needs a login with a password; an API key cannot do it.",
        "no_password": "The account has no password yet: its owner must set one with a link.",
        "not_this_machine": (
            "Links of `mp4totext serve` and `mp4totext open` work on the service's own machine "
            "only: sign in with an e-mail address and a password."
        ),
        "refresh_token_reused": (
            "This refresh token was already used, so its login was ended for security: log in "
            "again."
        ),
        "registration_closed": "Registration is closed here: ask an administrator for an account.",
        "scope_missing": "The API key does not have the scope {scope!r}: create one that has it.",
        "secret_gone": (
            "The key {key_id!r} was created, but its secret cannot be shown again: revoke it and "
            "create another one."
        ),
        "session_ended": "This session has ended: sign in again.",
        "token_expired": "The access token has expired: get a new one with the refresh token.",
        "too_many_keys": "The account has reached the limit of API keys: revoke one first.",
        "too_many_streams": (
            "The account has {limit} open event streams and sockets, which is the limit: close "
            "some first."
        ),
        "unauthenticated": (
            "This needs a login or an API key: send `Authorization: Bearer <token>` or "
            "`X-API-Key: <key>`."
        ),
        "unknown_host": (
            "Signing in is not allowed under the host name {name!r}: the operator of this service "
            "can add it to PUBLIC_HOSTS."
        ),
        "weak_password": "The password is too weak: choose another one.",
        "wrong_code": (
            "This link has been used or has expired. Ask for another one: `mp4totext open` "
            "prints one on the service's own machine, and an administrator creates links for "
            "setting passwords."
        ),
        "wrong_login": "The e-mail address or the password is wrong.",
        "wrong_password": "The current password is wrong.",
    },
    "Credits": {
        "insufficient_credits": (
            "This needs {required:.2f} credits, {available:.2f} are available. Ask an "
            "administrator for more credits."
        ),
        "not_enough_to_take": "The account has fewer credits than that.",
        "unknown_price": "This has no price, so it cannot be used.",
    },
    "Recordings and uploads": {
        "bad_checksum": "The checksum of a part cannot be read.",
        "bad_upload_metadata": "`Upload-Metadata` cannot be read.",
        "checksum_mismatch": "The checksum of the received bytes does not match.",
        "direct_upload": "This upload goes directly to object storage, not through the service.",
        "empty_file": "The file is empty.",
        "file_missing": "The form has no file.",
        "media_damaged": "The recording is damaged.",
        "media_empty": "The file is empty.",
        "media_encrypted": "The recording is encrypted.",
        "media_missing": "The recording is no longer in storage.",
        "media_no_such_track": "The recording has no such track.",
        "media_too_complex": "Reading the recording takes too much time or memory.",
        "media_too_long": "The recording is too long.",
        "media_unreadable": "The recording cannot be read.",
        "media_without_pictures": "The recording has no video track.",
        "media_without_sound": "The recording has no audio track.",
        "no_direct_uploads": "This service has no storage that clients can upload to directly.",
        "no_picture": "The recording has no picture.",
        "not_a_file": "A field that must be a file is text.",
        "not_a_recording": "This is not a recording.",
        "not_an_upload": "The content type is not the one of uploads.",
        "not_made": (
            "This rendition does not exist yet: POST to the recording's /renditions, and follow "
            "the job."
        ),
        "not_media": "The file is not a recording.",
        "not_one_recording": "There is more than one recording at this address.",
        "offset_mismatch": (
            "The part does not begin where the upload ends: get the offset with HEAD."
        ),
        "part_too_small": "The part is too small; only the last part of an upload may be smaller.",
        "storage_full": "The service's storage is full.",
        "storage_quota_exceeded": "The account's storage is full.",
        "tag_exists": "There is already a tag {name!r}: use it, or choose another name.",
        "tag_not_found": "There is no tag {tag_id!r}.",
        "too_many_tags": "The account has reached the limit of tags: delete one first.",
        "too_many_uploads": "Too many uploads are open. Finish or delete one.",
        "transcription_not_found": "There is no transcription {transcription_id!r}.",
        "unusable_recording": "The recording cannot be used.",
        "upload_cut": "The upload was interrupted.",
        "upload_incomplete": "The upload has not arrived completely.",
        "upload_stalled": "The upload stopped for too long. Upload the file again.",
        "version_not_found": "There is no version {number}.",
    },
    "Downloads from a URL": {
        "address_refused": "This address cannot be fetched.",
        "download_failed": "The recording could not be fetched.",
        "download_too_large": "The recording at this address is too large.",
        "download_too_slow": "The download is too slow.",
        "no_media_at_address": "There is no recording at this address.",
        "source_refused": "The site refused to send the recording.",
        "source_unreachable": "The site does not answer.",
    },
    "Engines and models": {
        "capacity": "The vendor has no capacity at the moment.",
        "checksum": "A downloaded model file is damaged.",
        "connection": "The vendor could not be reached.",
        "bad_answer": "The vendor's answer cannot be read.",
        "deleted": "The vendor has deleted the recording.",
        "engine_failed": "The engine failed during the transcription.",
        "engine_missing": "The engine is not set up here.",
        "gated": "The model is only available to accounts that have accepted its terms.",
        "in_progress": "The vendor is still working on it; the job will check again.",
        "invalid_catalogue": "The list of models cannot be read.",
        "missing": "There is no such model on the hub.",
        "model_broken": "The model's files are incomplete: download it again.",
        "model_bundled": "The model is part of the installation and cannot be deleted.",
        "model_missing": "The model is not installed; the message has the command.",
        "model_not_found": "There is no such model.",
        "model_retired": "The model is no longer offered.",
        "model_too_small": "The model is too small for this recording.",
        "needs_model": "This needs a language model.",
        "no_media_url": "The vendor needs a link to the recording, which requires S3 storage.",
        "not_deployed": "The function is not deployed at Modal.",
        "not_installed": "A package is not installed; the message has the command.",
        "older_catalogue": "The list of models is older than the one in use.",
        "one_channel": "The recording has one channel; this needs one for each speaker.",
        "out_of_memory": "The worker ran out of memory.",
        "package_missing": "A package is not installed; the message has the command.",
        "payment_required": "The account at the vendor has no credit.",
        "provider_busy": "The vendor is busy. The job waits, then tries again.",
        "provider_misconfigured": "A key or setting of the vendor is missing or wrong.",
        "provider_not_ready": "The provider is not set up here.",
        "provider_rejected": "The vendor refused the request.",
        "provider_unavailable": "The vendor is not set up here.",
        "provider_unreachable": "The vendor does not answer, or failed.",
        "provider_unsupported": "The engine cannot do this; the message says which can.",
        "remote_error": "The vendor's function failed.",
        "speaker_limits": "The limits on the number of speakers contradict each other.",
        "timeout": "The vendor did not answer in time.",
        "too_long_for_engine": "The recording is longer than the engine accepts.",
        "transcription_failed": "The vendor could not transcribe the recording.",
        "unknown_diarizer": "There is no such diarizer.",
        "unknown_engine": "There is no such engine.",
        "unknown_model": "There is no such model.",
        "unknown_provider": "There is no such provider.",
        "unreadable": "The model on the hub cannot be read.",
        "unsupported_feature": "The engine cannot do this.",
        "unsupported_language": "The engine does not support the language.",
    },
    "Jobs and webhooks": {
        "cancelled": "The job was cancelled.",
        "expired": "The job waited longer than `JOB_EXPIRES_HOURS`.",
        "job_not_active": "The job has ended.",
        "job_not_found": "There is no job {job_id!r}.",
        "job_not_retryable": "The job cannot be retried.",
        "not_ready": "The recording has no transcript yet.",
        "still_running": "Another job of this recording is still running.",
        "time_limit": "The job exceeded its time limit.",
        "too_many_webhooks": "The account has reached the limit of webhooks: delete one first.",
        "webhook_not_found": "There is no webhook {webhook_id!r}.",
        "webhook_not_public": "The address of a webhook must be on the public internet.",
        "webhook_refused": "The webhook's receiver refused the message.",
        "webhook_unanswered": "The webhook's receiver did not answer.",
        "worker_disk": "The worker's disk failed.",
        "worker_disk_full": "The worker's disk is full. The job waits, then tries again.",
        "worker_lost": "The worker died several times while running the job.",
    },
    "Editing a transcript": {
        "cannot_split": "A segment can only be split between two words.",
        "change_not_found": (
            "Revision {revision} of this version was not made by a change that can be undone."
        ),
        "edit_conflict": "This has changed in the meantime.",
        "empty_range": "The range is empty.",
        "merge_into_itself": "A speaker cannot be merged into itself.",
        "name_too_long": "The name is too long.",
        "no_such_segment": "There is no such segment.",
        "not_neighbours": "Only neighbouring segments can be merged.",
        "not_recognised": "The segment was inserted by a person, so it has no recognised text.",
        "not_theirs": "The segments belong to another speaker.",
        "nothing_left": "The speaker would have no segments left.",
        "nothing_said": "There is no speech in the range.",
        "out_of_order": "The times would overlap those of a neighbour.",
        "outside_recording": "The times are outside the recording.",
        "too_far_apart": "The segments are too far apart to be merged.",
        "too_long": "The text is longer than allowed.",
        "unknown_segment": "The version has no such segment.",
        "unknown_speaker": "The version has no such speaker.",
    },
    "Speaker profiles": {
        "no_consent": "Speaker recognition is off for this account.",
        "speaker_not_named": "The speaker has no name yet.",
        "speaker_profile_not_found": "There is no speaker profile {profile_id!r}.",
        "too_little_speech": "There is too little speech for a speaker profile.",
        "too_many_speaker_profiles": (
            "The account has reached the limit of speaker profiles: delete one first."
        ),
    },
    "Texts": {
        "empty_transcript": "There is no speech in this recording.",
        "invalid_options": "An option is not accepted.",
        "no_lines": "The model left lines out in every attempt.",
        "nothing_found": "Nothing was found.",
        "nothing_to_compare": "These texts cannot be compared.",
        "safety": "The vendor's safety rules blocked the text.",
        "still_being_written": "The text is still being written.",
        "text_not_found": "There is no text {text_id!r}.",
        "text_too_short": "The recording is too short for this text.",
        "unknown_kind": "There is no such kind of text.",
    },
    "Exports": {
        "export_too_large": "The file would be too large.",
        "invalid_export_option": "An option of the export has a value that is not accepted.",
        "no_chapters": "There are no chapters.",
        "no_room_for_captions": "This file format cannot hold captions or chapters.",
        "no_translation": "There is no translation into this language.",
        "unknown_export": "There is no such format.",
        "unknown_export_option": "The format has no such option.",
        "unreadable_transcript": "The file is not a transcript in JSON.",
    },
    "Sharing": {
        "comment_not_found": "There is no comment {comment_id!r}.",
        "comments_off": "Comments are switched off for this link.",
        "in_past": "The expiry time is in the past.",
        "not_shared": "This is not part of what was shared.",
        "share_not_found": (
            "This link does not work: it was revoked, has expired or is incomplete. Ask its owner "
            "for another one."
        ),
        "share_password": "This link needs a password: send it in X-Share-Password.",
        "too_many_comments": (
            "The link has reached the limit of comments: its owner must delete some first."
        ),
        "too_many_shares": "The recording has reached the limit of links: revoke one first.",
    },
    "Pictures, videos and voices": {
        "already_rendered": "The video already shows this storyboard.",
        "bad_storyboard": "The storyboard is not valid.",
        "bad_stretch": "The chosen range of the recording cannot be used.",
        "bad_brand_clip": "The file cannot be used as an intro or outro.",
        "not_a_font": "The file is not a font.",
        "brand_not_found": "There is no brand {brand_id!r}.",
        "canceled": "The vendor cancelled the picture.",
        "card_not_drawable": "No installed font can draw the text of this card.",
        "captions_not_drawable": "No installed font can draw these captions.",
        "content_refused": "The vendor's safety rules refused this content.",
        "image_cannot": "The model cannot make such a picture.",
        "image_not_found": "There is no picture {image_id!r}.",
        "no_picture_track": "The recording has no video track.",
        "no_preview": "There is no preview of this.",
        "no_recording": "The recording's file is not stored.",
        "no_sound": "The recording has no sound.",
        "not_a_picture": "The file is not a picture that can be used.",
        "not_spoken": "The program could not speak the text.",
        "nothing_spoken": "There is no speech in this recording.",
        "nothing_to_say": "There is no text to speak.",
        "output_gone": "The vendor no longer has the file.",
        "picture_missing": "A scene's picture is missing.",
        "prediction_failed": "The vendor could not make the picture.",
        "prompt_empty": "The prompt is empty.",
        "scene_not_found": "The storyboard has no scene {scene_id!r}.",
        "speech_not_found": "There is no speech {speech_id!r}.",
        "storyboard_changed": (
            "The storyboard has changed since you read it: it has revision {revision}. Read it "
            "again, and repeat your change."
        ),
        "text_not_drawable": "No installed font can draw this text.",
        "text_too_long": "The text is longer than the voice accepts.",
        "unknown_style": "There is no such style.",
        "unknown_voice": "There is no such voice.",
        "video_not_found": "There is no video {video_id!r}.",
        "voice_cannot": "The voice cannot do this.",
        "words_missing": "Words of the text are missing from the speech.",
    },
    "Live sessions": {
        "client_gone": "The client closed the connection.",
        "live_session_not_found": "There is no live session {transcription_id!r}.",
        "message_too_large": "The message is too large.",
        "no_audio": "No audio arrived in the session.",
        "no_live_worker": "No worker is free for a live session.",
        "no_message": "The first message did not arrive in time.",
        "out_of_step": "The audio does not continue where the stored audio ends.",
        "replaced": "A newer connection has taken over this session, so this one is closed.",
        "too_many_live_sessions": (
            "The account has reached the limit of live sessions: end one first."
        ),
        "too_much_at_once": "Audio arrives too far ahead of real time.",
    },
    "OpenAI's routes": {
        "input_audio_buffer_commit_empty": "The buffer has too little audio to commit.",
        "invalid_value": "This value is not accepted.",
    },
    "Command line only": {
        "bad_event": "The message cannot be read.",
        "downgrade_loses_data": "The older schema cannot store this data.",
        "failed": "The job failed without a code.",
        "no_file": "There is no such file.",
        "no_microphone": "No microphone can be used.",
        "no_such_revision": "There is no such revision of the schema.",
    },
}
SENTENCES: Mapping[str, str] = {
    code: sentence for codes in ERROR_CODES.values() for code, sentence in codes.items()
}
_OF_CODES = (  # codes whose sentence says less than the job's message
    "bad_answer",
    "content_refused",
    "engine_failed",
    "model_missing",
    "no_audio",
    "no_lines",
    "not_installed",
    "provider_busy",
    "provider_misconfigured",
    "provider_rejected",
    "provider_unavailable",
    "provider_unreachable",
    "provider_unsupported",
    "safety",
    "too_long_for_engine",
    "transcription_failed",
    "unsupported_language",
    "words_missing",
)
FAILURES: Mapping[str, str] = {
    "cancelled": "Cancelled.",
    "expired": "No worker was free to run the job within {hours} hours. Retry it later.",
    "internal": "The job failed because of a bug in the service, which was logged with its id.",
    "media_missing": "The recording is no longer in storage.",
    "out_of_memory": "The worker ran out of memory.",
    "storage_unavailable": "Storage or database did not answer.",
    "time_limit": "The job exceeded its limit of {minutes} minutes.",
    "vendor_busy": "{vendor} is busy and asked to wait.",
    "vendor_failed": "{vendor} failed ({status}).",
    "vendor_key": "{vendor} does not accept the key in {setting}, or the key lacks a permission.",
    "vendor_no_credit": "The account of {setting} has no credit at {vendor}: check its plan.",
    "vendor_refused": "{vendor} refused the request ({status}): {reason}",
    "vendor_timeout": "{vendor} did not answer in time.",
    "vendor_unreachable": "{vendor} could not be reached.",
    "vendor_unreadable": "{vendor} sent an answer that cannot be read.",
    "worker_disk": "The worker's disk failed: {reason}.",
    "worker_lost": (
        "The worker died {crashes} times while running this job. The recording may be the cause: "
        "try another engine or another file."
    ),
} | {code: SENTENCES[code] for code in _OF_CODES}
"""Sentences of failed jobs, by name: a code, or a failure of a vendor that has its own codes."""

_PLACEHOLDER = re.compile(r"\{[^}]+\}")


def type_of(code: str, *, root_path: str) -> str:
    """The ``type`` of a problem: the address of its code's explanation."""
    return f"{root_path}{PAGE}#{code}" if code in SENTENCES else "about:blank"


def explained(sentence: str) -> str:
    """The sentence for the page of errors, with an ellipsis for each value."""
    return _PLACEHOLDER.sub("…", sentence)
