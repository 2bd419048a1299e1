#!/bin/sh
# Makes .venv from the lock ("venv"), or sees to the Debian packages of the tests ("packages").
set -eu
cd "$(dirname "$0")"

# Installs what is missing when root, otherwise prints the one line to run and fails.
need() {
    missing=
    for package in "$@"; do
        dpkg-query -W -f '${Status}\n' "$package" 2>/dev/null | grep -q 'ok installed' ||
            missing="$missing $package"
    done
    [ -n "$missing" ] || return 0
    if [ "$(id -u)" -ne 0 ]; then
        echo "prakan: missing Debian packages; run: sudo apt-get install -y --no-install-recommends$missing" >&2
        exit 3
    fi
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing
}

python=${PYTHON:-python3}

case "${1:-}" in
venv)
    "$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 15))' || {
        echo "prakan: $("$python" --version) found; Python 3.11 to 3.14 is needed (set PYTHON=…)" >&2
        exit 3
    }
    # Debian's own interpreter cannot make an environment until this package is there.
    "$python" -c 'import ensurepip' 2>/dev/null || need python3-venv
    [ -x .venv/bin/python ] || "$python" -m venv .venv
    .venv/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r bootstrap.lock
    .venv/bin/uv pip install -q --python .venv/bin/python --require-hashes --compile-bytecode -r requirements.lock
    .venv/bin/uv pip install -q --python .venv/bin/python --no-deps --no-build-isolation -e .
    # Kernels are compiled now, never at the first record of a night.
    for room in parsers exporters validation exchange.inbound; do
        .venv/bin/python -m "$room.kernels"
    done
    touch .venv/.ready
    ;;
packages)
    need $(cat debian-packages.txt)
    ;;
*)
    echo "usage: sh setup.sh venv|packages" >&2
    exit 2
    ;;
esac
