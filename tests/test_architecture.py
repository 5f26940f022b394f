"""The house rules of the package, read from its own source: who may import, print, run and render."""

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "migrate_dhi"

# From the ground up; rooms on one floor do not know each other.
FLOORS = (
    {"regex", "grouping"},
    {"quoting", "redact", "scratch", "unprintable", "untyped", "wording"},
    {"errors", "record"},
    {"finding_codes"},
    {"edit", "findings"},
    {"yamledit", "oci", "git", "kube"},
    {"helm"},
    {"trace"},
    {"release"},
    {"dhi"},
    {"audit"},
    {"steps"},
    {"migration"},
    {"ui"},
    {"cli"},
    {"__main__"},
)
LEVEL = {room: level for level, rooms in enumerate(FLOORS) for room in rooms}


@cache
def trees():
    """Each file of the package by its dotted name, parsed once it is asked for: every worker loads this file."""
    return {
        path.relative_to(PACKAGE).with_suffix("").as_posix().replace("/", "."): ast.parse(
            path.read_text("utf-8")
        )
        for path in sorted(PACKAGE.rglob("*.py"))
    }


@cache
def modules():
    return {name: tree for name, tree in trees().items() if name != "__init__"}


@cache
def imported(tree, *, late=True):
    """Every module that a module imports, as (dotted name, imported name); late ones inside functions too."""
    found = []
    for node in ast.walk(tree) if late else tree.body:
        if isinstance(node, ast.Import):
            found += [(alias.name, "") for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            found += [(node.module, alias.name) for alias in node.names]
    return found


def own(tree, **options):
    """The modules of this package that a module imports, by their name in trees()."""
    for module, name in imported(tree, **options):
        if module == "migrate_dhi" or module.startswith("migrate_dhi."):
            inner = module.removeprefix("migrate_dhi").lstrip(".")
            whole = f"{inner}.{name}".strip(".")
            known = next((n for n in (whole, f"{inner}.__init__".strip("."), inner) if n in trees()), None)
            assert known, f"imports {module}.{name}, which is no module of this package"
            yield known


def imports_of(tree):
    """The first parts of all modules that a module imports."""
    return {module.split(".")[0] for module, _ in imported(tree)}


def importers(package):
    """The modules that import a third-party or standard module."""
    return {
        name for name, tree in modules().items() if any(m.split(".")[0] == package for m, _ in imported(tree))
    }


@cache
def calls(tree):
    return {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}


def code_strings(tree):
    """The string constants of a module without its docstrings."""
    documented = set()
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            documented |= {
                id(n.value) for n in body if isinstance(n, ast.Expr) and isinstance(n.value, ast.Constant)
            }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documented:
            yield node.value


def test_every_room_has_its_floor():
    assert {name.split(".")[0] for name in modules()} == set(LEVEL)


def test_no_module_is_long():
    long = {
        str(path): text.count("\n") for path in PACKAGE.rglob("*.py") if (text := path.read_text("utf-8"))
    }

    assert {name: lines for name, lines in long.items() if lines > 400} == {}


def test_imports_run_down():
    room = {name: name.split(".")[0] for name in (*modules(), "__init__")}
    wrong = [
        f"{name} imports {other}"
        for name, tree in modules().items()
        for other in own(tree)
        if room[other] not in (room[name], "__init__") and LEVEL[room[other]] >= LEVEL[room[name]]
    ]

    assert wrong == []


def test_modules_do_not_load_each_other_in_a_circle():
    arrows = {name: set(own(tree, late=False)) - {name} for name, tree in modules().items()}
    while leaves := {name for name, targets in arrows.items() if not targets & arrows.keys()}:
        arrows = {name: targets for name, targets in arrows.items() if name not in leaves}
    circle = {name: targets & arrows.keys() for name, targets in arrows.items()}

    assert not circle


def test_steps_do_not_know_each_other():
    steps = {
        name
        for name, tree in modules().items()
        if name.startswith("steps.") and name != "steps.step"
        if any(isinstance(n, ast.ClassDef) and n.name.endswith("Step") for n in tree.body)
    }

    assert len(steps) == 8
    for name in steps:
        assert not steps & set(own(modules()[name]))


def test_only_the_console_prints():
    words = {"print", "click.echo", "click.secho", "sys.stdout.write", "sys.stderr.write", "os.write"}
    printing = {name for name, tree in modules().items() if calls(tree) & words or "rich" in imports_of(tree)}

    assert printing == {"ui.console"}


def test_only_the_command_line_leaves_the_program():
    leaving = {name for name, tree in modules().items() if calls(tree) & {"sys.exit", "exit", "os._exit"}}

    assert leaving == {"cli"}


def test_only_the_prompts_import_questionary():
    assert importers("questionary") | importers("prompt_toolkit") == {"ui.prompts"}


def test_only_the_engine_imports_helm():
    assert importers("helm_python") == {"helm.engine"}


def test_only_git_the_helm_binary_and_kubectl_are_run():
    running = importers("subprocess") | importers("git") | importers("pty")

    # the engines are the embedded one and, where the user names it, a binary; a helper of docker's keeps logins
    assert running - {"helm.binary", "oci.helper", "audit.kubectl"} == {"git.plumbing", "git.run"}
    assert not [
        name for name, tree in modules().items() if calls(tree) & {"os.system", "os.popen", "os.execvp"}
    ]


def test_only_trials_call_an_engine_to_render():
    rendering = {
        name
        for name, tree in modules().items()
        if any(call.endswith("engine.render") for call in calls(tree))
    }

    # an engine may ask itself what it does; charts are rendered by trials alone
    assert rendering - {"helm.engine", "helm.binary"} == {"helm.renderer"}


def test_only_the_judge_judges():
    judges = {
        name
        for name, tree in modules().items()
        if any(
            call.endswith((".expects", ".announces")) and not call.startswith("self.") for call in calls(tree)
        )
    }
    comparing = {
        name
        for name, tree in modules().items()
        if ("migrate_dhi.kube.compare", "compare") in set(imported(tree))
    }

    assert judges == {"migration.judge"}
    # what further engines render is held against the proof, what other releases become is handed to the judge; a reversal
    # has no goals to judge: it is held against what was; whether a value is read shows where another one makes a change
    assert comparing == {
        "migration.judge",
        "migration.noise",
        "migration.engines",
        "migration.restored",
        "migration.values_kept",
        "migration.witnesses",
    }


def test_no_product_is_named_in_code():
    # programs that containers call (busybox, kubectl) are not charts; variables in capitals are what a tool gives a chart
    products = {"valkey", "redis", "postgres", "nginx", "grafana", "prometheus", "argocd", "kafka", "mongodb"}
    named = {
        (name, text)
        for name, tree in modules().items()
        for text in code_strings(tree)
        if not text.isupper()
        and products & set(text.lower().replace("/", " ").replace("-", " ").replace("_", " ").split())
    }

    assert not named


def test_every_module_and_public_name_is_documented():
    bare = []
    for name, tree in modules().items():
        if not ast.get_docstring(tree) and tree.body:
            bare.append(name)
        for node in tree.body:
            if isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith("_"):
                bare += [] if ast.get_docstring(node) else [f"{name}.{node.name}"]

    assert not bare


def test_help_does_not_load_what_costs_time():
    heavy = {
        "git",
        "rich",
        "questionary",
        "prompt_toolkit",
        "helm_python",
        "ruamel",
        "yaml",
        "semver",
        "urllib3",
    }
    script = "import sys; from migrate_dhi.cli import run; run(['--help']); print(*sys.modules, sep='\\n')"

    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT
    )

    loaded = {line.split(".")[0] for line in done.stdout.splitlines()}
    assert "click" in loaded
    assert not heavy & loaded


def test_a_plan_as_json_does_not_load_what_it_needs_not():
    needless = {"git", "rich", "questionary", "prompt_toolkit", "tarfile", "urllib3"}
    chart = ROOT / "examples" / "gitops" / "apps" / "cluster" / "valkey"
    arguments = [str(chart), "--plan", "--format", "json", "--offline"]
    script = f"import sys; from migrate_dhi.cli import run; run({arguments!r}); print(*sys.modules, file=sys.stderr)"

    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT
    )

    assert done.stdout.startswith("{")
    loaded = {name.split(".")[0] for name in done.stderr.split()}
    assert "helm_python" in loaded
    assert not needless & loaded
