#!/usr/bin/env bash
# Installs the servers of the flow tests (Redis, PostgreSQL, an S3 store, nginx), Prometheus, two shells, and the browser
# for the page's tests. It needs root and apt; otherwise it prints what is missing, and those tests are skipped and counted.
set -euo pipefail

missing=()
need() { # need PACKAGE PROGRAM...: any of the programs will do
  local package=$1 program
  shift
  for program in "$@"; do
    compgen -G "$program" >/dev/null && return
    command -v "$program" >/dev/null && return
  done
  missing+=("$package")
}

PATH=$PATH:/usr/sbin:/sbin
need redis-server redis-server
need iproute2 ip
need nginx nginx
need prometheus promtool # checks the alert rules
need postgresql initdb '/usr/lib/postgresql/*/bin/initdb'
need ceph-mon ceph-mon
need ceph-osd ceph-osd
need radosgw radosgw
need zsh zsh
need fish fish
need chromium chromium chromium-browser
# Fonts for the page's languages, for its screenshots.
need fonts-noto-core '/usr/share/fonts/truetype/noto/NotoNaskhArabic*' '/usr/share/fonts/*/NotoSansArabic*'
need fonts-noto-cjk '/usr/share/fonts/*/noto/NotoSansCJK*' '/usr/share/fonts/*/NotoSansCJK*'

((${#missing[@]})) || exit 0
if [[ $(id -u) != 0 ]] || ! command -v apt-get >/dev/null; then
  echo "Not installed: ${missing[*]}. Tests against them are skipped."
  command -v apt-get >/dev/null && echo "To run them too: sudo apt-get install -y --no-install-recommends ${missing[*]}"
  exit 0
fi

echo "Installing ${missing[*]} (about a minute) ..."
log=$(mktemp)
trap 'rm -f "$log"' EXIT
export DEBIAN_FRONTEND=noninteractive
if ! { apt-get update && apt-get install -y --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
  tail -n 15 "$log" >&2
  echo "Could not install: ${missing[*]}. Tests against them are skipped." >&2
fi
