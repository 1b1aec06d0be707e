# What goes before the commands of docs/install.md.
set -eux -o pipefail
trap 'set +x; systemctl --failed; journalctl --no-pager --lines 80' ERR
set -E
