# What holds once the commands of "Two replicas" were run.
for port in 8081 8082; do
    systemd-analyze verify "domesday@$port.service"
    as_domesday health "http://127.0.0.1:$port"
done
ask https://domesday.example.org/api/-/cache/ | grep '"kind":"memcached"'
test "$(curl --silent --output /dev/null --write-out '%{http_code} %{redirect_url}' http://127.0.0.1/login/)" = '308 https://127.0.0.1/login/'
# Nobody notices a new version: reads and writes go on, and each is answered well.
go_on() {
    number=0
    while test ! -e /tmp/enough; do
        number=$((number + 1))
        ask --output /dev/null https://domesday.example.org/api/tags/
        ask --output /dev/null https://domesday.example.org/api/tags/ --header 'Content-Type: application/json' \
            --data "{\"name\": \"t$number\"}"
    done
    echo "$number" > /tmp/asked
}
(set +x; go_on) &
for round in 1 2; do
    for port in 8081 8082; do
        systemctl restart "domesday@$port"
    done
done
touch /tmp/enough
wait $!
test "$(cat /tmp/asked)" -ge 4
ask "https://domesday.example.org/api/tags/?limit=1" | grep "\"count\":$(($(cat /tmp/asked) + 1))"
# One that dies is left out, and comes again by itself.
systemctl kill --signal KILL domesday@8082
ask https://domesday.example.org/api/tags/by/ssd/
until as_domesday health http://127.0.0.1:8082; do :; done
# Each told systemd that it serves, and none lost its way.
if journalctl --unit 'domesday@*' --grep 'ERROR|panicked' --quiet; then exit 1; fi
