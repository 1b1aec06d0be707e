#!/bin/bash
# A Debian machine with a systemd of its own, made of this one's files: whatever is written there is gone with it.
#
#   unshare --mount --pid --net --cgroup --uts --ipc --fork --kill-child bash machine.sh FOLDER
#
# It runs FOLDER/script, with FOLDER/input to read, in /usr/src/domesday, which is FOLDER/project, and writes what that says to FOLDER/said. It ends
# as the script does. Its network is its own, too: it reaches nothing, and all ports are free.
set -eu
folder=$1
mount --make-rprivate /
mkdir -p "$folder/overlay"
mount -t tmpfs tmpfs "$folder/overlay"
mkdir "$folder/overlay/upper" "$folder/overlay/work" "$folder/overlay/root"
root=$folder/overlay/root
mount -t overlay -o "lowerdir=/,upperdir=$folder/overlay/upper,workdir=$folder/overlay/work" overlay "$root"

mkdir -p "$root/usr/src/domesday"
mount --bind "$folder" "$root/mnt"
mount --bind "$folder/project" "$root/usr/src/domesday"
cat > "$root/etc/systemd/system/script.service" <<'UNIT'
[Unit]
SuccessAction=exit-force
FailureAction=exit-force
FailureActionExitStatus=1
[Service]
Type=oneshot
TimeoutStartSec=4min
Environment=HOME=/tmp
WorkingDirectory=/usr/src/domesday
ExecStart=/bin/bash /mnt/script
StandardInput=file:/mnt/input
StandardOutput=append:/mnt/said
StandardError=inherit
UNIT
cat > "$root/etc/systemd/system/machine.target" <<'UNIT'
[Unit]
Requires=basic.target
Wants=script.service
AllowIsolate=yes
UNIT

# What is installed is taken as it is: nothing newer can be had.
echo 'APT::Get::Upgrade "false";' > "$root/etc/apt/apt.conf.d/99-as-it-is"

# What a container manager gives systemd: devices, and a kernel that can be looked at and not set.
cd "$root"
mount -t proc proc proc
mount --bind proc/sys proc/sys
mount -o remount,ro,bind proc/sys
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs dev
for device in full null random tty urandom zero; do
    touch "dev/$device"
    mount --bind "/dev/$device" "dev/$device"
done
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts dev/pts
mount -t tmpfs tmpfs dev/shm
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
mount -t tmpfs tmpfs run
mount -t tmpfs -o mode=1777 tmpfs tmp
ip link set lo up
mkdir tmp/old
pivot_root . tmp/old
umount -l /tmp/old
exec env -i container=domesday PATH=/usr/sbin:/usr/bin:/sbin:/bin \
    setpriv --bounding-set=-sys_boot,-sys_module,-sys_time /lib/systemd/systemd --system --unit=machine.target --log-target=journal --show-status=0
