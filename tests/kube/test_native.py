"""Which handler of Kubernetes' own asks what a probe's command asks; what is not known for sure stays a command."""

import pytest

from migrate_dhi.kube.manifests import Manifests
from migrate_dhi.kube.native import native

POD = """\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web
      image: web
      env:
        - {name: PORT, value: "9121"}
        - {name: ODD, value: "9121; reboot"}
        - {name: API_TOKEN, value: "abc123"}
        - {name: NODE, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}
        - {name: POD_IP, valueFrom: {fieldRef: {fieldPath: status.podIP}}}
        - {name: PASSWORD, valueFrom: {secretKeyRef: {name: a, key: b}}}
"""
CONTAINER = Manifests({"c/templates/pod.yaml": POD}).containers[0]


def shell(script, *, program="sh", option="-c"):
    return [program, option, script]


def http(path, port, **more):
    return {"httpGet": {"path": path, "port": port, **more}}


def header(name, value):
    return {"name": name, "value": value}


@pytest.mark.parametrize(
    ("command", "handler"),
    [
        (["curl", "http://localhost:9121/health"], http("/health", 9121)),
        (["/usr/bin/curl", "-fsS", "127.0.0.1:8080"], http("/", 8080)),
        (["wget", "-qO-", "http://[::1]:8080/ready?full=1#top"], http("/ready?full=1", 8080)),
        (["curl", "http://localhost"], http("/", 80)),
        (["curl", "-k", "https://localhost/live"], http("/live", 443, scheme="HTTPS")),
        (
            ["wget", "--no-check-certificate", "--spider", "https://127.0.0.1:8443/"],
            http("/", 8443, scheme="HTTPS"),
        ),
        (["timeout", "3", "curl", "-f", "localhost:1/a"], http("/a", 1)),
        (shell("wget http://localhost:9121/health"), http("/health", 9121)),
        (shell("curl -f http://localhost:8080/ || exit 1"), http("/", 8080)),
        (
            shell("exec curl -f http://localhost:8080/ >/dev/null 2>&1 || exit 1", option="-ec"),
            http("/", 8080),
        ),
        (shell("curl -s 'http://localhost:8080/h?a=1&b=2' > /dev/null && exit 0"), http("/h?a=1&b=2", 8080)),
        (shell('curl -f "http://$(hostname):8080/"'), http("/", 8080)),
        (shell("curl -f http://`hostname -i`:8080/ || false"), http("/", 8080)),
        (shell("curl -f http://${HOSTNAME}:$PORT/"), http("/", 9121)),
        (shell("curl -f http://localhost:${PORT:-80}/"), http("/", 9121)),
        (shell("curl -f http://${POD_IP}:8080/"), http("/", 8080)),
        (["curl", "-f", "http://localhost:$(PORT)/"], http("/", 9121)),
        (["env", "A=b", "sh", "-c", "curl localhost:8080"], http("/", 8080)),
        (shell("curl \\\n  -f \\\n  localhost:8080\n"), http("/", 8080)),
        (["curl", "-sfo/dev/null", "-m", "3", "localhost:8080/x"], http("/x", 8080)),
        (["curl", "--url", "localhost:8080/x", "--max-time", "3", "-w", "%{http_code}"], http("/x", 8080)),
        (["wget", "-nv", "-T5", "-t", "1", "-O", "/dev/null", "localhost:8080"], http("/", 8080)),
        (
            ["curl", "-H", "X-Probe: yes, 1", "-HAccept:text/plain", "--user-agent", "me", "localhost:8080"],
            http(
                "/",
                8080,
                httpHeaders=[
                    header("User-Agent", "me"),
                    header("X-Probe", "yes, 1"),
                    header("Accept", "text/plain"),
                ],
            ),
        ),
        (
            shell("wget --header='Host: a.example' --header=\"X: y\" -q localhost:8080"),
            http("/", 8080, httpHeaders=[header("Host", "a.example"), header("X", "y")]),
        ),
        # as health checks of images are written
        (
            shell("curl --fail --silent --show-error http://localhost:8080/healthz || exit 1"),
            http("/healthz", 8080),
        ),
        (shell("wget --no-verbose --tries=1 --spider http://localhost:3000/ || exit 1"), http("/", 3000)),
        (shell("wget -qO- http://127.0.0.1:8080/ping &> /dev/null || exit 1"), http("/ping", 8080)),
        (shell("curl -fsS http://localhost:8080/ -o /dev/null", program="bash"), http("/", 8080)),
        (
            shell("curl -fsSLk --connect-timeout 2 --max-time 5 https://localhost/ready"),
            http("/ready", 443, scheme="HTTPS"),
        ),
        (shell("wget -q -T 5 -O /dev/null 'http://localhost/a b'".replace(" b", "%20b")), http("/a%20b", 80)),
        (["timeout", "-s", "KILL", "5", "curl", "-f", "[::1]:8080/x"], http("/x", 8080)),
        (["busybox", "wget", "-q", "--spider", "localhost:80"], http("/", 80)),
        (["tini", "--", "curl", "-f", "localhost:80"], http("/", 80)),
        (["grpc_health_probe", "-addr=:9000"], {"grpc": {"port": 9000}}),
        (
            shell("/bin/grpc_health_probe -addr localhost:9000 -service=a.B --connect-timeout=3s"),
            {"grpc": {"port": 9000, "service": "a.B"}},
        ),
        (["grpc-health-probe", "--addr=[::1]:9000", "-v"], {"grpc": {"port": 9000}}),
    ],
)
def test_becomes_a_handler(command, handler):
    assert native(command, CONTAINER).handler == handler


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (shell("curl -s localhost:8080 | grep ok"), "reads the answer in a pipe"),
        (shell("curl -s localhost:8080 || true"), "succeeds whatever"),
        (shell("curl -s localhost:8080 || exit 0"), "succeeds whatever"),
        (shell("curl -s localhost:8080 && curl -s localhost:8081"), "more than the one command"),
        (shell("sleep 1; curl -s localhost:8080"), "more than the one command"),
        (shell("set -e\ncurl -s localhost:8080"), "more than the one command"),
        (
            shell('[ "$(curl -s -o /dev/null -w %{http_code} localhost:8080)" = 200 ]'),
            "another command prints",
        ),
        (shell("test `curl localhost:8080` = ok"), "another command prints"),
        (shell("! curl localhost:8080"), "more than the one command"),
        (shell("PORT=80 curl localhost:$PORT"), "more than the one command"),
        (shell("curl 'localhost:$PORT'"), "in quotes holds a $"),
        (shell("curl localhost:$ODD"), "no plain value for $ODD"),
        (shell("curl localhost:$OTHER/x"), "no plain value for $OTHER"),
        (shell("curl localhost:8080/$API_TOKEN"), "no plain value for $API_TOKEN"),
        (shell("curl $NODE:8080"), "no plain value for $NODE"),
        (["env", "PORT=1", "sh", "-c", "curl localhost:$PORT"], "no plain value for $PORT"),
        (["curl", "http://$(POD_IP):80"], "no plain value for $(POD_IP)"),
        (["curl", "http://$HOSTNAME:80"], "no plain value for $HOSTNAME"),
        (shell("curl 'localhost:8080"), "quotes do not close"),
        (["sh", "-c", "curl $1", "curl", "localhost"], "more than one text"),
        (["curl", "http://other:8080/"], "asks other"),
        (["curl", "http://localhost.example/"], "asks localhost.example"),
        (["curl", "http://127.0.0.1.nip.io/"], "asks 127.0.0.1.nip.io"),
        (["curl", "ftp://localhost/"], "asks by ftp"),
        (["curl", "http://localhost:port/"], "cannot be read"),
        (["curl", "http://me:pw@localhost/"], "holds a user"),
        (["curl", "http://localhost/?token=abc"], "holds a secret"),
        (["curl", "-H", "Authorization: Basic abc", "localhost"], "Authorization holds a secret"),
        (["curl", "-H", "X-Api-Key: abc", "localhost"], "X-Api-Key holds a secret"),
        (["curl", "-H", "X;", "localhost"], "headers cannot be read"),
        (["curl", "localhost:1/{a,b}"], "stands for several"),
        (["curl", "localhost:1", "localhost:2"], "several addresses"),
        (["curl", "-f"], "no address"),
        (["curl", "-X", "POST", "localhost"], "asks with POST"),
        (["curl", "-d", "a=b", "localhost"], "given -d"),
        (["curl", "-u", "me:pw", "localhost"], "given -u"),
        (["curl", "--unix-socket", "/run/a.sock", "http://localhost/"], "given --unix-socket"),
        (["curl", "--cert", "a.pem", "https://localhost/"], "given --cert"),
        (["curl", "-o", "/tmp/answer", "localhost"], "writes the answer to /tmp/answer"),
        (["wget", "--post-data=a", "localhost"], "given --post-data"),
        (["wget", "-O", "/tmp/answer", "localhost"], "writes the answer to /tmp/answer"),
        (["curl", "-m"], "given -m"),
        (["curl", "-nv", "localhost"], "given -n"),
        (["grpc_health_probe", "-addr=unix:/run/a.sock"], "names no port"),
        (["grpc_health_probe", "-addr=:0"], "names no port"),
        (["grpc_health_probe"], "names no port"),
        (["grpc_health_probe", "-addr=other:9000"], "asks other"),
        (["grpc_health_probe", "-addr=:9000", "-tls"], "given -tls"),
        (["grpc_health_probe", "-addr=:65536"], "names no port"),
        (["grpc_health_probe", "-addr=localhost"], "names no port"),
        (["grpc_health_probe", "-addr=:$(ODD)"], "no plain value for $(ODD)"),
        (shell("curl -f http://0.0.0.0.example:80"), "asks 0.0.0.0.example"),
        (shell("curl -f http://$(cat /etc/hostname):80"), "another command prints"),
        (shell("curl -f http://localhost:80 & sleep 1"), "more than the one command"),
        (shell("curl -f http://localhost:80 < /dev/null"), "more than the one command"),
        (shell("curl -f http://localhost:80 > /tmp/x"), "more than the one command"),
        (shell("(curl -f http://localhost:80)"), "more than the one command"),
        (shell("if curl -f http://localhost:80; then exit 0; fi"), "more than the one command"),
        (shell(""), ""),
    ],
)
def test_stays_a_command_and_says_why(command, why):
    found = native(command, CONTAINER)

    assert not found.handler
    assert why in found.why


@pytest.mark.parametrize(
    "command",
    [["valkey-cli", "ping"], shell("pg_isready"), ["my-curl", "x"], ["/opt/curl/check"], [], ["cat", "curl"]],
)
def test_a_command_that_asks_no_server_makes_one_think_of_none(command):
    found = native(command, CONTAINER)

    assert (found.kind, found.handler, found.why) == ("", {}, "")


@pytest.mark.parametrize(
    ("command", "said", "unsaid"),
    [
        ("curl localhost:8080", "took any answer", "HEAD"),
        ("curl -f localhost:8080", "status 200 to 399 counts;", "took any answer"),
        ("curl -f localhost:8080", "at the pod's address", "certificate"),
        ("curl -f localhost:8080", "the Host header is the pod's address, not localhost:8080", "again"),
        ("curl -f -H 'host: a' localhost:8080", "status", "Host header"),
        ("curl -If localhost:8080", "with GET, not HEAD", "any answer"),
        ("wget --spider localhost:8080", "with GET, not HEAD", "any answer"),
        ("curl -f https://localhost:8080", "certificate is not checked", "any answer"),
        ("curl -fk https://localhost:8080", "status", "certificate"),
        ("wget --no-check-certificate https://localhost:8080", "status", "certificate"),
        ("curl -f --retry 3 localhost:8080", "does not try again", "certificate"),
        ("wget -t 3 localhost:8080", "does not try again", "certificate"),
        ("grpc_health_probe -addr=:1", "Kubernetes 1.24", "status"),
    ],
)
def test_says_what_is_checked_differently(command, said, unsaid):
    differs = "; ".join(native(shell(command), CONTAINER).differs)

    assert said in differs
    assert unsaid not in differs
