#!/bin/sh
# The browser tests need Chromium: take the machine's, or install Debian's as root.
# Without either the browser tests skip, and say so; under CI=true they fail instead.
set -eu

for name in chromium chromium-browser google-chrome google-chrome-stable; do
    if [ -n "${TRIBUTARY_TEST_BROWSER:-}" ] || command -v "$name" >/dev/null; then
        exit 0
    fi
done

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing Chromium for the browser tests through apt-get" >&2
    if apt-get update -qq >&2 && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >&2; then
        exit 0
    fi
fi

echo "No Chromium: the browser tests will be skipped. On Debian and Ubuntu: sudo apt-get install chromium" >&2
[ "${CI:-}" != true ]
