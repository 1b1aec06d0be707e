# What holds once the commands of "One box" were run.
systemd-analyze verify domesday@8080.service
systemd-analyze security --threshold=15 domesday@8080.service | tail --lines 1
test "$(systemctl show --property NRestarts --value domesday@8080)" = 0
test "$(stat --format %U:%a /var/lib/domesday/domesday.sqlite3)" = domesday:600
# The service and the command line share the file.
token=$(as_domesday token create --user alice)
curl --fail --silent http://127.0.0.1:8080/api/tags/ --header "Authorization: Bearer $token" \
    --header 'Content-Type: application/json' --data '{"name": "ssd"}'
systemctl restart domesday@8080
curl --fail --silent http://127.0.0.1:8080/api/tags/by/ssd/ --header "Authorization: Bearer $token"
# Nobody else's business.
if runuser --user nobody -- cat /etc/domesday/domesday.toml; then exit 1; fi
# Domesday with TLS of its own, on 443.
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 9 -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost -keyout /etc/domesday/tls.key -out /etc/domesday/tls.crt
chgrp domesday /etc/domesday/tls.key
chmod 640 /etc/domesday/tls.key
sed -i 's#^\[http\]#&\ntls_certificate = "/etc/domesday/tls.crt"\ntls_key = "/etc/domesday/tls.key"#' /etc/domesday/domesday.toml
install -D -m 644 deploy/systemd/tls.conf /etc/systemd/system/domesday@443.service.d/tls.conf
systemctl daemon-reload
systemctl disable --now domesday@8080
systemctl enable --now domesday@443
systemd-analyze verify domesday@443.service
systemd-analyze security --threshold=20 domesday@443.service | tail --lines 1
curl --fail --silent --cacert /etc/domesday/tls.crt https://localhost/readyz
systemctl reload domesday@443
until journalctl --unit domesday@443 --grep 'the certificate was read again' --quiet; do :; done
if as_domesday health https://127.0.0.1:443; then exit 1; fi
DOMESDAY_HTTP__LISTEN='[::]:443' as_domesday health
