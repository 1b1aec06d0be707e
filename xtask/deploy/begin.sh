# What goes before the commands of docs/install.md.
set -eux -o pipefail
trap 'failed=$BASH_COMMAND; set +x; systemctl --failed; journalctl --no-pager --lines 80; echo "failed: $failed"' ERR
set -E
# PostgreSQL as it is when it was just installed, whatever this machine's is doing.
for version in $(pg_lsclusters --no-header | awk '$2 == "main" {print $1}'); do
    rm -f "/var/lib/postgresql/$version/main/postmaster.pid"
    pg_dropcluster "$version" main
    pg_createcluster "$version" main > /dev/null
done
