#!/usr/bin/env bash
# Size and time of the serving environment, from nothing.   bench/install.sh
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
started=$(date +%s)
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --disable-pip-version-check -r requirements/serve.txt
echo "| what | figure |"
echo "|---|---:|"
echo "| install time of the serving environment | $(( $(date +%s) - started )) s |"
echo "| its size | $(du -sm "$folder" | cut -f1) MB |"
