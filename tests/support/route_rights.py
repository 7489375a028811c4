"""The expected status of each route for each kind of caller."""

WHO = ("nobody", "revoked", "unscoped", "other", "admin", "owner")


def everyone(status: int) -> tuple[int, ...]:
    return (status,) * 6


def oneself(status: int) -> tuple[int, ...]:
    """The statuses of a route about the caller's own account."""
    return (401, 401, 403, status, status, status)


def own(status: int) -> tuple[int, ...]:
    """The statuses of a route about an object of the owner, which is a 404 for others."""
    return (401, 401, 403, 404, 404, status)


def operators(status: int) -> tuple[int, ...]:
    return (401, 401, 403, 403, status, 403)


# The status for each caller in WHO. A new route needs a row here.
EXPECTED: dict[str, tuple[int, ...]] = {
    "GET /health": everyone(200),
    "GET /ready": everyone(200),
    "GET /metrics": everyone(200),
    "GET /api/v1/status": everyone(200),
    "GET /api/v1/config": everyone(200),
    "GET /api/v1/export-formats": everyone(200),
    "GET /api/v1/credits/pricing": everyone(200),
    "OPTIONS /api/v1/uploads": everyone(204),
    "GET /api/v1/files/{prefix}/{row_id}/{name}": everyone(200),  # the link is the permission
    "POST /api/v1/auth/register": everyone(201),
    "POST /api/v1/auth/login": everyone(200),
    "POST /api/v1/auth/refresh": everyone(200),
    "POST /api/v1/auth/logout": everyone(204),
    "POST /api/v1/auth/session": everyone(200),
    "POST /api/v1/auth/session/code": everyone(403),  # asked from another machine
    "POST /api/v1/auth/session/password-code": everyone(401),  # nobody made it
    "GET /api/v1/auth/session": everyone(200),
    "DELETE /api/v1/auth/session": oneself(204),
    "POST /api/v1/auth/session/password": oneself(204),
    "GET /api/v1/auth/sessions": oneself(200),
    "DELETE /api/v1/auth/sessions": oneself(204),
    "DELETE /api/v1/auth/sessions/{session_id}": own(204),
    "GET /api/v1/auth/me": oneself(200),
    "PATCH /api/v1/auth/me": oneself(200),
    "GET /api/v1/auth/me/data": oneself(200),
    "POST /api/v1/auth/me/end": (401, 401, 403, 200, 200, 200),
    "POST /api/v1/auth/password": oneself(200),
    "GET /api/v1/auth/keys": oneself(200),
    "POST /api/v1/auth/keys": oneself(201),
    "DELETE /api/v1/auth/keys/{key_id}": own(204),
    "POST /api/v1/ws/ticket": oneself(201),
    "POST /api/v1/transcriptions": oneself(202),
    "POST /api/v1/transcriptions/upload": oneself(202),
    "POST /api/v1/transcriptions/from-url": oneself(202),
    "POST /api/v1/transcriptions/from-upload": own(202),
    "POST /api/v1/transcriptions/estimate": oneself(200),
    "GET /api/v1/transcriptions": oneself(200),
    "GET /api/v1/transcriptions/{transcription_id}": own(200),
    "PATCH /api/v1/transcriptions/{transcription_id}": own(200),
    "DELETE /api/v1/transcriptions/{transcription_id}": own(204),
    "GET /api/v1/transcriptions/{transcription_id}/export": own(200),
    "GET /api/v1/transcriptions/{transcription_id}/media": own(200),
    "POST /api/v1/transcriptions/{transcription_id}/rerun": own(202),
    "POST /api/v1/transcriptions/{transcription_id}/diarize": own(202),
    "PATCH /api/v1/transcriptions/{transcription_id}/speakers": own(200),
    "GET /api/v1/transcriptions/{transcription_id}/speakers/suggestions": own(200),
    "GET /api/v1/transcriptions/{transcription_id}/sample": own(404),  # no such speaker
    "PATCH /api/v1/transcriptions/{transcription_id}/segments": own(200),
    "POST /api/v1/transcriptions/{transcription_id}/replace": own(200),
    "POST /api/v1/transcriptions/{transcription_id}/undo": own(200),
    "GET /api/v1/transcriptions/{transcription_id}/changes": own(200),
    "GET /api/v1/transcriptions/{transcription_id}/words": own(200),
    "GET /api/v1/transcriptions/{transcription_id}/versions": own(200),
    "GET /api/v1/search": oneself(200),
    "GET /api/v1/auth/me/preferences": oneself(200),
    "PUT /api/v1/auth/me/preferences": oneself(204),
    "GET /api/v1/shares": oneself(200),
    "POST /api/v1/transcriptions/{transcription_id}/shares": own(201),
    "DELETE /api/v1/shares/{share_id}": own(204),
    "GET /api/v1/transcriptions/{transcription_id}/comments": own(200),
    "PATCH /api/v1/comments/{comment_id}": own(200),
    "DELETE /api/v1/comments/{comment_id}": own(204),
    # The link is the permission.
    "GET /api/v1/shared/{token}": everyone(200),
    "GET /api/v1/shared/{token}/words": everyone(200),
    "GET /api/v1/shared/{token}/export": everyone(200),
    "POST /api/v1/shared/{token}/comments": everyone(201),
    "GET /api/v1/tags": oneself(200),
    "POST /api/v1/tags": oneself(201),
    "PATCH /api/v1/tags/{tag_id}": own(200),
    "DELETE /api/v1/tags/{tag_id}": own(204),
    "PUT /api/v1/transcriptions/{transcription_id}/tags": own(200),
    "POST /api/v1/library/bulk": oneself(200),  # with an answer for each
    "GET /api/v1/library/export": own(200),
    "POST /api/v1/transcriptions/{transcription_id}/renditions": own(202),
    "GET /api/v1/transcriptions/{transcription_id}/renditions": own(200),
    "GET /api/v1/transcriptions/{transcription_id}/peaks": own(404),  # nothing was made
    "GET /api/v1/transcriptions/{transcription_id}/playback": own(200),
    "GET /api/v1/transcriptions/{transcription_id}/poster": own(404),
    "GET /api/v1/speaker-profiles/consent": oneself(200),
    "PUT /api/v1/speaker-profiles/consent": oneself(200),
    "GET /api/v1/speaker-profiles": oneself(200),
    "POST /api/v1/speaker-profiles": own(202),
    "DELETE /api/v1/speaker-profiles/{profile_id}": own(204),
    "GET /api/v1/text-kinds": everyone(200),
    "GET /api/v1/ai-models": everyone(200),
    "GET /api/v1/admin/ai-models/{provider}": operators(503),  # without a key nobody can ask
    "POST /api/v1/transcriptions/{transcription_id}/texts": own(202),
    "POST /api/v1/transcriptions/{transcription_id}/texts/estimate": own(200),
    "GET /api/v1/transcriptions/{transcription_id}/texts": own(200),
    "GET /api/v1/transcriptions/{transcription_id}/texts/{text_id}": own(200),
    "DELETE /api/v1/transcriptions/{transcription_id}/texts/{text_id}": own(204),
    "POST /api/v1/transcriptions/{transcription_id}/texts/{text_id}/rerun": own(202),
    "GET /api/v1/transcriptions/{transcription_id}/texts/{text_id}/compare": own(200),
    "GET /api/v1/transcriptions/{transcription_id}/texts/{text_id}/export": own(200),
    "GET /api/v1/voices": everyone(200),
    "POST /api/v1/voices/say": oneself(202),
    "POST /api/v1/transcriptions/{transcription_id}/speech": own(202),
    "GET /api/v1/speeches": oneself(200),
    "GET /api/v1/speeches/{speech_id}": own(200),
    "DELETE /api/v1/speeches/{speech_id}": own(204),
    "GET /api/v1/images/styles": everyone(200),
    "GET /api/v1/images/palettes": everyone(200),
    "GET /api/v1/images/models": everyone(200),
    "POST /api/v1/images/generate": oneself(202),
    "POST /api/v1/images": oneself(201),
    "GET /api/v1/images": oneself(200),
    "GET /api/v1/images/transcription/{transcription_id}": own(200),
    "GET /api/v1/images/{image_id}": own(200),
    "GET /api/v1/images/{image_id}/file": own(200),
    "DELETE /api/v1/images/{image_id}": own(204),
    "GET /api/v1/videos/presets": everyone(200),
    "POST /api/v1/transcriptions/{transcription_id}/videos": own(202),
    "GET /api/v1/transcriptions/{transcription_id}/videos": own(200),
    "GET /api/v1/transcriptions/{transcription_id}/videos/{video_id}": own(200),
    "DELETE /api/v1/transcriptions/{transcription_id}/videos/{video_id}": own(204),
    "POST /api/v1/videos/plan": own(201),
    "POST /api/v1/videos/preview": own(422),  # of a file that is no recording
    "POST /api/v1/videos/clips": own(422),  # of a recording of two words
    "GET /api/v1/videos/{video_id}/scenes/{scene_id}/prompt": own(200),
    "GET /api/v1/videos/{video_id}/plan": own(200),
    "PATCH /api/v1/videos/{video_id}/plan": own(200),
    "GET /api/v1/videos/{video_id}/plan/preview": own(422),  # of a file that is no recording
    "POST /api/v1/videos/{video_id}/scenes/{scene_id}/picture": own(422),  # a wave throughout
    "POST /api/v1/videos/{video_id}/render": own(409),  # its job has not ended
    "GET /api/v1/brands": oneself(200),
    "POST /api/v1/brands": oneself(201),
    "GET /api/v1/brands/{brand_id}": own(200),
    "PATCH /api/v1/brands/{brand_id}": own(200),
    "DELETE /api/v1/brands/{brand_id}": own(204),
    "PUT /api/v1/brands/{brand_id}/font": own(422),  # a picture is no font
    "PUT /api/v1/brands/{brand_id}/{place}": own(200),
    "DELETE /api/v1/brands/{brand_id}/{file}": own(200),
    "GET /api/v1/videos/caption-styles": everyone(200),
    "GET /api/v1/videos/voices": everyone(200),
    "POST /api/v1/videos/generate": own(202),
    "GET /api/v1/videos/transcription/{transcription_id}": own(200),
    "GET /api/v1/videos/{video_id}": own(200),
    "DELETE /api/v1/videos/{video_id}": own(204),
    "GET /api/v1/videos/{video_id}/file": own(409),  # not made yet
    "GET /api/v1/videos/{video_id}/thumbnail": own(409),
    "GET /api/v1/videos/{video_id}/captions": own(200),
    "POST /api/v1/ask": oneself(200),
    "GET /api/v1/ask/{text_id}": own(200),
    "DELETE /api/v1/ask/{text_id}": own(204),
    "POST /api/v1/uploads": oneself(201),
    "POST /api/v1/uploads/presigned": oneself(409),  # no store to send to: a local folder
    "HEAD /api/v1/uploads/{upload_id}": own(200),
    "PATCH /api/v1/uploads/{upload_id}": own(204),
    "DELETE /api/v1/uploads/{upload_id}": own(204),
    "GET /api/v1/jobs": oneself(200),
    "GET /api/v1/jobs/{job_id}": own(200),
    "POST /api/v1/jobs/{job_id}/cancel": own(200),
    "POST /api/v1/jobs/{job_id}/retry": own(202),
    "GET /api/v1/jobs/{job_id}/events": own(200),
    "GET /api/v1/webhook-secret": oneself(200),
    "GET /api/v1/webhooks": oneself(200),
    "POST /api/v1/webhooks": oneself(201),
    "GET /api/v1/webhooks/{webhook_id}": own(200),
    "PATCH /api/v1/webhooks/{webhook_id}": own(200),
    "POST /api/v1/webhooks/{webhook_id}/test": own(202),
    "GET /api/v1/webhooks/{webhook_id}/deliveries": own(200),
    "POST /api/v1/webhooks/{webhook_id}/deliveries/{delivery_id}/replay": own(202),
    "DELETE /api/v1/webhooks/{webhook_id}": own(204),
    "GET /api/v1/storage": oneself(200),
    "POST /api/v1/credits/quote": oneself(200),
    "GET /api/v1/credits/balance": oneself(200),
    "GET /api/v1/credits/history": oneself(200),
    "GET /api/v1/credits/transactions/transcription/{transcription_id}": own(200),
    # These wait for a worker, so here they are sent what is refused.
    "POST /v1/audio/transcriptions": oneself(415),
    "POST /v1/audio/translations": oneself(415),
    "POST /v1/audio/speech": oneself(404),
    "POST /v1/images/generations": oneself(404),
    "POST /v1/realtime/client_secrets": oneself(200),
    "GET /v1/models": oneself(200),
    "GET /v1/models/{model}": oneself(404),
    "GET /api/v1/admin/stats": operators(200),
    "GET /api/v1/admin/stats/days": operators(200),
    "GET /api/v1/admin/users": operators(200),
    "POST /api/v1/admin/users": operators(201),
    "POST /api/v1/admin/users/{user_id}/password-link": operators(200),
    "PATCH /api/v1/admin/users/{user_id}": operators(200),
    "POST /api/v1/admin/users/{user_id}/credits": operators(200),
    "GET /api/v1/admin/prices": operators(200),
    "PUT /api/v1/admin/prices/{key}": operators(200),
    "PUT /api/v1/admin/model-prices/{provider}/{model}": operators(200),
    "GET /api/v1/admin/models": operators(200),
    "PUT /api/v1/admin/models/{kind}/{provider}/{model}": operators(200),
    "DELETE /api/v1/admin/models/{kind}/{provider}/{model}": operators(204),
    "POST /api/v1/admin/models/import": operators(422),
    "GET /api/v1/admin/jobs": operators(200),
    "POST /api/v1/admin/jobs/{job_id}/cancel": operators(200),
    "POST /api/v1/admin/jobs/{job_id}/requeue": operators(200),
    "GET /api/v1/admin/providers": operators(200),
    "GET /api/v1/admin/audit": operators(200),
}


def part(route: str) -> str:
    """The first part of a route's path: `jobs` of `GET /api/v1/jobs/{job_id}`."""
    _, _, path = route.partition(" ")
    return path.removeprefix("/api/v1").split("/")[1]


# The first route of each part, where asking all of them is slow.
SAMPLES = {part(route): route for route in reversed(EXPECTED)}.values()

# Not in the OpenAPI document: the page (tests/web/), the document itself, and the WebSockets, which
# have tests of their own in tests/events/test_hub.py, tests/flows/live/ and tests/openai_api/.
