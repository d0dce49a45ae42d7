# Shared by bench/run and bench/budget: the container that is measured, and the mounts it is measured in. To be sourced.
# shellcheck shell=bash disable=SC2034

bin=${KIST_BIN_DIR:-$PWD/out/bin}

# make_rootfs DIRECTORY: busybox. A read-only root needs its mount points beforehand.
make_rootfs() {
    mkdir -p "$1/rootfs"/{bin,dev,etc,proc,sys,tmp}
    cp "$(command -v busybox)" "$1/rootfs/bin/busybox"
    ln -s busybox "$1/rootfs/bin/sh"
    ln -s busybox "$1/rootfs/bin/true"
}

# make_bundle DIRECTORY RUNTIME: what `runc spec` configures, on that root.
make_bundle() {
    make_rootfs "$1"
    (cd "$1" && "$2" spec && sed -i 's/"terminal": true/"terminal": false/; s/"sh"/"\/bin\/true"/' config.json)
}

# in_private_mounts COMMAND...: without the cgroup2 mount of a hybrid layout, which crun refuses.
in_private_mounts() {
    unshare -m bash -c '! mountpoint -q /sys/fs/cgroup/unified || umount /sys/fs/cgroup/unified; exec "$@"' bench "$@"
}

# The mounted hierarchies of cgroup v1, or cgroup v2.
if [[ $(stat -f -c %T /sys/fs/cgroup) == cgroup2fs ]]; then hierarchies=/sys/fs/cgroup cgroup_version=v2
else hierarchies=$(awk '$3 == "cgroup" { printf "%s ", $2 }' /proc/mounts) cgroup_version=v1; fi
