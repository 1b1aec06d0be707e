#!/bin/sh
# The register by curl: looks around, tries a change out, makes it once, and takes it back.
#
#   DOMESDAY_SERVER=https://domesday.example.org DOMESDAY_TOKEN=domesday_… examples/curl.sh
set -eu

ask() {
    path=$1
    shift
    curl --silent --show-error --fail-with-body \
        --header "Authorization: Bearer $DOMESDAY_TOKEN" \
        --header 'Content-Type: application/json' "$@" "$DOMESDAY_SERVER$path"
    echo
}

# Filters go through references; a page says where the next one is.
ask '/api/servers/?state=active&fields=name,ip,dc&limit=2'
# All of them, a line each.
ask '/api/servers.jsonl?fields=name' | head -n 3

name="example-$$"
# What would it do? Nothing is written.
ask /api/-/validate/dcs/ --data "{\"name\": \"$name\"}"
# Sent twice with the same key, it is made once.
for _ in 1 2; do
    ask /api/dcs/ --header "Idempotency-Key: $name" --data "{\"name\": \"$name\"}"
done
ask "/api/dcs/by/$name/" --request PATCH --data '{"description": "by curl"}'
ask "/api/dcs/by/$name/" --request DELETE
