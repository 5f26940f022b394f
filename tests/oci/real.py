"""A real registry on this machine: Debian's docker-registry, filled by skopeo."""

import base64
import http.client
import os
import shutil
import socket
import subprocess
import time

import pytest

USER, PASSWORD = "acme", "s3cr3t-t0ken"
# bcrypt of the password, at the least cost: htpasswd -nbBC 4 acme s3cr3t-t0ken
HTPASSWD = f"{USER}:$2b$04$NPyFUMWlU6pmDYDs6lec3.P5dH/Z7Iger3qe8OArPZtB0CmiTPdsS\n"
BASIC = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
# Looked at once: tests take such variables out of the environment.
PROMISED = bool(os.environ.get("MIGRATE_DHI_TEST_REGISTRY"))
MISSING = [name for name in ("docker-registry", "skopeo", "openssl") if not shutil.which(name)]


def require():
    """Skip where the programs are missing, but fail where they were promised (.ci/run)."""
    if MISSING:
        told = f"not on this machine: {', '.join(MISSING)} (Debian: apt-get install docker-registry skopeo openssl)"
        if PROMISED:
            pytest.fail(told)
        pytest.skip(told)


class RealRegistry:
    """One registry that runs; logins are USER with PASSWORD."""

    def __init__(self, folder, *, tls=None):
        self.port = free_port()
        self.host = f"127.0.0.1:{self.port}"
        self.log = folder / "log"
        self.storage = folder / "storage"
        (folder / "htpasswd").write_text(HTPASSWD)
        lines = [
            "version: 0.1",
            "log: {level: info, accesslog: {disabled: false}}",
            f"storage: {{filesystem: {{rootdirectory: {self.storage}}}, delete: {{enabled: true}}}}",
            f"auth: {{htpasswd: {{realm: test, path: {folder / 'htpasswd'}}}}}",
            f"http: {{addr: '{self.host}', secret: x"
            + (f", tls: {{certificate: {tls[0]}, key: {tls[1]}}}" if tls else "")
            + "}",
        ]
        (folder / "config.yml").write_text("\n".join(lines))
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                ["docker-registry", "serve", str(folder / "config.yml")], stdout=log, stderr=log
            )

    def fill(self, layout, tag, place):
        """Copy an image of a layout with all its platforms, as a person would mirror one."""
        subprocess.run(
            [
                "skopeo",
                "--insecure-policy",
                "copy",
                "--quiet",
                "--all",
                "--preserve-digests",
                "--dest-tls-verify=false",
                f"--dest-creds={USER}:{PASSWORD}",
                f"oci:{layout}:{tag}",
                f"docker://{self.host}/{place}",
            ],
            check=True,
            capture_output=True,
            timeout=60,
        )

    def put_tags(self, repository, tags, digest):
        """Give one manifest many tags, where the registry keeps them: through its API that takes seconds."""
        place = self.storage / "docker/registry/v2/repositories" / repository / "_manifests/tags"
        for tag in tags:
            (place / tag / "current").mkdir(parents=True)
            (place / tag / "current/link").write_text(digest)

    def delete(self, repository, digest):
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        connection.request("DELETE", f"/v2/{repository}/manifests/{digest}", headers={"Authorization": BASIC})
        assert connection.getresponse().status == 202

    def __enter__(self):
        wait_for(self.port, self.process, self.log)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(10)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(port, process, log):
    for _ in range(200):
        assert process.poll() is None, log.read_text()
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(log.read_text())


def certificates(folder):
    """An authority of our own, and a certificate of it for 127.0.0.1: (authority, certificate, key)."""
    ca, key, request, certificate = (
        folder / name for name in ("ca.pem", "key.pem", "request.pem", "cert.pem")
    )
    extension = folder / "extension"
    extension.write_text("subjectAltName=IP:127.0.0.1,DNS:localhost\n")
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    for words in (
        [
            "req",
            "-x509",
            *curve,
            "-keyout",
            str(folder / "ca.key"),
            "-out",
            str(ca),
            "-subj",
            "/CN=Test CA",
            "-addext",
            # Python asks for it from 3.13 on.
            "keyUsage=critical,keyCertSign,cRLSign",
            "-days",
            "2",
        ],
        ["req", *curve, "-keyout", str(key), "-out", str(request), "-subj", "/CN=127.0.0.1"],
        [
            "x509",
            "-req",
            "-in",
            str(request),
            "-CA",
            str(ca),
            "-CAkey",
            str(folder / "ca.key"),
            "-CAcreateserial",
            "-out",
            str(certificate),
            "-days",
            "2",
            "-extfile",
            str(extension),
        ],
    ):
        subprocess.run(["openssl", *words], check=True, capture_output=True)
    return ca, certificate, key
