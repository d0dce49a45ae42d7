#!/bin/bash
# Stands in for Microsoft's install script in tests/bare: takes the arguments that the build gives it, and the SDK from /opt/sdk.
set -euo pipefail
while (($#)); do
    case $1 in
        --channel) [[ $2 == 10.0 ]] || { echo "unexpected channel $2" >&2; exit 1; }; shift ;;
        --install-dir) folder=$2; shift ;;
        --no-path) ;;
        *) echo "unexpected argument $1" >&2; exit 1 ;;
    esac
    shift
done
cp -a /opt/sdk/. "$folder"
