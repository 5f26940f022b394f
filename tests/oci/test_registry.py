"""The client against a registry that misbehaves."""

import base64
import json
import os
import time
from contextlib import suppress

import pytest

from migrate_dhi import redact
from migrate_dhi.errors import MigrateDhiError, NotInRegistryError, RegistryDeniedError, RegistryError
from migrate_dhi.oci.credentials import Credentials
from migrate_dhi.oci.image import is_for
from migrate_dhi.oci.reference import Reference
from migrate_dhi.oci.store import Store
from migrate_dhi.oci.tokens import _read
from migrate_dhi.oci.transport import Answer
from tests.oci.conftest import client, log_in
from tests.oci.faulty import FaultyRegistry, bearer, cut, slow
from tests.oci.images import hardened


@pytest.fixture
def image(faulty):
    faulty.put("dhi/valkey", "9.0.2", faulty.blobs.index(**hardened("valkey", "9.0.2")))
    return Reference(faulty.host, "dhi/valkey", "9.0.2")


@pytest.fixture
def other():
    registry = FaultyRegistry()
    yield registry
    registry.stop()


def refused(call, *args):
    with pytest.raises(RegistryError) as caught:
        call(*args)
    return caught.value


def test_head_is_asked_first_and_once(faulty, image, home):
    registry = client(home)

    assert registry.digest(image) == registry.digest(image) == faulty.tags["dhi/valkey"]["9.0.2"]["digest"]
    assert [method for method, *_ in faulty.asked] == ["HEAD"]


def test_again_asks_again(faulty, image, home):
    registry = client(home)
    before = registry.digest(image)
    moved = faulty.put("dhi/valkey", "9.0.2", faulty.blobs.index(**hardened("valkey", "9.0.3")))

    assert registry.digest(image) == before
    assert registry.digest(image, again=True) == moved != before


@pytest.mark.parametrize("head", [(405, {}, b""), (200, {}, b"")], ids=["not allowed", "without the digest"])
def test_registry_whose_head_says_nothing(faulty, image, home, head):
    faulty.faults["^HEAD"] = head

    assert client(home).digest(image) == faulty.tags["dhi/valkey"]["9.0.2"]["digest"]


def test_tags_over_several_pages(faulty, home):
    pages = {"": ["1", "2"], "2": ["3"], "3": ["4"]}

    def page(handler):
        last = handler.path.partition("last=")[2]
        following = {"": "2", "2": "3"}.get(last)
        link = {"Link": f'</v2/app/tags/list?last={following}>; rel="next"'} if following else {}
        return 200, link, json.dumps({"tags": pages[last]}).encode()

    faulty.faults["/tags/"] = page

    assert client(home).tags(Reference(faulty.host, "app")) == ("1", "2", "3", "4")


def test_tags_whose_next_page_is_the_same(faulty, home):
    faulty.faults["/tags/"] = (
        200,
        {"Link": f'<{"/v2/app/tags/list?n=1000"}>; rel="next"'},
        b'{"tags": ["1"]}',
    )

    assert client(home).tags(Reference(faulty.host, "app")) == ("1",)
    assert faulty.count("/tags/") <= 2


def test_next_page_on_another_host_is_not_followed(faulty, other, home):
    link = {"Link": f'<http://{other.host}/v2/app/tags/list>; rel="next"'}
    faulty.faults["/tags/"] = (200, link, b'{"tags": ["1"]}')

    assert client(home).tags(Reference(faulty.host, "app")) == ("1",)
    assert other.asked == []


def test_tags_are_kept_for_minutes(faulty, image, home, tmp_path):
    assert client(home, tmp_path).tags(image) == client(home, tmp_path).tags(image) == ("9.0.2",)
    assert faulty.count("/tags/") == 1


def test_tags_that_are_minutes_old_are_asked_for_again(tmp_path):
    Store(tmp_path).keep_tags("r.example/app", ("1",))
    [kept] = (tmp_path / "tags").iterdir()

    assert Store(tmp_path).tags("r.example/app") == ("1",)
    before = time.time() - 11 * 60
    os.utime(kept, (before, before))
    assert Store(tmp_path).tags("r.example/app") is None


def test_token_for_a_login(faulty, image, home):
    bearer(faulty, "acme", "s3cr3t-one")
    log_in(home, faulty.host, username="acme", password="s3cr3t-one")
    registry = client(home)

    registry.configuration(image, "linux/amd64")
    assert faulty.count("/token") == 1
    asked = [path for _, path, _ in faulty.asked if path.startswith("/token")]
    assert asked == ["/token?scope=repository%3Adhi%2Fvalkey%3Apull&service=test"]
    assert redact.text("Bearer t0ken-of-this-run by s3cr3t-one") == "Bearer (hidden) by (hidden)"


def test_identity_token(faulty, image, home):
    bearer(faulty, "-", "s3cr3t-refresh")
    log_in(home, faulty.host, identitytoken="s3cr3t-refresh")

    client(home).digest(image)
    assert [method for method, path, _ in faulty.asked if path == "/token"] == ["POST"]


def test_identity_token_goes_to_no_other_server(faulty, other, image, home):
    bearer(faulty, "-", "s3cr3t-refresh")
    moved = (307, {"Location": f"http://{other.host}/token"}, b"")
    faulty.faults = {"POST /token": moved, **faulty.faults}
    log_in(home, faulty.host, identitytoken="s3cr3t-refresh")

    assert "gives no token" in refused(client(home).digest, image).message
    assert other.asked == []


def test_token_that_has_expired_is_renewed(faulty, image, home):
    bearer(faulty, "acme", "s3cr3t-one", token="first-t0ken")
    log_in(home, faulty.host, username="acme", password="s3cr3t-one")
    registry = client(home)
    registry.digest(image)
    bearer(faulty, "acme", "s3cr3t-one", token="second-t0ken")

    assert registry.digest(image, again=True)
    assert faulty.count("/token") == 2


def test_several_challenges_the_bearer_one_is_answered(faulty, image, home):
    bearer(faulty, "acme", "s3cr3t-one")
    guard = faulty.faults["/v2/.+/"]

    def both(handler):
        answer = guard(handler)
        if answer == "as usual":
            return answer
        return 401, {"WWW-Authenticate": answer[1]["WWW-Authenticate"] + ', Basic realm="test"'}, b""

    faulty.faults["/v2/.+/"] = both
    log_in(home, faulty.host, username="acme", password="s3cr3t-one")

    assert client(home).digest(image)
    assert faulty.asked[-1][2].startswith("Bearer ")


def test_registry_that_hides_from_nobody_in_particular_is_asked_with_the_login(faulty, image, home):
    file = log_in(home, faulty.host, username="acme", password="s3cr3t-one")
    basic = Credentials(home).find(faulty.host).basic

    def hide(handler):
        return "as usual" if handler.headers.get("Authorization") == basic else (404, {}, b"")

    faulty.faults = {"GET /v2/$": (401, {"WWW-Authenticate": 'Basic realm="x"'}, b""), "/v2/.+": hide}

    assert client(home).digest(image)
    file.unlink()
    assert isinstance(refused(client(home).digest, image), NotInRegistryError)


def test_registry_that_has_nothing_is_asked_at_its_door_once(faulty, home):
    registry = client(home)

    for tag in ("1", "2", "3"):
        assert isinstance(refused(registry.digest, Reference(faulty.host, "app", tag)), NotInRegistryError)
    assert faulty.count("/v2/$") == 1


def test_headers_that_stand_there_twice_are_joined(faulty, home):
    def twice(handler):
        handler.send_response(200)
        handler.send_header("X-Name", "one")
        handler.send_header("X-Name", "two")
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    faulty.faults["/twice"] = twice

    answer = client(home)._transport.send("GET", f"http://{faulty.host}/twice", limit=10)
    assert answer.headers["x-name"] == "one, two"


@pytest.mark.parametrize(
    ("platform", "wanted", "fits"),
    [
        ("linux/amd64", "linux/amd64", True),
        ("linux/arm64/v8", "linux/arm64", True),
        ("linux/arm64", "linux/arm64/v8", True),
        ("linux/arm/v7", "linux/arm", True),
        ("linux/arm/v6", "linux/arm/v7", False),
        ("linux/arm64", "linux/arm", False),
        ("windows/amd64", "linux/amd64", False),
    ],
)
def test_platforms(platform, wanted, fits):
    assert is_for(platform, wanted) == fits


def test_expired_login_says_what_to_do(faulty, image, home):
    bearer(faulty, "acme", "s3cr3t-new")
    file = log_in(home, faulty.host, username="acme", password="s3cr3t-old")

    error = refused(client(home).digest, image)

    assert isinstance(error, RegistryDeniedError)
    assert str(file) in error.message
    assert f"docker login {faulty.host}" in error.help
    assert "s3cr3t" not in f"{error!r}{error.help}"


def test_login_is_not_sent_to_a_token_server_without_tls(faulty, image, home, other):
    bearer(faulty, "acme", "s3cr3t-one", realm="http://tokens.example/token")
    log_in(home, faulty.host, username="acme", password="s3cr3t-one")
    registry = client(home)
    registry._schemes[faulty.host] = "http"
    registry._transport.scheme = lambda _: "https"

    assert "not encrypted" in refused(registry.digest, image).message


def test_redirect_to_another_host_without_the_login(faulty, other, image, home):
    bearer(faulty, "acme", "s3cr3t-one")
    log_in(home, faulty.host, username="acme", password="s3cr3t-one")
    other.blobs = faulty.blobs
    faulty.faults = {
        "/blobs/": lambda handler: (307, {"Location": f"http://{other.host}{handler.path}"}, b""),
        **faulty.faults,
    }

    assert client(home).configuration(image, "linux/amd64").user == "nonroot"
    assert [authorization for _, _, authorization in other.asked] == [""]


def test_challenge_of_another_host_is_not_answered(faulty, other, image, home):
    bearer(other, "acme", "s3cr3t-one")
    log_in(home, faulty.host, username="acme", password="s3cr3t-one")
    faulty.faults["/manifests/"] = lambda handler: (
        307,
        {"Location": f"http://{other.host}{handler.path}"},
        b"",
    )

    refused(client(home).digest, image)
    assert other.count("/token") == 0
    assert {authorization for _, _, authorization in other.asked} == {""}


def test_redirect_from_an_encrypted_line_to_a_plain_one_is_not_followed(home):
    transport = client(home)._transport

    error = refused(transport._next, "https://r.example/v2/x", "http://r.example/v2/x")
    assert error.message == "r.example sends to http://r.example, which is not encrypted"
    assert transport._next("http://r.example/v2/x", "https://s.example/") == "https://s.example/"


def test_redirect_without_an_end(faulty, image, home):
    faulty.faults["/manifests/"] = lambda handler: (307, {"Location": handler.path}, b"")

    assert "without an end" in refused(client(home).digest, image).message


BAD = [
    "http://[bad",
    "http://host:999999/",
    "ftp://host/",
    "\\x",
    "http://" + "a" * 70 + ".example/",
]


@pytest.mark.parametrize("bad", BAD)
def test_addresses_that_are_none(faulty, image, home, bad):
    log_in(home, faulty.host, username="acme", password="s3cr3t-one")
    faulty.faults["/manifests/"] = (307, {"Location": bad}, b"")
    refused(client(home).digest, image)

    faulty.faults["/manifests/"] = (401, {"WWW-Authenticate": f'Bearer realm="{bad}"'}, b"")
    refused(client(home).digest, image)

    faulty.faults["/tags/"] = (200, {"Link": f'<{bad}>; rel="next"'}, b'{"tags": ["1"]}')
    with suppress(RegistryError):
        assert client(home).tags(image) == ("1",)


@pytest.mark.parametrize(
    "challenge", ["", "Bearer", "Bearer realm", 'Basic realm="', "Negotiate", "Basic=", 'Bearer x="y"']
)
def test_challenges_that_are_none(faulty, image, home, challenge):
    log_in(home, faulty.host, username="acme", password="s3cr3t-one")
    faulty.faults["/manifests/"] = (401, {"WWW-Authenticate": challenge}, b"")

    assert isinstance(refused(client(home).digest, image), RegistryDeniedError)


def test_token_with_signs_that_no_header_can_have(faulty, image, home):
    bearer(faulty, "acme", "s3cr3t-one", token="to\nken-\u20ac")
    log_in(home, faulty.host, username="acme", password="s3cr3t-one")

    assert "has signs that it cannot have" in refused(client(home).digest, image).message


def test_too_many_requests(faulty, image, home):
    faulty.faults["/manifests/"] = (429, {"Retry-After": "3600"}, b"")

    error = refused(client(home).digest, image)

    assert (faulty.count("/manifests/"), "status 429" in error.message) == (1, True)
    assert error.help == "try again in 3600 seconds; a login is mostly given more"


def test_too_many_requests_for_a_moment(faulty, image, home):
    answers = iter([(429, {"Retry-After": "0"}, b"")])
    faulty.faults["/manifests/"] = lambda _: next(answers, "as usual")

    assert client(home).digest(image)


def test_failures_of_the_server_are_tried_again_but_not_for_ever(faulty, image, home):
    faulty.faults["/manifests/"] = (503, {}, b"")

    assert "status 503" in refused(client(home).digest, image).message
    assert faulty.count("/manifests/") == 3


def test_answer_that_is_cut(faulty, image, home):
    faulty.faults["/tags/"] = cut

    assert refused(client(home).tags, image).message == f"the answer of {faulty.host} was cut short"


def test_content_that_has_not_its_digest(faulty, image, home):
    index = faulty.tags["dhi/valkey"]["9.0.2"]["digest"]
    faulty.faults["^GET .*/manifests/"] = (200, {"Docker-Content-Digest": index}, b'{"manifests": []}')

    assert "does not have the digest" in refused(client(home).manifest, image).message


def test_answer_that_is_too_large(faulty, image, home):
    faulty.faults["/tags/"] = (200, {}, b" " * (5 << 20))

    assert "more than" in refused(client(home).tags, image).message


def test_slow_registry_is_not_waited_for_a_third_time(faulty, image, home):
    faulty.faults["/manifests/"] = slow(1)
    registry = client(home, read=0.2)

    assert "too slowly" in refused(registry.digest, image).message
    assert "too slowly" in refused(registry.digest, Reference(faulty.host, "dhi/another", "1")).message
    begun = time.monotonic()
    assert "too slowly" in refused(registry.digest, Reference(faulty.host, "dhi/other", "1")).message
    assert time.monotonic() - begun < 0.1


def test_answer_that_comes_byte_by_byte(faulty, image, home):
    def trickle(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        for _ in range(40):
            handler.wfile.write(b" ")
            handler.wfile.flush()
            time.sleep(0.05)

    faulty.faults["/tags/"] = trickle

    assert "too slowly: not within 0.3 seconds" in refused(client(home, whole=0.3).tags, image).message


def test_registry_that_is_gone(faulty, image, home):
    registry = client(home)
    registry.digest(image)
    faulty.stop()

    assert refused(registry.digest, Reference(faulty.host, "dhi/other", "1")).message.startswith(faulty.host)


def test_tag_whose_image_is_gone(faulty, image, home):
    index = json.loads(faulty.blobs.content[faulty.tags["dhi/valkey"]["9.0.2"]["digest"]])
    del faulty.blobs.content[index["manifests"][0]["digest"]]
    registry = client(home)

    assert registry.manifest(image).platform("linux/amd64")
    assert isinstance(refused(registry.configuration, image, "linux/amd64"), NotInRegistryError)


@pytest.mark.parametrize(
    "body", [b"[]", b'{"config": 1}', b"\xff", b"[" * 100_000], ids=["list", "odd", "bytes", "deep"]
)
def test_what_is_no_image(faulty, home, body):
    faulty.put("app", "1", faulty.blobs.add(body, "text/plain"))

    assert isinstance(refused(client(home).manifest, Reference(faulty.host, "app", "1")), RegistryError)


def test_docker_hub_is_asked_at_its_own_address(home, monkeypatch):
    asked = []
    registry = client(home)
    monkeypatch.setattr(
        registry._transport, "send", lambda _method, url, *_, **__: asked.append(url) or 1 / 0
    )

    with pytest.raises(ZeroDivisionError):
        registry.digest(Reference.parse("nginx:1.29"))
    assert asked == ["https://registry-1.docker.io/v2/library/nginx/manifests/1.29"]


def test_another_host_is_asked_with_tls_unless_named(home):
    assert client(home)._transport.scheme("registry.example:5000") == "https"
    assert client(home, plain=["registry.example:5000"])._transport.scheme("registry.example:5000") == "http"
    assert client(home, plain=["registry.example:5000"])._transport.scheme("registry.example") == "https"


def test_proxy_of_the_environment_is_used_but_for_this_machine(faulty, image, home, monkeypatch):
    monkeypatch.setenv("http_proxy", f"http://{faulty.host}")
    registry = client(home, plain=["registry.example"])

    refused(registry.manifest, Reference("registry.example", "dhi/valkey", "9.0.2"))
    assert faulty.asked[0][:2] == ("HEAD", "http://registry.example/v2/dhi/valkey/manifests/9.0.2")
    registry.digest(image)
    assert faulty.asked[-1][:2] == ("HEAD", "/v2/dhi/valkey/manifests/9.0.2")


def test_login_of_a_proxy(faulty, home, monkeypatch):
    monkeypatch.setenv("http_proxy", f"me:s3cr3t%40proxy@{faulty.host}")

    refused(client(home, plain=["registry.example"]).manifest, Reference("registry.example", "app", "1"))
    login = faulty.proxy_logins[0].removeprefix("Basic ")
    assert base64.b64decode(login) == b"me:s3cr3t@proxy"
    assert redact.text("s3cr3t@proxy") == "(hidden)"


def test_proxy_of_another_kind(home, monkeypatch):
    monkeypatch.setenv("https_proxy", "gopher://127.0.0.1:9")

    error = refused(client(home).digest, Reference("registry.example", "app", "1"))
    assert error.message == "the proxy of the environment is of a kind that is not known here"


def test_proxy_that_does_not_answer(home, monkeypatch):
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")

    error = refused(client(home).digest, Reference("registry.example", "dhi/valkey", "9.0.2"))
    assert error.message == "the proxy to registry.example does not answer"


def test_name_that_nobody_knows(home):
    error = refused(client(home).digest, Reference("no-such-registry.invalid", "dhi/valkey", "9.0.2"))

    assert error.message == "the name no-such-registry.invalid is not known to this network"


def test_manifests_are_asked_for_in_the_forms_that_are_read_and_blobs_in_any(faulty, image, home):
    asked = []

    def remember(handler):
        asked.append((handler.command, handler.path.split("/")[4], handler.headers.get("Accept", "")))
        return "as usual"

    faulty.faults["/v2/"] = remember
    client(home).configuration(image, "linux/amd64")

    forms = {kind: {accept for _, of, accept in asked if of == kind} for kind in ("manifests", "blobs")}
    (accept,) = forms["manifests"]
    assert {one.strip() for one in accept.split(",")} == {
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.v2+json",
    }
    assert not any("manifest" in accept for accept in forms["blobs"])


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ({"token": "t", "expires_in": 300}, 295),
        ({"access_token": "t", "expires_in": "120"}, 115),
        # Without a word on it a token is good for a minute.
        ({"token": "t"}, 55),
        ({"token": "t", "expires_in": 0}, 55),
        # One that is over at once is used all the same, for a moment.
        ({"token": "t", "expires_in": 3}, 10),
        ({"token": "t", "access_token": "u", "expires_in": 20}, 15),
    ],
)
def test_how_long_a_token_is_good(told, seconds):
    answer = Answer(200, {}, json.dumps(told).encode(), "https://auth.example/token")
    before = time.monotonic()

    grant = _read(answer, "r.example", None)

    assert grant.header == "Bearer t"
    assert seconds - 0.1 <= grant.until - before <= seconds + 2


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[]", b'{"token": ""}', b'{"token": "t", "expires_in": "soon"}', b"{"]
)
def test_a_token_that_cannot_be_read(body):
    with pytest.raises(RegistryError) as caught:
        _read(Answer(200, {}, body, "https://auth.example/token"), "r.example", None)

    assert caught.value.message == "auth.example gives no token for r.example that can be read"
    assert caught.value.help == "try again later"


def test_an_authority_that_is_none_is_refused_by_its_file(tmp_path, home):
    (tmp_path / "ca.pem").write_text("no certificate")
    files = {
        tmp_path / "gone.pem": "there is no such file",
        tmp_path / "ca.pem": "the file holds no certificates in PEM form",
    }

    for file, message in files.items():
        with pytest.raises(MigrateDhiError) as caught:
            client(home, ca=file)
        assert (caught.value.message, caught.value.where, caught.value.help) == (
            message,
            str(file),
            "correct --ca",
        )


def test_a_registry_that_does_not_answer_is_asked_no_more(home):
    registry = client(home, connect=0.2)
    gone = Reference("127.0.0.1:9", "app", "1")

    first = refused(registry.digest, gone)
    before = time.monotonic()
    second = refused(registry.tags, gone)

    assert (second.message, second.help) == (first.message, first.help)
    assert time.monotonic() - before < 0.2
