# For suites written in bash (tests/NAME/suite): what they print and ./test counts. To be sourced.
#
#   ok NAME                     one test passed
#   not ok NAME                 one test failed; lines that say why stand before it
#   ok NAME # SKIP REASON       one test skipped
#   # N passed, N failed, N skipped   what a test program that ran inside counted by itself
#
# Everything else is shown and not counted. A suite that fails without a failed test counts as one.
# shellcheck shell=bash

ok() { echo "ok $*"; }
not_ok() { echo "not ok $*"; }
skip() { echo "ok $1 # SKIP $2"; }

# check NAME COMMAND... : passes if the command does; shows its output if not.
check() {
    local name=$1 output; shift
    if output=$("$@" 2>&1 </dev/null); then ok "$name"
    else printf '%s\n' "$output" | tail -n "${TAP_LINES:-60}"; not_ok "$name"; fi
}

# native_counts FILE : the line of counts out of what the native test program printed; fails if there is no summary.
native_counts() {
    awk '/^Test run summary/ { seen = 1 }
         seen && $1 == "total:" { total = $2 }
         seen && $1 == "failed:" { failed = $2 }
         seen && $1 == "succeeded:" { passed = $2 }
         seen && $1 == "skipped:" { skipped = $2 }
         END { if (total == "") exit 1; printf "# %d passed, %d failed, %d skipped\n", passed, failed, skipped }' "$1"
}
