"""Settings in objects and in the texts that they hold: each kind of text, and what stands beside what."""

import pytest

from migrate_dhi.audit.leaves import in_pairs, is_text, leaves


def read(data):
    return [(".".join(map(str, leaf.path)), leaf.value) for leaf in leaves(data)]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"a": {"b": 1}}, [("a.b", "1")]),
        ({"a": True, "b": False, "c": None, "d": 1.5}, [("a", "true"), ("b", "false"), ("d", "1.5")]),
        ({"a": ["x", {"b": "y"}]}, [("a.0", "x"), ("a.1.b", "y")]),
        ({"a": []}, []),
        ({"a": ""}, [("a", "")]),
        ("x", [("", "x")]),
        # Variables are known by their names.
        ({"env": [{"name": "A", "value": "x"}]}, [("env.A", "x")]),
        ({"env": [{"name": "A", "value": 5}]}, [("env.A", "5")]),
        ({"env": [{"name": "A"}]}, [("env.0.name", "A")]),
        ({"env": [{"name": "A", "value": None}]}, []),
        (
            {"rows": [{"name": "A", "value": "x", "b": 1, "c": 2}]},
            [("rows.0.name", "A"), ("rows.0.value", "x"), ("rows.0.b", "1"), ("rows.0.c", "2")],
        ),
        ({"env": [{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "x"}}}]}, []),
    ],
)
def test_objects(data, expected):
    assert read(data) == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--host=db"], [("args.host", "db")]),
        (["-host=db"], [("args.host", "db")]),
        (["--host", "db"], [("args.host", "db")]),
        (["--host=", "db"], [("args.host", ""), ("args.1", "db")]),
        (["--verbose", "--host", "db"], [("args.host", "db")]),
        (["--host"], []),
        (["HOST=db"], [("args.HOST", "db")]),
        (["run", "db"], [("args.0", "run"), ("args.1", "db")]),
        (["--url=a=b"], [("args.url", "a=b")]),
        ([6379], [("args.0", "6379")]),
        ([{"a": 1}], []),
        (["sh", "-c", "A=x\nB=y"], [("args.0", "sh"), ("args.2.A", "x"), ("args.2.B", "y")]),
    ],
)
@pytest.mark.parametrize("key", ["args", "command", "extraArgs"])
def test_arguments(words, expected, key):
    assert read({key: words}) == [(name.replace("args", key), value) for name, value in expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: x\nb: {c: y}\n", [("t.a", "x"), ("t.b.c", "y")]),
        ("a:\n  - x\n  - b: y\n", [("t.a.0", "x"), ("t.a.1.b", "y")]),
        ("a: ~\nb:\nc: null\nd: 'null'\n", [("t.a", ""), ("t.b", ""), ("t.c", ""), ("t.d", "null")]),
        ('{"a": {"b": 5}}', [("t.a.b", "5")]),
        ("[1, 2]", [("t.0", "1"), ("t.1", "2")]),
        ("a: |\n  b: x\n  c: y\n", [("t.a.b", "x"), ("t.a.c", "y")]),
        # No YAML: line by line, in its section.
        ("[one]\na = x\n[[two]]\na = y\n", [("t.one.a", "x"), ("t.two.a", "y")]),
        ("a=x\n# b=y\n; c=y\n// d=y\ne='z'\n", [("t.a", "x"), ("t.e", "z")]),
        ("export A=x\nset B=y;\n", [("t.A", "x"), ("t.B", "y")]),
        ("requirepass word\nport 6379\n", [("t.requirepass", "word"), ("t.port", "6379")]),
        ("define('A', 'x');\n$b = 'y';\n", [("t.A", "x"), ("t.b", "y")]),
        ("'a' => 'x',\n'b' => 5,\n", [("t.a", "x"), ("t.b", "5")]),
        ("save 900 1\nsave 60 1000\n", [("t", "save 900 1"), ("t", "save 60 1000")]),
        # A template is no YAML before it is filled.
        ("a: {{ .x }}\nb: y\n", [("t.a", "{{ .x }}"), ("t.b", "y")]),
        ("a: 'x' # no: comment\nb: \"y\"\n", [("t.a", "x"), ("t.b", "y")]),
        ("a=\"x\nb='y'\n", [("t.a", '"x'), ("t.b", "y")]),
        ('a="\nb=y\n', [("t.a", '"'), ("t.b", "y")]),
    ],
)
def test_texts(text, expected):
    assert read({"t": text}) == expected


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: x\n\n# comment\nhost: y\n", 4),
        ("[s]\n\n; comment\nhost = y\n", 4),
        ('{"a": 1,\n "host": "y"}', 2),
    ],
)
def test_the_line_of_a_setting_in_its_text(text, line):
    assert [leaf.line for leaf in leaves({"t": text}) if leaf.key == "host"] == [line]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a\nb", True),
        ("one line\n", False),
        ("{a: b}", True),
        ("  [a]", True),
        ("{}", False),
        ("x" * 400_000 + "\ny", False),
        ("", False),
    ],
)
def test_what_is_a_text(value, expected):
    assert is_text(value) is expected


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (
            {"env": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}]},
            ("A", "s/k"),
        ),
        ({"env": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "s"}}}]}, ("A", "s")),
        ({"passwordSecret": {"name": "s", "key": "k"}}, ("password", "s/k")),
        ({"passwordSecretRef": {"name": "s", "key": "k"}}, ("password", "s/k")),
        ({"password_secret_key_ref": {"name": "s"}}, None),
        ({"passwordSecretKeyRef": {"name": "s"}}, ("password", "s")),
        ({"passwordSecret": "s"}, None),
        ({"passwordSecret": {"key": "k"}}, None),
    ],
)
def test_settings_from_a_secret(data, expected):
    found = [(leaf.key, str(leaf.secret)) for leaf in leaves(data) if leaf.secret]

    assert found == ([expected] if expected else [])


def test_a_value_nested_without_end_ends():
    text = "a: " + "{a: " * 60 + "x" + "}" * 60

    assert read({"t": text + "\nb: y\n"}) == [("t.b", "y")]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Host=a;Password=b", [("Host", "a"), ("Password", "b")]),
        ("Host=a; User Id=b ;", [("Host", "a"), ("User Id", "b")]),
        ("host=a password='b'", [("host", "a"), ("password", "b")]),
        ("a:6379,password=b==", [("", "a:6379"), ("password", "b==")]),
        ("a=b", []),
        ("a", []),
        ("a,b", []),
        ("a=b,c", []),
        ("x://a=b,c=d", []),
        ("a = b, c = d", []),
        ("-Da=b -Dc=d", []),
        ("a b;c=d", []),
    ],
)
def test_pairs_of_a_connection_string(value, expected):
    assert in_pairs(value) == expected
