"""Lists of the Argo CD image updater."""

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


def test_every_image_of_a_list_is_handed_over_wherever_it_stands(shop):
    text = APPLICATION.replace(
        "image-list: cache=valkey/valkey:~8, other=acme/own",
        "image-list: |-\n      cache=valkey/valkey:~8,\n      more=docker.io/valkey/valkey:~8, again=valkey/valkey:~9",
    )
    shop.write("apps/cache.yaml", text)

    plan = shop.plan()

    assert shop.changed(plan["steps"][-1]) == [
        "-      cache=valkey/valkey:~8,",
        "-      more=docker.io/valkey/valkey:~8, again=valkey/valkey:~9",
        "+      cache=dhi.io/valkey:~8,",
        "+      more=dhi.io/valkey:~8, again=dhi.io/valkey:~9",
    ]
    assert "bot-overwrites" not in {finding["code"] for finding in plan["findings"]}
