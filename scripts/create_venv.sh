#!/bin/sh
# Make the virtual environment at $1, with the first Python of at least 3.11 that is found.
set -eu
venv=$1

is_new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

find_python() {
    for candidate in "${PYTHON:-python3}" python3.13 python3.12 python3.11 python3.14; do
        if is_new_enough "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    found=$("${PYTHON:-python3}" --version 2>&1) || found="no ${PYTHON:-python3}"
    echo "Tributary needs Python 3.11 or newer; this machine has $found." >&2
    echo "Install one, or name it: make run PYTHON=/path/to/python3.12" >&2
    exit 1
}

has_venv() {
    "$1" -c 'import ensurepip, venv' 2>/dev/null
}

python=$(find_python)
if ! has_venv "$python"; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        echo "Installing the venv module through apt-get" >&2
        version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
        apt-get update -qq >&2
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "python$version-venv" >&2
    else
        echo "$python has no venv module. On Debian and Ubuntu: sudo apt-get install python3-venv" >&2
        exit 1
    fi
fi
"$python" -m venv --clear "$venv"
