#!/usr/bin/env bash
# record.sh DOMESDAY POSTGRES_URL FOLDER: keeps a small register as this program leaves it in both databases, and what it tells
# of it, for crates/server/tests/upgrades.rs. Run once for each release, with its binary and an empty database.
set -euo pipefail
domesday=$(realpath "$1") postgres=$2 folder=$(realpath -m "$3")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$folder"
cd "$work"

"$domesday" fleet generate 40 --output fleet.csv
{ echo name,description; tail -n +2 fleet.csv | head -n 20 | cut -d, -f1 | sed 's/$/,Größe 🚀/'; } >changes.csv
types="server component dc environment type tag group"

for url in sqlite:register.sqlite3 "$postgres"; do
    run() { "$domesday" --database "$url" "$@"; }
    run import server fleet.csv --create-missing
    run import server changes.csv
    run user add alice --group operators
    run group grant anonymous view
    run token create --user alice --name machine >token
    run revert commit 2
done

run() { "$domesday" --database sqlite:register.sqlite3 "$@"; }
run history verify --json >"$folder/history.json"
for type in $types; do
    run export "$type" --format csv --output "$folder/$type.csv"
done
run export server --as-of 2 --format csv --output "$folder/server-as-of-2.csv"
if run backup register.backup; then
    cp register.backup "$folder"
fi
zstd -q -19 -f register.sqlite3 -o "$folder/register.db.zst"
# Statements that any client can run, without what only psql understands.
pg_dump --inserts --no-owner --no-privileges --dbname "$postgres" | grep -v '^\\' | zstd -q -19 -f -o "$folder/register.sql.zst"
