"""Which commands a script runs, told without running it."""

import pytest

from migrate_dhi.kube.shellwords import commands


@pytest.mark.parametrize(
    ("script", "names"),
    [
        ("", []),
        ("ping", ["ping"]),
        ("a; b && c || d | e & f\ng", list("abcdefg")),
        ("/usr/bin/curl -s x", ["curl"]),
        # what stands in front of a command
        ("A=1 B+=2 run", ["run"]),
        ("A=1", []),
        ("exec env A=1 run", ["run"]),
        ("if test -f x; then a; elif b; then c; else d; fi", ["test", "a", "b", "c", "d", "fi"]),
        ("while ! ready; do sleep 1; done", ["ready", "sleep", "done"]),
        ("{ a; }; (b; c)", ["a", "b", "c"]),
        # what runs another command
        ("timeout 5 curl x", ["timeout", "curl"]),
        ("xargs -n 1 rm", ["xargs", "rm"]),
        ("sudo -E 5", ["sudo"]),
        ("nice /bin/run -x", ["nice", "run"]),
        ("timeout -s KILL 5 /bin/curl x", ["timeout", "curl"]),
        ("timeout -k 1 5 nice -n 5 curl x", ["timeout", "nice", "curl"]),
        ("env -i A=1 run; exec -a x run2; nohup -- run3", ["run", "run2", "run3"]),
        ("exec 3>x; time", []),
        ("sudo -u app A=b run", ["sudo", "run"]),
        ("find . | xargs -I {} cp {} x", ["find", "xargs", "cp"]),
        ("su-exec app:app run; gosu app run2", ["su-exec", "run", "gosu", "run2"]),
        ("busybox wget -q x", ["busybox"]),
        # the patterns of a case are no commands
        ('case "$1" in\n curl) a;;\n wget|nc) b\n c ;;\n *) d;;\nesac\ne', ["a", "b", "c", "d", "e"]),
        ("case $x in curl) a;; (wget) b; c;; esac; d", ["a", "b", "c", "d"]),
        ("case $(uname) in Linux) a\nesac; b", ["uname", "a", "b"]),
        ("case $x in a) case $y in curl) b;; esac;; wget) c;; esac; d", ["b", "c", "d"]),
        ("case $x in a) f ;; esac | g", ["f", "g"]),
        ("a ;; b", ["a", "b"]),
        # nor are the items of an array
        ("tools=(curl wget); a", ["a"]),
        ("local tools+=(curl\nwget); a", ["a"]),
        ("(curl x)", ["curl"]),
        # quotes, escapes, comments, redirections
        ("echo 'a; b' \"c; d\"", ["echo"]),
        ("echo a\\;b; c", ["echo", "c"]),
        ("echo a # b; c\nd", ["echo", "d"]),
        ("echo a#b; c", ["echo", "c"]),
        ("a >x; b 2>&1; c <y; d &>z; >e f", ["a", "b", "c", "d", "f"]),
        ("'my run' x", ["my run"]),
        ("a\\\nb c; d", ["a", "d"]),
        # substitutions, in quotes and in each other
        ("echo $(a $(b)) `c`", ["b", "a", "c", "echo"]),
        ('echo "x $(a | b) y"; c', ["a", "b", "echo", "c"]),
        ('echo "$(a ")" b)"', ["a", "echo"]),
        ("echo $((1 + 2)); a", ["echo", "a"]),
        ("echo $(a", ["a", "echo"]),
        ("echo `a", ["a", "echo"]),
        ('echo "a', ["echo"]),
        # texts that are handed over are no commands
        ("cat <<EOF\nrm x\nEOF\na", ["cat", "a"]),
        ("cat <<-'EOF' | b\nrm x\n\tEOF\na", ["cat", "b", "a"]),
        ("cat <<EOF\nEOF\na", ["cat", "a"]),
        # what it defines, and what it looks for first
        ("f() { a; }; f; b", ["a", "b"]),
        ("function g { a; }; g; b", ["a", "b"]),
        ("function g() { a; }; g; b", ["a", "b"]),
        ("function", []),
        ("command -v curl && curl x; wget y", ["wget"]),
        ("which a b; a; b; c", ["c"]),
        ("type -p a; a", []),
        ("[ -x /usr/bin/curl ] && curl x; wget y", ["[", "wget"]),
        ("if test -x /bin/nc; then nc; fi", ["test", "fi"]),
        ("[ -f /bin/nc ] && nc", ["[", "nc"]),
    ],
)
def test_the_commands_of_a_script(script, names):
    assert [name for name, _ in commands(script)] == names


@pytest.mark.parametrize(
    ("script", "names"),
    [
        # as charts wait for a server, prepare a folder, or end one
        (
            "until pg_isready -h $HOST -p 5432; do echo waiting; sleep 2; done;",
            ["pg_isready", "echo", "sleep", "done"],
        ),
        ("until nslookup db.$(cat /var/run/ns).svc; do sleep 1; done", ["cat", "nslookup", "sleep", "done"]),
        ("set -euo pipefail\nmkdir -p /data && chown -R 1000:1000 /data", ["set", "mkdir", "chown"]),
        ('for f in /in/*; do cp "$f" /out/; done', ["for", "cp", "done"]),
        ('exec /usr/bin/server --port "${PORT:-80}" 2>&1 | tee /log', ["server", "tee"]),
        (
            "kill -s TERM $(pidof server) && while pidof server; do sleep 1; done",
            ["pidof", "kill", "pidof", "sleep", "done"],
        ),
        ('if [ "$(id -u)" = 0 ]; then exec gosu app "$0"; fi', ["id", "[", "gosu", "$", "fi"]),
        ("cat > /etc/x.conf <<EOF\nkey = $(hostname)\nEOF\nserver -c /etc/x.conf", ["cat", "server"]),
        ("sleep 15; nginx -s quit", ["sleep", "nginx"]),
        ('test -n "$A" || { echo none >&2; exit 1; }', ["test", "echo", "exit"]),
        ("find /data -type f -name '*.tmp' -delete", ["find"]),
        ("curl -s localhost | jq -e '.ready == true'", ["curl", "jq"]),
        ('redis-cli -a "$PW" ping | grep PONG', ["redis-cli", "grep"]),
        ("export A=$(date +%s) B=1", ["date", "export"]),
        ("trap 'rm -f /x' EXIT; wait", ["trap", "wait"]),
        (
            'case $1 in\n  start|run) exec server ;;\n  -*) exec server "$@" ;;\n  *) exec "$@" ;;\nesac',
            ["server", "server", "$"],
        ),
    ],
)
def test_scripts_as_charts_have_them(script, names):
    assert [name for name, _ in commands(script)] == names


@pytest.mark.parametrize(
    ("script", "arguments"),
    [
        ("curl -s 'http://a b/' c", ("-s", "http://a b/", "c")),
        # what a shell fills in is not known
        ('curl "a b" $(x) c$(y)d', ("$", "$", "c$d")),
        ("curl -o /dev/null x >y 2>&1", ("-o", "/dev/null", "x")),
        ("A=1 curl a=b c\\ d", ("a=b", "c d")),
    ],
)
def test_the_arguments_of_a_command(script, arguments):
    assert dict(commands(script))["curl"] == arguments
