# Shared by build, test and the suites: messages, packages, the .NET SDK, and whether sources changed. To be sourced by bash.
# shellcheck shell=bash disable=SC2034

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
cache=${KIST_CACHE:-$([[ -w /var/cache ]] && echo /var/cache/kist || echo "${XDG_CACHE_HOME:-$HOME/.cache}/kist")}

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
die() { say "$@"; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

# --- packages ---------------------------------------------------------------------------------------------------------

# The command that makes the rest of the line run as root, or a failure when there is none.
root_prefix() {
    if ((EUID == 0)); then prefix=(env)
    elif ! have sudo; then return 1
    elif [[ -t 2 ]] || sudo -n true 2>/dev/null; then prefix=(sudo)
    else return 1; fi
}

# install_packages REASON PACKAGE... : says what it installs and why; starts no service.
install_packages() {
    local reason=$1; shift
    local prefix
    have apt-get || die "$reason needs what Debian and Ubuntu call: $*. There is no apt-get here: install their equivalents and run this again"
    root_prefix || die "$reason needs packages, and installing them needs root or sudo. Run: apt-get install --no-install-recommends $*"
    say "installing $* ($reason)"
    ((EUID == 0)) || say "this runs: sudo apt-get install --no-install-recommends $*"
    # A lambda in a root shell, so that the policy that keeps services from starting is gone again even after Ctrl-C.
    "${prefix[@]}" bash -s -- "$@" <<'ROOT' >&2 || die "could not install $*, needed for $reason: see the lines above. Without a network, install them from another source and run this again"
set -eu
export DEBIAN_FRONTEND=noninteractive
policy=/usr/sbin/policy-rc.d
if [[ ! -e $policy ]]; then
    trap 'rm -f "$policy"' EXIT
    trap 'exit 130' INT TERM HUP
    printf '#!/bin/sh\n# Made by the build of kist while it installs packages: no service starts.\nexit 101\n' >"$policy"
    chmod 755 "$policy"
fi
apt() { apt-get -o DPkg::Lock::Timeout=600 -qq "$@" </dev/null; }
# Lists are fetched only where they lack something: a machine that is up to date is left alone.
apt -s --no-install-recommends install "$@" >/dev/null 2>&1 || apt update
apt -y -o Dpkg::Use-Pty=0 --no-install-recommends install "$@" | grep -E '^(Setting up|E:|W:)' || [[ ${PIPESTATUS[0]} == 0 ]]
ROOT
}

# not_installed PACKAGE... : those of them that dpkg does not know as installed.
not_installed() {
    have dpkg-query || { printf '%s\n' "$@"; return; }
    local known
    known=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' 2>/dev/null | sed -n 's/^installed //p')
    local name
    for name; do grep -qxF -- "$name" <<<"$known" || echo "$name"; done
}

# --- the .NET SDK -----------------------------------------------------------------------------------------------------

sdk_works() { [[ -x $1 ]] && (cd "$root" && "$1" --version) >/dev/null 2>&1; }

dotnet_environment() {
    export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_GENERATE_ASPNET_CERTIFICATE=false DOTNET_CLI_WORKLOAD_UPDATE_NOTIFY_DISABLE=true
    export DOTNET_CLI_USE_MSBUILD_SERVER=0 MSBUILDDISABLENODEREUSE=1 # no process outlives the build
    export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 DOTNET_SYSTEM_GLOBALIZATION_PREDEFINED_CULTURES_ONLY=0 # no ICU on a bare machine
    export DOTNET_CLI_HOME=${DOTNET_CLI_HOME:-${HOME:-$root/artifacts}}
}

# Sets dotnet to an SDK that global.json accepts: KIST_DOTNET_ROOT, the one on PATH, the project's own, or a new one.
find_dotnet() {
    dotnet_environment
    if [[ -n ${KIST_DOTNET_ROOT-} ]]; then
        dotnet=$KIST_DOTNET_ROOT/dotnet
        sdk_works "$dotnet" || die "KIST_DOTNET_ROOT is $KIST_DOTNET_ROOT, but there is no .NET SDK 10 in it"
    else
        dotnet=$(command -v dotnet || :)
        sdk_works "$dotnet" || dotnet=$root/.dotnet/dotnet
        sdk_works "$dotnet" || install_dotnet
    fi
    DOTNET_ROOT=$(dirname "$(readlink -f "$dotnet")")
    export DOTNET_ROOT
}

install_dotnet() {
    local tarball=("$root"/dotnet-sdk-10.*.tar.gz)
    if [[ -e ${tarball[0]} ]]; then
        unpack_dotnet "${tarball[0]}"
    elif have apt-cache && distribution_has_dotnet; then
        install_packages "the .NET SDK of this distribution" dotnet-sdk-10.0
        dotnet=$(command -v dotnet)
    else
        download_dotnet
    fi
    sdk_works "$dotnet" || { "$dotnet" --info >&2 || :; die "the .NET SDK in $(dirname "$dotnet") does not run, or global.json refuses its version"; }
}

# Whether apt can install it. Lists that are missing are fetched once, if that can be done.
distribution_has_dotnet() {
    dotnet_candidate && return
    compgen -G '/var/lib/apt/lists/*_Packages*' >/dev/null && return 1
    local prefix
    root_prefix && say "fetching the package lists" && "${prefix[@]}" apt-get -qq -o DPkg::Lock::Timeout=600 update >&2 </dev/null && dotnet_candidate
}
dotnet_candidate() { LC_ALL=C apt-cache policy dotnet-sdk-10.0 2>/dev/null | grep -q '^  Candidate: 10'; }

unpack_dotnet() {
    say "unpacking $1 into .dotnet/"
    mkdir -p "$root/.dotnet"
    tar -xzf "$1" -C "$root/.dotnet" || die "cannot unpack $1: is it a whole .NET SDK archive?"
    dotnet=$root/.dotnet/dotnet
}

download_dotnet() {
    local url=${KIST_DOTNET_INSTALL_URL:-https://dot.net/v1/dotnet-install.sh} script needed=()
    have curl || have wget || needed+=(curl)
    [[ -e /etc/ssl/certs/ca-certificates.crt || -d /etc/pki ]] || needed+=(ca-certificates)
    ldconfig -p 2>/dev/null | grep -q libssl.so.3 || needed+=(libssl3)
    ldconfig -p 2>/dev/null | grep -q libstdc++.so.6 || needed+=(libstdc++6)
    ((${#needed[@]} == 0)) || install_packages "downloading and running the .NET SDK" "${needed[@]}"
    say "this distribution has no .NET SDK 10: downloading Microsoft's into .dotnet/ with $url"
    mkdir -p "$root/.dotnet" "$root/artifacts"
    script=$root/artifacts/dotnet-install.sh
    if ! fetch "$url" >"$script" || ! bash "$script" --channel 10.0 --install-dir "$root/.dotnet" --no-path >&2; then
        rm -f "$script"
        die "the .NET SDK 10 could not be downloaded. Is there a network? Without one, do one of these and run this again:
  - on another machine, download the SDK 10.0 archive for $(uname -m) Linux (dotnet-sdk-10.*-linux-*.tar.gz) from
    https://dotnet.microsoft.com/download/dotnet/10.0 and put it into $root
  - set KIST_DOTNET_ROOT to a folder that holds an unpacked SDK 10.0
  - set KIST_DOTNET_INSTALL_URL to a copy of dotnet-install.sh that can be reached"
    fi
    dotnet=$root/.dotnet/dotnet
}

fetch() { if have curl; then curl -fsSL --retry 2 "$1"; else wget -qO- "${1}"; fi; }

# --- what changed -----------------------------------------------------------------------------------------------------
# Git plays no part: a tarball builds in the same way. A product is up to date when nothing it is made of is newer than its
# stamp (./kist asks only that), or when the digest of all of it is still the one it was built from (touched files, branches
# switched back and forth).

shopt -s nullglob
product_sources=("$root"/src "$root"/scripts/publish.proj "$root"/Directory.*.props "$root"/Directory.*.targets "$root"/global.json "$root"/.editorconfig)
shopt -u nullglob
test_sources=("${product_sources[@]}" "$root/tests")

# digest PATH... : of the names and contents of all files there. Restoring packages may rewrite lock files, and the shell suites are not compiled.
digest() {
    find "$@" \( -path "$root/tests/vm" -o -path "$root/tests/bare" \) -prune -o \
        -type f ! -name packages.lock.json ! -name '*~' ! -name '.*.sw?' -print0 | sort -z | xargs -0 sha256sum | sha256sum
}

# up_to_date NAME PATH...
up_to_date() {
    local stamp=$root/out/.$1; shift
    [[ -e $stamp && -z $(find "$@" ! -name packages.lock.json -newer "$stamp" -print -quit) ]] && return
    : >"$stamp.new"
    [[ -e $stamp && $(digest "$@") == "$(<"$stamp")" ]] && cat "$stamp" >"$stamp.new" && touch -r "$stamp.new" "$stamp"
}

# begin_build NAME PATH... before a build, end_build after it: a stamp has the time and the digest from before it, so that what
# is edited meanwhile is built again.
begin_build() { digest "${@:2}" >"$root/out/.$1.new"; }
end_build() {
    local new
    for new in "$root"/out/.{stamp,tests-stamp}.new; do [[ ! -e $new ]] || mv "$new" "${new%.new}"; done
}

# --- Debian root filesystems, for tests -------------------------------------------------------------------------------

debian_keyring=/usr/share/keyrings/debian-archive-keyring.gpg
# The mirror of Debian's main archive that this machine's apt uses, or the public one.
debian_mirror() {
    local mirror
    # shellcheck disable=SC2016 # apt's own variables
    mirror=$(apt-get indextargets --format '$(REPO_URI)|$(LABEL)' 'Created-By: Packages' 2>/dev/null | sed -n '/|Debian$/{s///p;q}')
    echo "${mirror:-http://deb.debian.org/debian}"
}
