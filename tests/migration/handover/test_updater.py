"""Lists of the Argo CD image updater."""

import pytest

from migrate_dhi.migration.handover.updater import of_updaters
from tests.migration.handover import grounds

APPLICATION = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: cache
  namespace: argocd
  annotations:
    argocd-image-updater.argoproj.io/image-list: cache=valkey/valkey:~8, other=acme/own
spec:
  source:
    repoURL: https://charts.example
    chart: plain-chart
    targetRevision: 1.4.0
    helm:
      valuesObject:
        image: {registry: docker.io, repository: valkey/valkey, tag: 8.1.4}
  destination: {namespace: data, server: https://kubernetes.default.svc}
"""


def test_the_list_names_the_hardened_image_with_its_alias(shop):
    shop.write("apps/cache.yaml", APPLICATION)

    plan = shop.plan()
    step = plan["steps"][-1]

    assert shop.changed(step) == [
        "-    argocd-image-updater.argoproj.io/image-list: cache=valkey/valkey:~8, other=acme/own",
        "+    argocd-image-updater.argoproj.io/image-list: cache=dhi.io/valkey:~8, other=acme/own",
    ]
    assert "see that its range lets in tags such as" in step["reason"]
    assert "bot-overwrites" not in {finding["code"] for finding in plan["findings"]}


NGINX = ("nginx:1.29", "dhi.io/nginx:1.29")
KEY = "    argocd-image-updater.argoproj.io/image-list: "


def handed(listed, *images, way="application"):
    """The lines of a list as a hand-over leaves them, and what it says of each."""
    one = grounds.ground(
        files={"app.yaml": f"metadata:\n  annotations:\n{KEY}{listed}\n"}, images=images, way=way
    )
    made = [(edit.line, edit.before, edit.after) for edit in of_updaters(one)]
    return [line.removeprefix(KEY.strip() + " ") for line in grounds.changed(one)], made


@pytest.mark.parametrize(
    ("listed", "images", "after"),
    [
        ("valkey/valkey", [grounds.VALKEY], "dhi.io/valkey"),
        ("a=valkey/valkey:~8, b=acme/x", [grounds.VALKEY], "a=dhi.io/valkey:~8, b=acme/x"),
        ("a=docker.io/valkey/valkey:8.x", [grounds.VALKEY], "a=dhi.io/valkey:8.x"),
        # An alias may be called as the image: other annotations know it by that.
        ("nginx=nginx:~1", [NGINX], "nginx=dhi.io/nginx:~1"),
        ("nginx=nginx", [NGINX], "nginx=dhi.io/nginx"),
        ("nginx=acme/x, web=nginx", [NGINX], "nginx=acme/x, web=dhi.io/nginx"),
        ("web=library/nginx", [NGINX], "web=dhi.io/nginx"),
        ("nginx:1.x", [NGINX], "dhi.io/nginx:1.x"),
        ("a=nginx, b=valkey/valkey", [NGINX, grounds.VALKEY], "a=dhi.io/nginx, b=dhi.io/valkey"),
        ("nginx=acme/x", [NGINX], ""),
        ("a=quay.io/valkey/valkey, b=valkey/valkey-bundle", [grounds.VALKEY], ""),
        ("a=dhi.io/valkey", [grounds.VALKEY], ""),
    ],
)
def test_what_a_list_becomes(listed, images, after):
    lines, made = handed(listed, *images)

    assert lines == ([after] if after else [])
    assert len(made) == (after.count("dhi.io/") if after else 0)


def test_every_line_of_a_list_is_told_with_its_number():
    lines, made = handed("|-\n      a=nginx,\n      b=nginx:~1", NGINX)

    assert lines == ["a=dhi.io/nginx,", "b=dhi.io/nginx:~1"]
    assert made == [(4, "nginx", "dhi.io/nginx"), (5, "nginx", "dhi.io/nginx")]


def test_what_is_no_application_has_no_list():
    assert handed("valkey/valkey", grounds.VALKEY, way="helmrelease") == ([], [])


def test_it_says_which_tags_the_range_has_to_let_in():
    one = grounds.ground(files={"app.yaml": f"{KEY}valkey/valkey:~8\n"})

    (made,) = of_updaters(one)

    assert made.fact == (
        "the image updater follows dhi.io/valkey: see that its range lets in tags such as 8.1.9-debian13"
    )
    assert made.settles == (("app.yaml", 1),)
