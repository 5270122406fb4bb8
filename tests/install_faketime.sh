#!/bin/sh
# The tests that set the clock back need libfaketime: take the machine's, or install Debian's as root.
# Without it they skip, and say so; under CI=true they fail instead.
set -eu

found() {
    for library in /usr/lib/*/faketime/libfaketimeMT.so.1; do
        [ -e "$library" ] && return 0
    done
    return 1
}

install() {
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq faketime >&2
}

found && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing faketime for the tests that set the clock back through apt-get" >&2
    if install || { apt-get update -qq >&2 && install; }; then
        exit 0
    fi
fi

echo "No libfaketime: the tests of the clock will be skipped. On Debian and Ubuntu: sudo apt-get install faketime" >&2
[ "${CI:-}" != true ]
