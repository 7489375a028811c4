#!/usr/bin/env bash
# Builds the documentation as a site, in an environment of its own: 0.1 GB.
set -euo pipefail
cd "$(dirname "$0")/.."

ENV=.venv-site

if [[ ! -e $ENV/.installed || requirements/site.txt -nt $ENV/.installed ]]; then
  echo "Installing Material for MkDocs (0.1 GB on disk) ..."
  .venv/bin/python -m venv --clear $ENV
  $ENV/bin/python -m pip install --quiet --disable-pip-version-check --root-user-action ignore \
    --no-deps --require-hashes --only-binary :all: -r requirements/site.txt
  touch $ENV/.installed
fi
export NO_MKDOCS_2_WARNING=1
exec $ENV/bin/python -m mkdocs build --strict --quiet
