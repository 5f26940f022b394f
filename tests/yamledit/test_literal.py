"""Literal lines of templates: edited byte for byte where they are literal, and refused where they are not."""

from itertools import takewhile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrate_dhi.errors import EditRefusedError
from migrate_dhi.yamledit import MISSING
from migrate_dhi.yamledit.literal import held, marked, places, written

NEW = "dhi.io/valkey:8.1.9-debian13"
POD = """\
    spec:
      {{- with .Values.hosts }}
      hostAliases: {{- toYaml . | nindent 8 }}
      {{- end }}
      # what runs
      containers:
        - name: one
          image: {{ .Values.image | quote }}
          livenessProbe:
            exec:
              command: [sh, -c, ping]
            periodSeconds: {{ .Values.period }}
        - name: two
          image: docker.io/valkey/valkey:8.1.3 # keep
          securityContext:
            runAsNonRoot: true
            capabilities:
              drop:
                - ALL
          readinessProbe:
            periodSeconds: 5
            exec:
              command:
              - sh
              - -c
              - |
                ping

            timeoutSeconds: 3
      volumes: []
"""


def alike(one, other):
    """How many lines at their beginning are the same."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def changed(text, place, value):
    """The lines that go and come, and that nothing else differs."""
    after = written(text, place, value)
    old, new = text.split("\n"), after.split("\n")
    start = next(n for n, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1])
    end = next(n for n, pair in enumerate(zip(old[::-1], new[::-1], strict=False)) if pair[0] != pair[1])
    end = min(end, len(old) - start, len(new) - start)
    return old[start : len(old) - end], new[start : len(new) - end]


@pytest.mark.parametrize(
    ("line", "after"),
    [
        ("image: docker.io/valkey/valkey:8.1.3", f"image: {NEW}"),
        ("  image:   valkey/valkey:8.1.3   ", f"  image:   {NEW}   "),
        ("- image: 'valkey:8'  # the cache", f"- image: '{NEW}'  # the cache"),
        ('  - image: "valkey:8"', f'  - image: "{NEW}"'),
        ("- - image: valkey", f"- - image: {NEW}"),
        ("image: valkey@sha256:abc\r", f"image: {NEW}\r"),
        ("image: image", f"image: {NEW}"),
    ],
)
def test_an_image_is_replaced_in_its_line(line, after):
    text = f"a: 1\n{line}\nb: 2"

    assert written(text, ("image", 0), NEW) == f"a: 1\n{after}\nb: 2"


@pytest.mark.parametrize(
    "line",
    [
        "image: {{ .Values.image }}",
        'image: "{{ .Values.image }}"',
        "image: valkey:{{ .Chart.AppVersion }}",
        "image: valkey:8 # {{ .Values.note }}",
        "image: {name: valkey}",
        "image: [valkey]",
        "image: &one valkey",
        "image: *one",
        "image: |",
        "image:",
        "image: valkey and more",
        "image: 'valkey\"",
        "image: valkey:8#1",
    ],
)
def test_an_image_that_is_no_literal_is_refused(line):
    with pytest.raises(EditRefusedError, match="not literal"):
        written(f"a: 1\n{line}\n", ("image", 0), NEW)
    assert held(f"a: 1\n{line}\n", ("image", 0)) == (2, MISSING)


def test_only_lines_with_the_key_count():
    text = "# image: a\nimages: b\nmy-image: c\nimage: d\n  image: e\n"

    assert places(text, "image") == [("image", 0), ("image", 1)]
    assert [held(text, place) for place in places(text, "image")] == [(4, "d"), (5, "e")]


def test_a_place_that_is_gone_is_refused():
    with pytest.raises(EditRefusedError, match="no such line with containers"):
        written("image: a\n", ("imagePullSecrets", 0), [])


# --- pull secrets


def test_pull_secrets_come_above_the_containers_and_their_comment():
    after = written(POD, ("imagePullSecrets", 0), [{"name": "dhi"}])

    assert after == POD.replace(
        "      # what runs\n", "      imagePullSecrets:\n        - name: dhi\n      # what runs\n"
    )


def test_lists_are_indented_as_the_containers_are():
    text = "spec:\n  containers:\n  - image: a\n"

    assert written(text, ("imagePullSecrets", 0), [{"name": "dhi"}]) == (
        "spec:\n  imagePullSecrets:\n  - name: dhi\n  containers:\n  - image: a\n"
    )


def test_line_endings_are_those_of_the_file():
    text = "spec:\r\n  containers:\r\n    - image: a\r\n"

    assert written(text, ("imagePullSecrets", 0), [{"name": "dhi"}]) == (
        "spec:\r\n  imagePullSecrets:\r\n    - name: dhi\r\n  containers:\r\n    - image: a\r\n"
    )


@pytest.mark.parametrize("place", ["above", "below"])
@pytest.mark.parametrize("dash", ["", "  "])
def test_a_literal_list_gets_one_more(place, dash):
    own = f"  imagePullSecrets:\n  {dash}- name: old # ours\n"
    containers = "  containers:\n  - image: a\n"
    text = "spec:\n" + (own + containers if place == "above" else containers + own) + "  other: 1\n"

    after = written(text, ("imagePullSecrets", 0), [{"name": "old"}, {"name": "dhi"}])

    assert after == text.replace("# ours\n", f"# ours\n  {dash}- name: dhi\n")


@pytest.mark.parametrize(
    "own",
    [
        "  imagePullSecrets: {{ toYaml .Values.secrets }}\n",
        "  imagePullSecrets:\n    {{- toYaml .Values.secrets | nindent 4 }}\n",
        "  imagePullSecrets: [{name: old}]\n",
        "  imagePullSecrets:\n  - name: another\n",
        "  imagePullSecrets:\n  - name: {{ .Values.secret }}\n",
        "  imagePullSecrets: []\n",
    ],
)
def test_a_list_that_is_not_literal_is_refused(own):
    text = f"spec:\n{own}  containers:\n  - image: a\n"

    with pytest.raises(EditRefusedError, match="not literal"):
        written(text, ("imagePullSecrets", 0), [{"name": "old"}, {"name": "dhi"}])


def test_containers_that_begin_an_item_are_refused():
    with pytest.raises(EditRefusedError, match="begins the item"):
        written("- containers:\n    - image: a\n", ("imagePullSecrets", 0), [])


# --- security contexts


def test_a_user_comes_behind_the_image_where_the_container_has_no_context():
    assert changed(POD, ("securityContext", 0), {"runAsUser": 1, "runAsGroup": 2}) == (
        [],
        ["          securityContext:", "            runAsUser: 1", "            runAsGroup: 2"],
    )


def test_a_user_comes_to_the_end_of_a_literal_context():
    after = written(POD, ("securityContext", 1), {"runAsUser": 1})

    assert after == POD.replace(
        "                - ALL\n", "                - ALL\n            runAsUser: 1\n"
    )


def test_the_context_of_another_container_or_of_the_pod_is_not_this_ones():
    text = (
        "spec:\n  securityContext:\n    runAsNonRoot: true\n  containers:\n"
        "  - image: a\n    name: a\n  - name: b\n    securityContext:\n      b: 1\n    image: b\n"
    )

    after = written(text, ("securityContext", 0), {"runAsUser": 1})

    assert after == text.replace("image: a\n", "image: a\n    securityContext:\n      runAsUser: 1\n")
    assert held(text, ("securityContext", 0)) == (5, MISSING)
    assert held(text, ("securityContext", 1)) == (8, {"b": 1})


@pytest.mark.parametrize(
    "own",
    [
        "  securityContext: {{ toYaml .Values.context }}\n",
        "  securityContext:\n    {{- toYaml .Values.context | nindent 4 }}\n",
        "  securityContext: {}\n",
        "  securityContext: {runAsNonRoot: true}\n",
    ],
)
def test_a_context_that_is_not_literal_is_refused(own):
    with pytest.raises(EditRefusedError, match="literal"):
        written(f"- image: a\n{own}", ("securityContext", 0), {"runAsUser": 1})


@pytest.mark.parametrize("value", ["|", ">-", "{a: b}", "[a]", "*a", "{{ include", '"{{ a'])
def test_an_image_that_does_not_end_on_its_line_has_nothing_behind(value):
    with pytest.raises(EditRefusedError, match="does not end on its line"):
        written(f"image: {value}\n  more\n", ("securityContext", 0), {"runAsUser": 1})


# --- probes


def test_a_literal_handler_is_replaced_among_its_timings():
    handler = {"tcpSocket": {"port": "tcp"}}

    assert changed(POD, ("livenessProbe", 0), handler) == (
        ["            exec:", "              command: [sh, -c, ping]"],
        ["            tcpSocket:", "              port: tcp"],
    )
    assert changed(POD, ("readinessProbe", 0), handler) == (
        POD[POD.rindex("            exec:") : POD.index("\n\n")].split("\n"),
        ["            tcpSocket:", "              port: tcp"],
    )


def test_a_handler_in_one_line_is_replaced():
    text = "livenessProbe:\n  exec: {command: [sh, -c, ping]}\n  periodSeconds: 3\n"

    assert written(text, ("livenessProbe", 0), {"tcpSocket": {"port": 1}}) == (
        "livenessProbe:\n  tcpSocket:\n    port: 1\n  periodSeconds: 3\n"
    )


@pytest.mark.parametrize(
    ("below", "why"),
    [
        ("  exec:\n    command: [sh, -c, {{ .Values.check }}]\n", "not literal"),
        ("  exec:\n    command: [sh, -c, 'ping'] # why\n", "comment"),
        (
            "  exec:\n    command:\n      - sh\n      - -c\n      - |\n        # ask\n        ping\n",
            "comment",
        ),
        ("  exec:\n    command: [sh, -c, ping\n", "not literal"),
        ("  httpGet: {port: 1}\n", "no literal exec"),
        ("  {{- toYaml .Values.probe | nindent 2 }}\n", "not literal"),
        ("other: 1\n", "not literal"),
    ],
)
def test_a_handler_that_is_not_literal_is_refused(below, why):
    with pytest.raises(EditRefusedError, match=why):
        written(f"livenessProbe:\n{below}", ("livenessProbe", 0), {"tcpSocket": {"port": 1}})


def test_a_comment_of_its_own_line_stays_above_the_new_handler():
    text = "livenessProbe:\n  exec:\n    # why\n    command: [sh, -c, ping]\n  periodSeconds: 3\n"

    assert written(text, ("livenessProbe", 0), {"tcpSocket": {"port": 1}}) == (
        "livenessProbe:\n  # why\n  tcpSocket:\n    port: 1\n  periodSeconds: 3\n"
    )


@pytest.mark.parametrize(
    ("line", "after"),
    [
        ("{exec: {command: [a]}}", "{tcpSocket: {port: 1}}"),
        (
            "{exec: {command: [sh, -c, 'a b']}, periodSeconds: 5} # why",
            "{periodSeconds: 5, tcpSocket: {port: 1}} # why",
        ),
        (
            "{exec: {command: [a]}, periodSeconds: {{ .Values.a }}, timeoutSeconds: {{ .Values.b }}}\r",
            "{periodSeconds: {{ .Values.a }}, timeoutSeconds: {{ .Values.b }}, tcpSocket: {port: 1}}\r",
        ),
        ('{"exec": {"command": ["a"]}, "periodSeconds": 5}', None),
    ],
)
@pytest.mark.parametrize("lead", ["  ", "- "])
def test_a_probe_in_braces_on_one_line_is_edited_there(line, after, lead):
    text = f"a: 1\n{lead}livenessProbe: {line}\n  b: 2\n"

    done = written(text, ("livenessProbe", 0), {"tcpSocket": {"port": 1}})

    assert "exec" not in done
    assert "\n  b: 2\n" in done
    assert after is None or done == text.replace(line, after)
    assert places(done, "livenessProbe") == [("livenessProbe", 0)]
    assert f"{lead}livenessProbe: {{mark: 1, " in marked(text, ("livenessProbe", 0), "mark: 1")


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("{exec: {command: [{{ .Values.check }}]}, periodSeconds: 5}", "no literal exec"),
        ("{exec: {command: [a]},", "no map on its line"),
        ("{httpGet: {port: 1}}", "no literal exec"),
        ("{{ toYaml .Values.probe }}", "no block"),
        ("{}", "no literal exec"),
    ],
)
def test_a_probe_in_braces_that_is_not_literal_is_refused(value, why):
    with pytest.raises(EditRefusedError, match=why):
        written(f"livenessProbe: {value}\n", ("livenessProbe", 0), {"tcpSocket": {"port": 1}})


# --- marks


@pytest.mark.parametrize(
    ("place", "above", "below"),
    [
        (("imagePullSecrets", 0), "      {{- end }}", "      # what runs"),
        (("securityContext", 0), "          image: {{ .Values.image | quote }}", "          livenessProbe:"),
        (("livenessProbe", 0), "          livenessProbe:", "            exec:"),
    ],
)
def test_a_mark_stands_in_the_map_of_its_place(place, above, below):
    lines = marked(POD, place, "mark: 1").split("\n")
    at = next(n for n, line in enumerate(lines) if "mark: 1" in line)

    assert (lines[at - 1], lines[at + 1]) == (above, below)
    assert "\n".join(lines[:at] + lines[at + 1 :]) == POD


def test_no_edit_moves_a_place():
    """Edits are made one after the other by numbers of lines that were counted before."""
    text = written(POD, ("securityContext", 0), {"runAsUser": 1})
    text = written(text, ("imagePullSecrets", 0), [{"name": "dhi"}])
    text = written(text, ("readinessProbe", 0), {"httpGet": {"path": "/", "port": 1}})

    for name in ("image", "imagePullSecrets", "securityContext", "livenessProbe", "readinessProbe"):
        assert places(text, name) == places(POD, name)
    assert held(text, ("image", 1))[1] == "docker.io/valkey/valkey:8.1.3"


# --- what refusals say

SECRETS = [{"name": "old"}, {"name": "dhi"}]
HANDLER = {"tcpSocket": {"port": 1}}
USER = {"runAsUser": 1}


@pytest.mark.parametrize(
    ("text", "place", "value", "message", "line"),
    [
        ("a: 1\nimage: {{ .x }}\n", ("image", 0), NEW, "the line is not literal", 2),
        ("image: a\n", ("image", 1), NEW, "there is no such line with image: in the template any more", 0),
        ("image: a\n", ("word", 0), NEW, "there is no such image in the template any more", 0),
        ("x\n{{ a/b:1 }}\n", ("word", 0), "a b", "a b does not read like what stands there", 2),
        ("x\na/b:{{ .t }}\n", ("name", 0), "c:1", "c:1 does not read like what stands there", 2),
        (
            "spec:\n  imagePullSecrets: []\n  containers:\n",
            ("imagePullSecrets", 0),
            SECRETS,
            "the list of pull secrets is not literal",
            2,
        ),
        (
            "a: 1\n- containers:\n",
            ("imagePullSecrets", 0),
            SECRETS,
            "containers begins the item of a list",
            2,
        ),
        ("a: 1\nimage: |\n  x\n", ("securityContext", 0), USER, "image does not end on its line", 2),
        ('a: 1\nimage: "{{ x\n', ("securityContext", 0), USER, "an action does not end on its line", 2),
        (
            "image: a\nsecurityContext: {}\n",
            ("securityContext", 0),
            USER,
            "securityContext is no block of literal lines",
            2,
        ),
        (
            "image: a\nsecurityContext:\n  {{ x }}\n",
            ("securityContext", 0),
            USER,
            "what stands below securityContext is not literal",
            2,
        ),
        ("x: 1\nlivenessProbe:\n  a: 1\n", ("livenessProbe", 0), HANDLER, "no literal exec stands there", 2),
        (
            "livenessProbe:\n  exec:\n    command: [{{ x }}]\n",
            ("livenessProbe", 0),
            HANDLER,
            "the exec handler is not literal",
            2,
        ),
        (
            "livenessProbe:\n  exec:\n    command: [a] # b\n",
            ("livenessProbe", 0),
            HANDLER,
            "a comment stands in the exec handler, and would be lost",
            2,
        ),
    ],
)
def test_a_refusal_says_what_and_where(text, place, value, message, line):
    with pytest.raises(EditRefusedError) as refused:
        written(text, place, value)

    assert (refused.value.message, refused.value.line or 0) == (message, line)


# --- the edges


def test_a_map_further_out_ends_the_search_for_a_key():
    text = "spec:\n  - image: a\nother:\n    securityContext:\n      b: 1\n"

    after = written(text, ("securityContext", 0), {"runAsUser": 1})

    assert after == text.replace("image: a\n", "image: a\n    securityContext:\n      runAsUser: 1\n")


def test_a_refusal_names_the_line():
    with pytest.raises(EditRefusedError) as refused:
        written("a: 1\nimage: {{ .Values.image }}\n", ("image", 0), NEW)

    assert refused.value.line == 2


def test_what_comes_above_the_first_line_ends_as_that_does():
    text = "containers:\r\n  - image: a\r\n"

    assert written(text, ("imagePullSecrets", 0), [{"name": "dhi"}]) == (
        "imagePullSecrets:\r\n  - name: dhi\r\ncontainers:\r\n  - image: a\r\n"
    )


def test_what_comes_behind_the_last_line_leaves_none_open():
    text = "spec:\r\n  containers:\r\n    - name: a\r\n      image: a"

    assert written(text, ("securityContext", 0), {"runAsUser": 1}) == (
        text + "\r\n      securityContext:\r\n        runAsUser: 1"
    )


def test_a_blank_line_below_the_containers_hides_no_style():
    text = "spec:\n  containers:\n\n  - image: a\n"

    assert "  imagePullSecrets:\n  - name: dhi\n" in written(text, ("imagePullSecrets", 0), [{"name": "dhi"}])


# --- any text at all

PIECES = [
    "spec:",
    "  containers:",
    "  - name: a",
    "  - image: a",
    "    image: docker.io/a/b:1 # why",
    "    image: {{ .Values.image }}",
    "    image: >-",
    "    securityContext:",
    "      runAsNonRoot: true",
    "      {{- toYaml .Values.context | nindent 6 }}",
    "    livenessProbe:",
    "      exec:",
    "        command: [sh, -c, ping]",
    "        command:",
    "          - ping",
    "      periodSeconds: 1",
    "  imagePullSecrets:",
    "  - name: old",
    "  {{- if .Values.on }}",
    "  {{- end }}",
    "# image: a",
    "",
    "\tx: 1",
    "image: b",
    "- image: 'c'",
]
VALUES = {
    "image": NEW,
    "imagePullSecrets": [{"name": "old"}, {"name": "dhi"}],
    "securityContext": {"runAsUser": 1},
    "livenessProbe": {"tcpSocket": {"port": 1}},
}


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    lines=st.lists(st.sampled_from(PIECES), max_size=14),
    ending=st.sampled_from(["\n", "\r\n"]),
    name=st.sampled_from(sorted(VALUES)),
)
def test_of_any_text_one_run_of_lines_changes_or_none(lines, ending, name):
    text = ending.join(lines)
    for place in places(text, name):
        held(text, place)
        try:
            after = written(text, place, VALUES[name])
        except EditRefusedError:
            continue
        assert len(lines) == 1 or after.count(ending) == after.count("\n")
        old, new = text.splitlines(), after.splitlines()
        start = alike(old, new)
        end = alike(old[start:][::-1], new[start:][::-1])
        gone, come = old[start : len(old) - end], new[start : len(new) - end]
        assert 1 <= len(come) <= 4
        assert not any("{{" in line for line in (*gone, *come))
        assert places(after, name) == places(text, name)
        if name != "livenessProbe":
            assert len(gone) == (name == "image")


# --- whole images, and names of images, within a text


@pytest.mark.parametrize(
    "text",
    [
        '{{- define "image" -}}OLD{{- end -}}\n',
        '{{- define "image" -}}\n  OLD\n{{- end -}}\n',
        '  image: {{ .Values.image | default "OLD" }}\n',
        "  args: [--image=OLD, -v]\n",
        "# was OLD once\r\n",
        "spec: {containers: [{image: 'OLD'}]}\n",
    ],
)
@pytest.mark.parametrize(
    "old", ["docker.io/valkey/valkey:8.1.3", "acme/x:v1", f"localhost:5000/a/b:1@sha256:{'a' * 64}"]
)
def test_a_whole_image_is_replaced_in_any_text(text, old):
    before = text.replace("OLD", old)

    assert places(before, "word") == [("word", 0)]
    assert held(before, ("word", 0))[1] == old
    assert written(before, ("word", 0), NEW) == text.replace("OLD", NEW)
    # a place stays what it is
    assert held(written(before, ("word", 0), NEW), ("word", 0))[1] == NEW


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('image: "docker.io/valkey/valkey:{{ .Values.tag }}"', "docker.io/valkey/valkey"),
        ('image: {{ printf "acme/x:%s" .Values.tag }}', "acme/x"),
        ('image: "redis:{{ .Values.tag }}"', "redis"),
        ("image: redis:{{ .Values.tag }}-alpine", "redis"),
    ],
)
def test_the_name_of_an_image_whose_tag_is_given_is_replaced(text, name):
    assert places(text, "name") == [("name", 0)]
    assert held(text, ("name", 0)) == (1, name)
    after = written(text, ("name", 0), "dhi.io/valkey")
    assert after == text.replace(name, "dhi.io/valkey", 1)
    assert places(after, "name") == [("name", 0)]


@pytest.mark.parametrize(
    ("text", "prefix", "after"),
    [
        (
            'image: "docker.io/valkey/valkey:v{{ .Values.tag }}"',
            "v",
            'image: "docker.io/valkey/valkey:{{ .Values.tag }}"',
        ),
        ('image: {{ printf "acme/x:release-%s" .t }}', "release-", 'image: {{ printf "acme/x:%s" .t }}'),
        ("image: redis:v{{ .Values.tag }}-alpine", "v", "image: redis:{{ .Values.tag }}-alpine"),
        ("image: {{ .Values.name }}:v{{ .Values.tag }}", "v", "image: {{ .Values.name }}:{{ .Values.tag }}"),
        ('{{ printf "%s:v%s" .name .tag }}', "v", '{{ printf "%s:%s" .name .tag }}'),
        ("image: redis:{{ .Values.tag }}", "", "image: redis:{{ .Values.tag }}"),
    ],
)
def test_what_stands_before_a_tag_that_is_given_is_taken_away(text, prefix, after):
    assert places(text, "prefix") == [("prefix", 0)]
    assert places(text, "word") == []
    assert held(text, ("prefix", 0)) == (1, prefix)
    assert written(text, ("prefix", 0), "") == after
    for name in ("word", "name", "prefix"):
        assert places(after, name) == places(text, name)


@pytest.mark.parametrize(
    ("text", "path", "version"),
    [
        ("image: {{ .Values.registry }}/busybox:1.35", "busybox", "1.35"),
        ('image: "{{ .r }}/acme/x-y:1.0.0-alpine"', "acme/x-y", "1.0.0-alpine"),
        ('{{ printf "%s/valkey/valkey:8.1.3" .r }}', "valkey/valkey", "8.1.3"),
        ("image: {{ .r }}/redis:{{ .t }}", "redis", None),
        ("image: {{ .r }}/redis:v{{ .t }}", "redis", None),
        ("image: {{ .Values.name }}:8.1.3", None, "8.1.3"),
        ("image: {{ .r }}/redis@sha256:abc", None, None),
        ("image: {{ .r }}/redis", None, None),
        (f"image: {{{{ .r }}}}/redis:8@sha256:{'a' * 64}", "redis", None),
    ],
)
def test_what_stands_behind_a_registry_or_a_name_that_is_given(text, path, version):
    for name, old, new in (("path", path, "valkey"), ("version", version, "8.1.4-debian13")):
        found = [(name, 0)] if old else []
        assert places(text, name) == found
        for place in found:
            assert held(text, place) == (1, old)
            after = written(text, place, new)
            assert after == text.replace(old, new, 1)
            for other in ("word", "name", "path", "version"):
                assert places(after, other) == places(text, other)
            with pytest.raises(EditRefusedError, match="does not read like"):
                written(text, place, f"{new}@sha256:{'a' * 64}")


@pytest.mark.parametrize(
    "text",
    [
        "image: docker.io/valkey/valkey:8.1.3 # the place of a line",
        "home: https://example.com/a/b:8",
        'image: "{{ .Values.registry }}/valkey/valkey:8.1.3"',
        "path: /usr/share/x:ro",
        "a: redis:7",
        "time: 12:30",
    ],
)
def test_what_reads_like_no_whole_image_is_none(text):
    assert places(text, "word") == []
    assert places(text, "name") == []


@pytest.mark.parametrize(
    ("place", "value"),
    [(("word", 0), "no image"), (("word", 0), 'a/b:1"'), (("name", 0), "a b"), (("prefix", 0), "a b")],
)
def test_what_would_not_read_like_an_image_is_refused(place, value):
    text = 'a: "acme/x:1"\nb: "acme/y:{{ .Values.tag }}"\n'

    with pytest.raises(EditRefusedError, match="does not read like"):
        written(text, place, value)
    with pytest.raises(EditRefusedError, match="any more"):
        held(text, (place[0], 1))
