import ast
import subprocess
import sys
from pathlib import Path

import carpk

PACKAGE = Path(carpk.__file__).parent


def modules_loaded_by(statement):
    script = f"import sys; {statement}; print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=120)
    return set(done.stdout.split())


def test_importing_carpk_loads_no_heavy_library():
    assert not modules_loaded_by("import carpk") & {"matplotlib", "lmfit", "scipy", "pandas", "numpy", "typst"}


def test_every_public_name_can_be_had():
    for name in carpk.__all__:
        assert hasattr(carpk, name), name


def test_dir_shows_the_public_names_only():
    assert dir(carpk) == sorted(carpk.__all__)


def test_nothing_prints_but_the_command_line():
    printing = [
        f"{path.relative_to(PACKAGE)}:{node.lineno}"
        for path in PACKAGE.rglob("*.py")
        if path.parent.name != "cli" and path.name != "__main__.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "print"
    ]
    assert not printing


def test_no_loop_runs_over_subjects_or_samples_in_the_numbers():
    """The numbers may loop over blocks, windows, flags, words and the columns of a block, never over profiles."""
    allowed = {"blocks", "items", "values"}
    loops = []
    for name in ("peak", "segments", "terminal", "quantification", "windows", "selection", "expansion"):
        tree = ast.parse((PACKAGE / "nca" / f"{name}.py").read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.While):
                loops.append(f"{name}:{node.lineno}")
            if isinstance(node, ast.For) and not (
                isinstance(node.iter, ast.Tuple)
                or (isinstance(node.iter, ast.Call) and getattr(node.iter.func, "attr", "") in allowed)
                or "TREATMENTS" in ast.unparse(node.iter)
                or ast.unparse(node.target) == "column"
            ):
                loops.append(f"{name}:{node.lineno}")
    assert not loops
