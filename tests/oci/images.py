"""Images to fill registries with: an OCI layout on disk, in the shape of hardened images."""

import hashlib
import json

INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
PLATFORMS = ("linux/amd64", "linux/arm64/v8")


def digest_of(data):
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


class Blobs:
    """Blobs by their digest, and the descriptors that name them."""

    def __init__(self):
        self.content = {}

    def add(self, data, media_type):
        data = data if isinstance(data, bytes) else json.dumps(data).encode()
        self.content[digest_of(data)] = data
        return {"mediaType": media_type, "digest": digest_of(data), "size": len(data)}

    def image(self, platform, **config):
        """One image; ``config`` is what its configuration says."""
        os, architecture, *variant = platform.split("/")
        layer = self.add(b"layer", "application/vnd.oci.image.layer.v1.tar")
        place = {"os": os, "architecture": architecture, **({"variant": variant[0]} if variant else {})}
        data = {**place, "config": config, "rootfs": {"type": "layers", "diff_ids": [layer["digest"]]}}
        described = self.add(data, "application/vnd.oci.image.config.v1+json")
        manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "config": described, "layers": [layer]}
        return {**self.add(manifest, MANIFEST), "platform": place}

    def index(self, platforms=PLATFORMS, **config):
        """An index of one image for each platform, and an attestation as builders put beside them."""
        images = [self.image(platform, **config) for platform in platforms]
        unknown = {"os": "unknown", "architecture": "unknown"}
        images.append({**images[0], "platform": unknown})
        return self.add({"schemaVersion": 2, "mediaType": INDEX, "manifests": images}, INDEX)

    def write(self, folder, tags):
        """An OCI layout with tags that name descriptors."""
        blobs = folder / "blobs/sha256"
        blobs.mkdir(parents=True)
        for digest, data in self.content.items():
            (blobs / digest.partition(":")[2]).write_bytes(data)
        (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
        manifests = [
            {**found, "annotations": {"org.opencontainers.image.ref.name": tag}}
            for tag, found in tags.items()
        ]
        (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": manifests}))


def hardened(name, version, user="nonroot", shell="", **others):
    """The configuration of a hardened image, with the labels that such images have."""
    labels = {
        "com.docker.dhi.name": name,
        "com.docker.dhi.version": version,
        "com.docker.dhi.shell": shell,
        "com.docker.dhi.date.end-of-life": "2030-01-31",
    }
    return {
        "User": user,
        "Entrypoint": [f"/usr/bin/{name}"],
        "Env": ["PATH=/usr/bin", "A=b=c"],
        "ExposedPorts": {"6379/tcp": {}},
        "WorkingDir": "/data",
        "Labels": labels,
        **others,
    }
