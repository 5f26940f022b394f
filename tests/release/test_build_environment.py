"""The variables of Argo CD's build environment: what a text becomes, and what is not known of it here."""

import pytest

from migrate_dhi.release.build_environment import build_environment, fill_of, leading, substituted, unknown_in

KNOWN = {"A": "x", "LONG_1": "y", "EMPTY": ""}


@pytest.mark.parametrize(
    ("text", "becomes"),
    [
        ("$A", "x"),
        ("${A}", "x"),
        ("$A.yaml", "x.yaml"),
        ("a/$A/${LONG_1}.yaml", "a/x/y.yaml"),
        # A name goes on as long as it can, and one that is none becomes nothing.
        ("$Ab", ""),
        ("${A}b", "xb"),
        ("$LONG_1-$A", "y-x"),
        ("$a", ""),
        ("-$EMPTY-$NONE-", "---"),
        ("${NONE}", ""),
        ("$$", "$"),
        ("$$A", "$A"),
        ("$$$A", "$x"),
        # Go's os.Expand takes one of these for a whole name.
        ("$*A", "A"),
        ("$1", ""),
        ("${}", ""),
        # Nothing that begins a name follows.
        ("5$", "5$"),
        ("$ A", "$ A"),
        ("$/A", "$/A"),
        ("plain", "plain"),
        ("", ""),
    ],
)
def test_a_text_with_variables(text, becomes):
    assert substituted(text, KNOWN) == becomes


@pytest.mark.parametrize(
    ("text", "unknown", "begins"),
    [
        ("$ARGOCD_APP_REVISION/a", "ARGOCD_APP_REVISION", "ARGOCD_APP_REVISION"),
        ("a-${ARGOCD_APP_REVISION_SHORT_8}", "ARGOCD_APP_REVISION_SHORT_8", ""),
        ("${KUBE_API_VERSIONS}$KUBE_VERSION", "KUBE_API_VERSIONS", "KUBE_API_VERSIONS"),
        ("$ARGOCD_APP_NAME", "", "ARGOCD_APP_NAME"),
        ("$values/a.yaml", "", "values"),
        ("${values}/a.yaml", "", "values"),
        ("$ARGOCD_APP_REVISIONS", "", "ARGOCD_APP_REVISIONS"),
        ("KUBE_VERSION", "", ""),
        ("$$KUBE_VERSION", "", "$"),
        ("a$values", "", ""),
    ],
)
def test_what_is_not_known_of_a_text(text, unknown, begins):
    assert (unknown_in(text), leading(text)) == (unknown, begins)


def test_each_variable_is_from_its_own_place():
    application = {
        "metadata": {"name": "web", "namespace": "argocd"},
        "spec": {"project": "tier", "destination": {"namespace": "shop", "server": "s"}},
    }
    source = {"path": "apps/web", "repoURL": "https://example.com/a.git", "targetRevision": "v1", "ref": "r"}

    assert build_environment(application, source) == {
        "ARGOCD_APP_NAME": "web",
        "ARGOCD_APP_NAMESPACE": "shop",
        "ARGOCD_APP_PROJECT_NAME": "tier",
        "ARGOCD_APP_SOURCE_PATH": "apps/web",
        "ARGOCD_APP_SOURCE_REPO_URL": "https://example.com/a.git",
        "ARGOCD_APP_SOURCE_TARGET_REVISION": "v1",
    }
    assert set(build_environment({}, {}).values()) == {""}


@pytest.mark.parametrize(
    ("parameters", "fill"),
    [
        ([{"name": "a", "value": "$A-${A}-$$"}], {"$A": "x", "${A}": "x", "$$": "$"}),
        ([{"name": "a", "value": "$NONE"}], {"$NONE": ""}),
        # Only the sync knows it: it stays as it stands.
        ([{"name": "a", "value": "$KUBE_VERSION-$A"}], {"$A": "x"}),
        # Names are not filled in.
        ([{"name": "$A", "value": "b"}], {}),
        ([{"name": "a"}, {"value": 5}, "text", None], {}),
        (None, {}),
    ],
)
def test_what_fills_the_values_of_parameters(parameters, fill):
    assert fill_of(parameters, KNOWN) == fill
