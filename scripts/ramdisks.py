"""What the scripts share that put more into the guests' ramdisk: Debian's packages, cpio archives."""

import glob
import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent
GUESTS = ROOT / "guests"


class Missing(Exception):
    """Something is not there that the user can provide; the message says what."""


def kernel_package():
    """Name and version of the package that guests/vmlinuz-full is from."""
    versions = GUESTS / "VERSIONS"
    if not versions.exists():
        raise Missing(f"{versions} is missing; run scripts/fetch-guests")
    for line in versions.read_text().splitlines():
        name, version = line.split()[:2]
        if name.startswith("linux-image-") and name.endswith("-amd64") and "cloud" not in name:
            return f"{name}={version}"
    raise Missing("VERSIONS names no kernel")


def unpack(packages, folder):
    """Downloads Debian packages and unpacks them all into folder/package, which it returns."""
    options = ["-o", "APT::Sandbox::User=root"] if os.geteuid() == 0 else []
    subprocess.run(["apt-get", "-qq", *options, "download", *packages], cwd=folder, check=True)
    for deb in sorted(glob.glob(f"{folder}/*.deb")):
        subprocess.run(["dpkg-deb", "-x", deb, f"{folder}/package"], check=True)
    return pathlib.Path(folder) / "package"


def module(tree, name):
    """A kernel module's bytes."""
    found = sorted(tree.glob(f"lib/modules/*/kernel/**/{name}.ko"))
    if not found:
        raise Missing(f"the kernel's package has no module {name}")
    return found[0].read_bytes()


def entry(name, data, mode=0o100644):
    """One file of a "newc" cpio archive."""
    fields = (0, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0)
    head = b"070701" + b"".join(b"%08X" % field for field in fields) + name.encode() + b"\0"
    return head + b"\0" * (-len(head) % 4) + data + b"\0" * (-len(data) % 4)


def folders(paths):
    """Entries of the folders that files need."""
    parents = {str(parent) for path in paths for parent in pathlib.PurePath(path).parents}
    return b"".join(entry(folder, b"", 0o040755) for folder in sorted(parents - {"."}))


END = entry("TRAILER!!!", b"", 0)
