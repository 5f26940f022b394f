"""The map from upstream to hardened images: what is found, what is asked, what is left alone."""

import pytest

from migrate_dhi.dhi.upstream import known_pairs, match
from migrate_dhi.oci.reference import Reference


@pytest.fixture
def best(catalog, playbooks):
    def find(image):
        candidates = match(Reference.parse(image), catalog, playbooks)
        return (candidates[0].target, candidates[0].confidence) if candidates else None

    return find


@pytest.mark.parametrize(
    ("image", "target"),
    [
        ("valkey/valkey:9.1.1", "valkey"),
        ("docker.io/oliver006/redis_exporter", "redis-exporter"),
        ("alpine:3.20", "alpine-base"),
        ("mongo:8", "mongodb"),
        ("public.ecr.aws/docker/library/redis:8", "redis"),
        ("quay.io/jetstack/cert-manager-controller:v1.19.0", "cert-manager-controller"),
        ("registry.k8s.io/kube-state-metrics/kube-state-metrics:v2.17.0", "kube-state-metrics"),
        # a variant upstream that is a hardened image of its own
        ("docker:dind", "docker-dind"),
        ("docker:27.3-dind", "docker-dind"),
        ("docker:27.3-cli", "docker"),
        # the registry before it moved
        ("k8s.gcr.io/kube-scheduler:v1.23.10", "kube-scheduler"),
        ("ghcr.io/go-gitea/gitea:1.27.2-rootless", "gitea"),
        ("ghcr.io/fluxcd/source-controller", "fluxcd-source-controller"),
        ("goharbor/valkey-photon", "harbor-redis"),
        ("python:3.13-slim", "python"),
    ],
)
def test_known_image_is_certain(best, image, target):
    assert best(image) == (target, "certain")


@pytest.mark.parametrize(
    ("image", "target"),
    [
        ("harbor.example/proxy/prometheus/node-exporter:v1", "node-exporter"),
        ("harbor.example/quay.io/keycloak/keycloak", "keycloak"),
        ("rancher/mirrored-kiwigrid-k8s-sidecar", "k8s-sidecar"),
        ("harbor.example/hub/library/python", "python"),
        # caches that are named after Docker Hub
        ("harbor.example/dockerhub/memcached:1", "memcached"),
        ("artifactory.example/docker-hub-remote/nginx", "nginx"),
        ("harbor.example/docker.io/alpine", "alpine-base"),
        ("harbor.example/dockerhub/oliver006/redis_exporter", "redis-exporter"),
        ("bitnami/memcached", "memcached"),
    ],
)
def test_mirror_and_repackaged_image_is_likely(best, image, target):
    assert best(image) == (target, "likely")


@pytest.mark.parametrize(
    ("image", "target"),
    [
        ("ghcr.io/someone/prometheus", "prometheus"),
        ("registry.example/kyverno-copy/kyverno-cli", "kyverno-cli"),
        ("quay.io/prometheus/busybox", "busybox"),
        ("registry.k8s.io/ingress-nginx/controller", "nginx-ingress"),
        ("ghcr.io/cloudnative-pg/postgresql:17", "postgres"),
    ],
)
def test_name_alone_is_a_question(best, image, target):
    assert best(image) == (target, "weak")


@pytest.mark.parametrize(
    "image",
    [
        "acme/controller",
        "acme/server",
        "acme/busybox-extras",
        "quay.io/minio/minio",
        "ghcr.io/home-assistant/home-assistant",
        "registry.example/operator",
    ],
)
def test_unrelated_image_has_no_counterpart(best, image):
    assert best(image) is None


def test_other_product_is_offered_as_weak(catalog, playbooks):
    candidates = match(Reference.parse("redis:8"), catalog, playbooks)

    assert [(c.target, c.confidence) for c in candidates] == [("redis", "certain"), ("valkey", "weak")]
    assert "another product" in candidates[1].source


def test_every_pair_names_an_image_that_is_or_was_there(catalog):
    targets = {target for pairs in known_pairs().values() for target, _, _ in pairs}

    assert {t for t in targets if t not in catalog and not catalog.past_tags(t)} == set()


def test_every_pair_is_written_in_full():
    assert {image for image in known_pairs() if Reference.parse(image).canonical().image != image} == set()


def test_every_pair_has_a_source():
    assert all(source for pairs in known_pairs().values() for _, _, source in pairs)


def test_what_is_left_out_behind_the_name_makes_it_another_program(best):
    """`dcgm` is no `dcgm-exporter`, though one organisation publishes both."""
    assert best("nvcr.io/nvidia/cloud-native/dcgm:4.6.0") is None
    assert best("nvcr.io/nvidia/k8s/dcgm-exporter:4.6.0-4.8.3") == ("dcgm-exporter", "certain")
    assert best("docker.io/altinity/metrics-exporter:0.25.6") == ("clickhouse-metrics-exporter", "certain")
