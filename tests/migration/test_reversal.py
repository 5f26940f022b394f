"""Merged steps are taken back on a new branch: found however they were merged, undone by their own lines, proven."""

import json
import shutil

import pytest

from migrate_dhi.errors import BlockedError, BranchExistsError, RepositoryError, UnknownStepError
from migrate_dhi.git.history import FileDiff
from migrate_dhi.git.repository import Repository
from migrate_dhi.helm.shelf import Shelf
from migrate_dhi.migration.landed import Target, WrittenStep
from migrate_dhi.migration.restored import Restored
from migrate_dhi.migration.reversal import Reversal, ReversedStep, RollbackResult, plan_reversal
from migrate_dhi.migration.status import read_status
from tests.copies import become

CHART, BRANCH, BACK = "apps/web", "dhi/apps-web", "dhi/apps-web-reversal"
VALUES, META = f"{CHART}/values.yaml", f"{CHART}/Chart.yaml"
FILES = {
    META: "apiVersion: v2\nname: web\nversion: 0.2.1\nappVersion: 8.1.3\n",
    VALUES: """\
# what runs
image:
  registry: docker.io # the hub
  repository: valkey/valkey
  tag: 8.1.3
imagePullSecrets: []
replicas: 1
""",
    f"{CHART}/templates/deployment.yaml": """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels: {helm.sh/chart: "{{ .Chart.Name }}-{{ .Chart.Version }}"}
spec:
  replicas: {{ .Values.replicas }}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      imagePullSecrets: {{ toYaml .Values.imagePullSecrets | nindent 8 }}
      containers:
        - name: main
          image: "{{ .Values.image.registry }}/{{ .Values.image.repository }}:{{ .Values.image.tag }}"
""",
}
STEPS = ["registry", "tag", "pull-secret", "versions"]


class Shop:
    """A repository with one chart, migrated on a branch."""

    def __init__(self, workshop, made):
        self.workshop, self.root, self.git, self.run = workshop, workshop.root, workshop.git, workshop.run
        if made.exists():
            become(self.root, made)
        else:
            self._make()
            shutil.copytree(self.root, made)
        self.start = workshop.head()
        self.steps = self.git("log", "--reverse", "--format=%H", f"main..{BRANCH}").split()
        assert len(self.steps) == len(STEPS)

    def _make(self):
        for path, text in FILES.items():
            self.write(path, text)
        self.workshop.commit("add the chart")
        ran = self.run(
            CHART, "--yes", "--to", "dhi.io/valkey:9.0.2-debian13", "--pull-secret", "dhi", "--accept", "all"
        )
        assert ran.code == 0, ran.err

    def write(self, path, text):
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text)

    def read(self, path, revision=BACK):
        return self.git("show", f"{revision}:{path}") + "\n"

    def change(self, path, old, new):
        text = (self.root / path).read_text()
        assert old in text
        self.write(path, text.replace(old, new, 1))
        return self.workshop.commit(f"change {path}")

    def merge(self, how):
        """Merge as people do on a hosting site; without the branch where that deletes it."""
        getattr(self, f"_{how}")()

    def _ff(self):
        self.git("merge", "--quiet", "--ff-only", BRANCH)

    def _merge(self):
        self.git("merge", "--quiet", "--no-ff", BRANCH)

    def _rebase(self):
        self.write("README.md", "other\n")
        self.workshop.commit("meanwhile")
        self.git("cherry-pick", f"main..{BRANCH}")

    def _squash(self, message=None):
        messages = self.git("log", "--reverse", "--format=* %s%n%n%b", f"main..{BRANCH}")
        self.git("merge", "--quiet", "--squash", BRANCH)
        self.git("commit", "--quiet", "-m", message or f"Harden web (#1)\n\n{messages}")

    def _squash_without_text(self):
        self._squash("Harden web (#1)")

    def back(self, *flags, code=0):
        ran = self.run("rollback", *(flags or (CHART,)), "--yes", "--offline")
        assert ran.code == code, ran.err
        return ran

    def result(self, *flags):
        return json.loads(self.back(*(flags or (CHART,)), "--format", "json").out)

    def subjects(self):
        return self.git("log", "--format=%s", f"main..{BACK}").splitlines()


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Where the repository is that all of them are copies of."""
    return tmp_path_factory.mktemp("made") / "repo"


@pytest.fixture
def shop(workshop, made):
    return Shop(workshop, made)


WAYS = ["ff", "merge", "rebase", "squash", "squash_without_text"]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kept", [True, False], ids=["branch", "no-branch"])
def test_every_way_to_merge_is_found_and_reversed(shop, way, kept):
    shop.merge(way)
    if not kept:
        shop.git("branch", "-D", BRANCH)
    before = shop.workshop.picture(), shop.git("rev-parse", "main")
    if way == "squash_without_text" and not kept:
        assert "no migration branch" in shop.run("rollback", CHART, "--yes").error["error"]
        return
    result = shop.result()
    assert (result["branch"], result["into"], result["deleted"]) == (BACK, "main", False)
    assert shop.git("rev-parse", f"{BACK}:{CHART}") == shop.git("rev-parse", f"{shop.start}:{CHART}")
    assert result["proof"]["proven"], result["proof"]
    assert result["proof"]["fields"] >= 3
    assert not result["findings"]
    commits = 1 if way == "squash" and not kept else len(STEPS)
    assert len(shop.subjects()) == commits
    names = [name for step in result["reversed"] for name in step["name"].split("+")]
    assert sorted(names) == sorted(STEPS)
    if commits > 1:
        assert names == STEPS[::-1]
    after = shop.workshop.picture()
    assert {path: after[path] for path in before[0] if "/objects/" not in path} == {
        path: one for path, one in before[0].items() if "/objects/" not in path
    }
    assert shop.git("rev-parse", "main") == before[1]


@pytest.mark.parametrize(
    ("way", "said"),
    [
        ("merge", "merged"),
        ("rebase", "merged by rebase"),
        ("squash", "merged by squash"),
        ("squash_without_text", "merged by squash"),
    ],
)
def test_the_status_tells_how_it_was_merged(shop, way, said):
    assert shop.run("status").out.splitlines()[0] == f"{BRANCH}  {CHART}, not merged"
    shop.merge(way)
    assert shop.run("status").out.splitlines()[0] == f"{BRANCH}  {CHART}, {said}"


def test_merged_with_other_edits_is_found_by_content(shop):
    shop.git("merge", "--quiet", "--squash", BRANCH)
    shop.write(VALUES, "# all new\n" + (shop.root / VALUES).read_text().replace("replicas: 1", "replicas: 5"))
    shop.workshop.commit("my own words")
    assert "its changes are there" in shop.run("status").out
    shop.back()
    assert shop.read(VALUES) == "# all new\n" + FILES[VALUES].replace("replicas: 1", "replicas: 5")


def test_half_of_it_by_hand_is_no_merge(shop):
    shop.change(VALUES, "docker.io", "dhi.io")
    assert "not merged" in shop.run("status").out
    assert json.loads(shop.back(CHART, "--format", "json").out)["deleted"]


def test_each_commit_takes_one_step_back_with_its_trailers(shop):
    shop.merge("merge")
    shop.back()
    assert shop.subjects()[-1] == "revert: " + shop.git("log", "-1", "--format=%s", shop.steps[-1])
    last = shop.git("log", "-1", "--format=%(trailers)", BACK)
    assert "DHI-Reverts: registry" in last
    assert f"DHI-Chart: {CHART}" in last
    assert "DHI-Image: dhi.io/valkey:8.1.3 -> docker.io/valkey/valkey:8.1.3" in last
    assert "DHI-Proof: " in last


def test_to_a_step_which_stays(shop):
    shop.merge("merge")
    result = shop.result(CHART, "--to", "tag")
    assert [step["name"] for step in result["reversed"]] == ["versions", "pull-secret"]
    assert result["kept"] == ["registry", "tag"]
    assert shop.git("rev-parse", f"{BACK}^{{tree}}") == shop.git("rev-parse", f"{shop.steps[1]}^{{tree}}")


def test_to_the_last_step_is_nothing_to_do(shop):
    shop.merge("merge")
    assert "Nothing to take back" in shop.back(CHART, "--to", "versions").out
    assert BACK not in shop.workshop.branches()


def test_a_step_can_be_left_out(shop):
    shop.merge("merge")
    shop.change(META, "0.2.2", "0.3.0")
    error = shop.back(code=5).error
    assert "version in apps/web/Chart.yaml is 0.3.0, and the step versions left 0.2.2" in error["error"]
    assert "--skip versions" in error["help"]
    result = shop.result(CHART, "--skip", "versions")
    assert [step["name"] for step in result["reversed"]] == ["pull-secret", "tag", "registry"]
    assert result["proof"]["proven"]
    assert "version: 0.3.0" in shop.read(META)


@pytest.mark.parametrize("flags", [("--to", "probes"), ("--skip", "probes")])
def test_a_step_that_is_not_there(shop, flags):
    shop.merge("merge")
    assert "registry, tag, pull-secret, versions" in shop.back(CHART, *flags, code=2).error["help"]


def test_what_was_changed_since_in_the_same_file_stays(shop):
    shop.merge("merge")
    shop.change(VALUES, "replicas: 1\n", "replicas: 3 # more\nextra: true\n")
    shop.change(VALUES, "  - name: dhi\n", "  - name: dhi\n  - name: mirror\n")
    result = shop.result()
    assert shop.read(VALUES) == FILES[VALUES].replace(
        "imagePullSecrets: []\nreplicas: 1\n",
        "imagePullSecrets:\n  - name: mirror\nreplicas: 3 # more\nextra: true\n",
    )
    # The item that the step added is gone again; the one that came since is none of its fields.
    assert result["proof"]["proven"]


def test_a_value_that_was_changed_since_is_a_conflict_and_nothing_is_written(shop):
    shop.merge("merge")
    shop.change(VALUES, "9.0.2-debian13", "9.1.0-debian13")
    refs = shop.workshop.refs()
    error = shop.back(code=5).error
    assert "image.tag in apps/web/values.yaml is 9.1.0-debian13" in error["error"]
    assert "the step tag left 9.0.2-debian13" in error["error"]
    assert shop.workshop.refs() == refs


def test_a_template_that_changed_since_is_told_by_the_proof(shop):
    shop.merge("merge")
    template = f"{CHART}/templates/deployment.yaml"
    shop.change(template, '"{{ .Values.image.registry }}/', '"mirror.example/{{ .Values.image.registry }}/')
    error = shop.back(code=5).error
    assert error["error"].startswith(
        "apps/web: reversal-differs: Deployment/web spec.template.spec.containers[main].image"
    )
    assert BACK not in shop.workshop.branches()
    result = shop.result(CHART, "--accept", "reversal-differs")
    assert not result["proof"]["proven"]
    assert "DHI-Proof" not in shop.git("log", "-1", "--format=%B", BACK)


def test_what_uses_the_values_since_is_told(shop):
    shop.merge("merge")
    text = FILES[f"{CHART}/templates/deployment.yaml"]
    shop.write(
        f"{CHART}/templates/second.yaml", text.replace("name: web\n  labels", "name: second\n  labels")
    )
    shop.workshop.commit("another")
    result = shop.result()
    assert {finding["code"] for finding in result["findings"]} == {"reversal-changes-more"}
    assert any("Deployment/second" in finding["message"] for finding in result["findings"])


def test_a_chart_that_does_not_render_is_not_proven(shop):
    shop.merge("merge")
    shop.write(f"{CHART}/templates/bad.yaml", '{{ fail "no" }}\n')
    shop.workshop.commit("broken")
    result = shop.result()
    assert (result["proof"]["proven"], result["proof"]["releases"]) == (False, [])
    assert [finding["code"] for finding in result["findings"]] == ["reversal-unproven"]


def test_random_output_is_no_difference(shop, workshop):
    shop.merge("merge")
    shop.write(
        f"{CHART}/templates/random.yaml",
        "kind: ConfigMap\napiVersion: v1\nmetadata: {name: r}\ndata: {a: '{{ randAlphaNum 9 }}', at: '{{ now }}'}\n",
    )
    workshop.commit("random")
    assert shop.result()["proof"]["proven"]


def test_after_the_reversal_is_merged_nothing_is_left(shop):
    shop.merge("merge")
    shop.back()
    shop.git("merge", "--quiet", "--no-ff", BACK)
    assert "taken back since: registry, tag, pull-secret, versions" in shop.run("status").out
    assert "Nothing to take back" in shop.run("rollback").out
    shop.git("branch", "-D", BACK)
    assert "Nothing to take back" in shop.back().out
    shop.git("branch", "-D", BRANCH)
    assert "were taken back already" in shop.back(code=2).error["error"]


@pytest.mark.parametrize("of", ["merge", "step"])
def test_a_plain_revert_counts_as_taken_back(shop, of):
    shop.merge("merge")
    if of == "merge":
        shop.git("revert", "--no-edit", "-m", "1", "HEAD")
    else:
        shop.git("revert", "--no-edit", shop.steps[-1])
    back = STEPS if of == "merge" else ["versions"]
    (branch,) = read_status(Repository.discover(shop.root)).branches
    assert sorted(branch.taken_back) == sorted(back)
    if of == "step":
        assert [step["name"] for step in shop.result()["reversed"]] == ["pull-secret", "tag", "registry"]


def test_migrated_again_after_the_reversal(shop):
    shop.merge("merge")
    shop.back()
    shop.git("merge", "--quiet", "--no-ff", BACK)
    shop.git("branch", "-D", BRANCH, BACK)
    again = shop.run(
        CHART, "--yes", "--to", "dhi.io/valkey:9.0.2-debian13", "--pull-secret", "dhi", "--accept", "all"
    )
    assert again.code == 0, again.err
    assert shop.run("status").out.splitlines()[0] == f"{BRANCH}  {CHART}, not merged"
    shop.git("merge", "--quiet", "--no-ff", BRANCH)
    assert [step["name"] for step in shop.result()["reversed"]] == STEPS[::-1]


def test_the_branch_exists_already(shop):
    shop.merge("merge")
    shop.back()
    assert "--branch" in shop.back(code=4).error["help"]
    assert shop.result(CHART, "--branch", "back/web")["branch"] == "back/web"


def test_merged_on_a_remote_only(shop, tmp_path):
    shop.git("clone", "--quiet", "--bare", ".", str(tmp_path / "origin.git"))
    shop.git("remote", "add", "origin", str(tmp_path / "origin.git"))
    shop.git("push", "--quiet", "origin", f"{BRANCH}:main")
    shop.git("fetch", "--quiet", "origin")
    shop.git("remote", "set-head", "origin", "main")
    result = shop.result()
    assert result["into"] == "origin/HEAD"
    assert shop.git("merge-base", BACK, BRANCH) == shop.steps[-1]


def test_a_branch_that_went_on_after_its_merge(shop):
    shop.merge("merge")
    shop.git("switch", "--quiet", BRANCH)
    shop.write("later", "x\n")
    later = shop.workshop.commit("later")
    shop.git("switch", "--quiet", "main")
    result = shop.result(BRANCH)
    assert [step["name"] for step in result["reversed"]] == STEPS[::-1]
    assert shop.git("rev-parse", BRANCH) == later


def test_squashed_steps_cannot_be_parted_without_their_branch(shop):
    shop.merge("squash")
    assert len(shop.result(CHART, "--to", "tag")["reversed"]) == 2
    shop.git("branch", "-D", BRANCH, BACK)
    assert "squashed into one commit" in shop.back(CHART, "--to", "tag", code=4).error["error"]


def test_a_dirty_worktree_and_a_checked_out_branch_do_not_matter(shop):
    shop.merge("merge")
    shop.git("switch", "--quiet", BRANCH)
    shop.write(VALUES, "dirty\n")
    assert shop.result(BRANCH, "--base", "main")["proof"]["proven"]
    assert (shop.root / VALUES).read_text() == "dirty\n"


def test_the_lines_of_a_reversal(shop):
    shop.merge("merge")
    out = shop.back().out
    assert out.startswith(f"✓ Wrote {BACK} on main, which takes merged steps of {CHART} back, newest first:")
    assert "✓ rendered for default/web (apps/web/Chart.yaml): " in out
    assert f"git branch -D {BACK}" in out


def test_what_can_be_taken_back_is_listed(shop):
    out = shop.run("rollback").out
    assert f"{BRANCH}  {CHART}, not merged: takes back registry, tag, pull-secret, versions" in out
    assert f"migrate-dhi rollback {BRANCH}" in out
    shop.merge("merge")
    assert "merged: a new branch would reverse" in shop.run("rollback").out
    shop.git("branch", "-D", BRANCH)
    assert f"{CHART}  merged, its branch is gone: a new branch would reverse" in shop.run("rollback").out
    assert json.loads(shop.run("rollback", "--format", "json").out)["merged"][0]["chart"] == CHART


def test_after_going_back_to_a_step_the_status_shows_what_is_there(shop):
    shop.run("rollback", CHART, "--to", "registry", "--yes")
    out = shop.run("status").out
    assert "docker.io/valkey/valkey:8.1.3 → dhi.io/valkey:8.1.3" in out
    assert "9.0.2" not in out
    assert "does not run as it is: registry wants tag, which is not there" in out


def test_a_mistyped_chart_is_no_chart(shop):
    error = shop.run("status", "apps/wbe").error
    assert "no chart, release or branch apps/wbe" in error["error"]
    assert "did you mean" in error["help"]
    assert CHART in error["help"]
    assert shop.run("status", "apps/wbe").code == 2
    shop.write("apps/other/Chart.yaml", "name: other\nversion: 1.0.0\n")
    shop.workshop.commit("another chart")
    # A chart, its release and the file that declares it are there, though none of them was migrated.
    for known in ("apps/other", "default/other", "apps/other/Chart.yaml"):
        assert shop.run("status", known).code == 0
    assert "default/other" in shop.run("status", "default/othr").error["help"]


def test_a_chart_beside_that_it_depends_on_is_rendered_with_it(workshop):
    library = "apiVersion: v2\nname: lib\nversion: 1.0.0\n"
    files = {
        "libs/lib/Chart.yaml": library,
        "libs/lib/values.yaml": "tag: x\n",
        "libs/lib/templates/map.yaml": "kind: ConfigMap\napiVersion: v1\nmetadata: {name: lib}\ndata: {t: '{{ .Values.tag }}'}\n",
    }
    for path, text in files.items():
        (workshop.root / path).parent.mkdir(parents=True, exist_ok=True)
        (workshop.root / path).write_text(text)
    chart = workshop.root / "apps/user"
    chart.mkdir(parents=True)
    (chart / "Chart.yaml").write_text(
        "apiVersion: v2\nname: user\nversion: 1.0.0\n"
        "dependencies:\n- {name: lib, version: 1.0.0, repository: 'file://../../libs/lib'}\n"
    )
    (chart / "values.yaml").write_text("lib: {tag: one}\n")
    workshop.commit("charts")
    (chart / "values.yaml").write_text("lib: {tag: two}\n")
    workshop.commit("tag\n\nDHI-Step: tag\nDHI-Chart: apps/user")
    ran = workshop.run("rollback", "apps/user", "--yes", "--offline", "--format", "json")
    assert ran.code == 0, ran.err
    assert json.loads(ran.out)["proof"]["proven"], ran.out


@pytest.mark.parametrize("way", ["ff", "squash"])
def test_a_reversal_is_listed_until_it_is_merged_and_what_it_takes_back_is_not_offered(shop, way):
    shop.merge(way)
    shop.back()

    names = ", ".join(reversed(STEPS))
    status = read_status(Repository.discover(shop.root))
    (waiting,) = status.reversals
    assert [one.branch for one in status.branches] == [BRANCH]
    assert (waiting.branch, str(waiting.target), ", ".join(waiting.takes_back)) == (BACK, CHART, names)
    assert f"{BACK}  {CHART}, not merged\n  takes back {names}\n" in shop.run("status").out
    assert f"takes back {names}" in shop.run("status", CHART).out
    assert f"takes back {names}" in shop.run("status", BACK).out
    offered = shop.run("rollback").out
    assert f"{BRANCH} {BACK} takes {names} back, once it is merged" in " ".join(offered.split())
    assert "migrate-dhi rollback" not in offered
    assert "takes steps of apps/web back itself, and is not merged" in shop.back(BACK, code=2).err

    shop.git("merge", "--quiet", "--squash", BACK)
    shop.git("commit", "--quiet", "-m", shop.git("log", "--format=* %s%n%n%b", f"main..{BACK}"))

    assert read_status(Repository.discover(shop.root)).reversals == ()
    assert shop.run("rollback").out.startswith("Nothing to take back: all merged steps")


# what is decided before anything is rendered, of trees in memory


class Trees:
    """Commits by name, each with its files; no branch is there, and what is written is remembered."""

    root = "/nowhere"

    def __init__(self, **commits):
        self.commits, self.written = commits, []

    def differences(self, pairs):
        return [
            [
                FileDiff(path, self.commits[one].get(path, ""), self.commits[two].get(path, ""))
                for path in sorted(self.commits[one].keys() | self.commits[two].keys())
                if self.commits[one].get(path) != self.commits[two].get(path)
            ]
            for one, two in pairs
        ]

    def blobs(self, names):
        return {name: name.encode() for name in names}

    def read_all(self, commit, paths):
        return {path: self.commits[commit][path].encode() for path in paths if path in self.commits[commit]}

    def require_free(self, branch):
        raise BranchExistsError(f"{branch} is there")

    def write_branch(self, branch, base, drafts, *, run_hooks):
        self.written += [(branch, base, run_hooks, draft.message, draft.files) for draft in drafts]
        return [f"new{n}" for n, _ in enumerate(drafts)]

    def hooks(self):
        return ()


def one_step(name, commit="one", parent="none", **more):
    return WrittenStep(name, commit, f"feat: {name}", more.pop("images", ()), "helm 4", parent, **more)


TREES = {
    "none": {"v.yaml": "registry: docker.io\ntag: 1\nother: x\n"},
    "one": {"v.yaml": "registry: dhi.io\ntag: 1\nother: x\n"},
    "two": {"v.yaml": "registry: dhi.io\ntag: 2\nother: x\n"},
}
TWO = (one_step("registry"), one_step("tag", "two", "one"))


def planned(steps=TWO, base="two", trees=TREES, **more):
    return plan_reversal(
        Trees(**trees),
        Target("apps/web"),
        steps,
        into="main",
        base=base,
        branch="back",
        shelf=Shelf(),
        **more,
    )


@pytest.mark.parametrize(
    ("steps", "more", "error", "said"),
    [
        (TWO, {"to_step": "probes"}, UnknownStepError, "no step 'probes' of apps/web is merged"),
        (TWO, {"skip": ("tag", "x")}, UnknownStepError, "no step 'x' of apps/web is merged"),
        # What was squashed together cannot be parted.
        (
            (one_step("registry+tag"),),
            {"to_step": "registry"},
            RepositoryError,
            "registry, tag were squashed into one",
        ),
        (
            (one_step("registry+tag"),),
            {"skip": ("tag",)},
            RepositoryError,
            "registry, tag were squashed into one",
        ),
        # A shallow clone has nothing before it.
        (
            (one_step("registry", parent=""),),
            {},
            RepositoryError,
            "the commit before one is not in this clone",
        ),
        # Steps that go, and a branch that is there.
        (TWO, {}, BranchExistsError, "back is there"),
        (TWO, {"to_step": "registry"}, BranchExistsError, "back is there"),
        (TWO, {"skip": ("tag",)}, BranchExistsError, "back is there"),
        ((one_step("registry+tag"),), {}, BranchExistsError, "back is there"),
    ],
)
def test_what_cannot_be_taken_back_so(steps, more, error, said):
    with pytest.raises(error, match=said):
        planned(steps, **more)


@pytest.mark.parametrize(
    ("steps", "more", "kept"),
    [
        (TWO, {"to_step": "tag"}, ("registry", "tag")),
        (TWO, {"skip": ("registry", "tag")}, ("registry", "tag")),
        (TWO, {"to_step": "registry", "skip": ("tag",)}, ("registry", "tag")),
        ((one_step("registry+tag", "two"),), {"to_step": "tag"}, ("registry", "tag")),
        ((one_step("registry+tag", "two"),), {"skip": ("tag", "registry")}, ("registry", "tag")),
    ],
)
def test_where_every_step_stays_there_is_nothing_to_do(steps, more, kept):
    found = planned(steps, **more)

    assert (found.nothing_to_do, found.kept, found.already, found.steps) == (True, kept, (), ())
    assert found.apply() == RollbackResult("back", deleted=False, commit="")
    assert found.repository.written == []


def test_what_was_taken_back_by_hand_is_told_as_such():
    found = planned(base="none")

    assert (found.nothing_to_do, found.already) == (True, ("tag", "registry"))


@pytest.mark.parametrize(
    ("now", "message", "help_"),
    [
        (
            "registry: dhi.io\ntag: 3\nother: x\n",
            "changed since: tag in v.yaml is 3, and the step tag left 2",
            "(--skip tag)",
        ),
        (
            "registry: mine\ntag: 3\nother: x\n",
            (
                "2 values were changed since: tag in v.yaml is 3, and the step tag left 2; registry in v.yaml is mine, and "
                "the step registry left dhi.io"
            ),
            "(--skip tag --skip registry)",
        ),
        (
            "registry: dhi.io\nother: x\n",
            "changed since: tag in v.yaml is gone, and the step tag left 2",
            "(--skip tag)",
        ),
        (
            f"registry: dhi.io\ntag: {'x' * 70}\nother: x\n",
            f"changed since: tag in v.yaml is {'x' * 57}..., and the step tag left 2",
            "(--skip tag)",
        ),
    ],
)
def test_every_value_in_the_way_is_told(now, message, help_):
    with pytest.raises(BlockedError) as caught:
        planned(trees={**TREES, "now": {"v.yaml": now}}, base="now")

    assert (caught.value.message, caught.value.where) == (message, "v.yaml")
    assert caught.value.help.endswith(help_)


def test_of_a_squash_both_names_leave_it_out():
    squash = one_step("registry+tag", "two")

    with pytest.raises(BlockedError) as caught:
        planned(
            [squash], base="now", trees={**TREES, "now": {"v.yaml": "registry: dhi.io\ntag: 3\nother: x\n"}}
        )

    assert caught.value.help.endswith("(--skip registry --skip tag)")


# what is told and written of one


def reversal(proof=None, steps=1, accepted=(), target=None):
    one = one_step("tag", "c" * 40, images=("a:1 -> dhi.io/a:1",))
    some = tuple(ReversedStep(one, {"v.yaml": "tag: 1\n", "gone.tgz": None}, "diff") for _ in range(steps))
    proof = proof or Restored(("data/web",), 3, engine="helm 4")
    target = target or Target("apps/web", ("data/web",))
    return Reversal(
        Trees(), target, "back", "main", "base", some, ("registry",), (), proof, (), frozenset(accepted)
    )


def test_the_commit_of_a_step_that_is_taken_back():
    one = reversal()

    result = one.apply(run_hooks=True)

    ((branch, base, run_hooks, message, files),) = one.repository.written
    assert (branch, base, run_hooks) == ("back", "base", True)
    assert files == {"v.yaml": b"tag: 1\n", "gone.tgz": None}
    assert message == (
        "revert: feat: tag\n\nTakes back the step tag of commit cccccccccccc.\n\n- gone.tgz\n- v.yaml\n\n"
        "DHI-Reverts: tag\nDHI-Chart: apps/web\nDHI-Release: data/web\nDHI-Image: dhi.io/a:1 -> a:1\nDHI-Proof: helm 4\n"
    )
    assert (result.commit, result.written, result.backup) == ("new0", ("new0",), "")


def test_several_commits_are_merged_as_a_whole():
    one = reversal(steps=2)

    one.apply()

    messages = [message for *_, message, _ in one.repository.written]
    assert all("Merge the branch as a whole: its parts may not run alone." in message for message in messages)


@pytest.mark.parametrize("proof", [Restored(), Restored(("a",), unproven=("b",), engine="helm 4")])
def test_what_is_not_proven_claims_no_proof(proof):
    one = reversal(proof)

    one.apply()

    assert "DHI-Proof" not in one.repository.written[0][3]


WRONG = Restored(("a",), wrong=("image: b", "tag: c"), engine="helm 4")


def test_a_field_that_would_not_be_what_it_was_stops_it_until_it_is_accepted():
    one = reversal(WRONG)

    with pytest.raises(BlockedError) as caught:
        one.apply()

    assert (
        caught.value.message
        == "reversal-differs: image: b would not be what it was before the steps (and 1 more)"
    )
    assert caught.value.help.endswith("or take it as it is with --accept reversal-differs")
    assert one.repository.written == []
    for accepted in ("reversal-differs", "all"):
        assert reversal(WRONG, accepted=(accepted,)).apply().commit == "new0"
    with pytest.raises(BlockedError):
        reversal(WRONG, accepted=("reversal-unproven",)).apply()


def test_what_is_to_be_known_of_it_the_gravest_first():
    proof = Restored(("a",), wrong=("w",), besides=("b",), unproven=("u",))

    assert [(one.code, one.severity, one.message) for one in reversal(proof).findings] == [
        ("reversal-differs", "error", "w would not be what it was before the steps"),
        ("reversal-changes-more", "warning", "b changes too, which the steps had not changed"),
        ("reversal-unproven", "warning", "not rendered: u"),
    ]
    assert reversal().findings == ()


def test_it_as_data():
    one = reversal()

    assert one.to_json(one.apply()) == {
        "schema": "migrate-dhi/rollback/1",
        "branch": "back",
        "deleted": False,
        "commit": "new0",
        "backup": None,
        "restore": None,
        "into": "main",
        "reversed": [{"name": "tag", "commit": "c" * 40, "diff": "diff"}],
        "kept": ["registry"],
        "already": [],
        "proof": one.proof.to_json(),
        "findings": [],
    }
