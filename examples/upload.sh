#!/usr/bin/env bash
# Uploads a recording, waits for its transcript and downloads the captions, using only curl.
#
#     examples/upload.sh talk.mp4 talk.srt
set -euo pipefail

recording=$1 captions=$2
api=${MP4TOTEXT_URL:-http://127.0.0.1:8002}/api/v1
key="X-API-Key: $MP4TOTEXT_KEY"

# curl streams the file, whatever its size. --fail-with-body prints why a request was refused.
accepted=$(curl --silent --show-error --fail-with-body -H "$key" \
  -F "file=@$recording" -F language=en "$api/transcriptions")
recording_id=$(grep -o 'trn_[0-9a-z]*' <<<"$accepted" | head -n 1)
job_id=$(grep -o 'job_[0-9a-z]*' <<<"$accepted" | head -n 1)

# Server-sent events; the stream ends when the job does.
curl --silent --show-error --no-buffer --fail-with-body -H "$key" "$api/jobs/$job_id/events" |
  grep '^event:' >&2

curl --silent --show-error --fail-with-body -H "$key" -o "$captions" \
  "$api/transcriptions/$recording_id/export?format=srt"
echo "Written: $captions"
