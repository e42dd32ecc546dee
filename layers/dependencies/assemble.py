"""Assembles the dependencies layer: `python assemble.py FOLDER` fills FOLDER/python for Lambda.

Lambda's Python and processor are named here and not taken from the machine, so any Python from 3.11 on with pip builds
the same layer on any machine. The standard library and pip are all it needs: it runs before anything is installed.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from pip._vendor.packaging.markers import Marker

#: Python of the Lambda runtime, as in template.yaml.
PYTHON_VERSION = "3.13"

#: What wheels may ask of the system: the runtime is Amazon Linux 2023, which has glibc 2.34, on arm64.
PLATFORMS = ("manylinux2014_aarch64", *(f"manylinux_2_{minor}_aarch64" for minor in range(17, 35)))

#: What the conditions in the lock see. pip would ask the machine that builds, which is another one.
TARGET = {
    "implementation_name": "cpython",
    "implementation_version": f"{PYTHON_VERSION}.0",
    "os_name": "posix",
    "platform_machine": "aarch64",
    "platform_python_implementation": "CPython",
    "platform_system": "Linux",
    "python_full_version": f"{PYTHON_VERSION}.0",
    "python_version": PYTHON_VERSION,
    "sys_platform": "linux",
}

#: Services that the functions call. botocore describes four hundred and looks through all of them for each client.
SERVICES = ("dynamodb", "s3", "secretsmanager", "sqs", "ssm")

#: Files of botocore's descriptions that only its command line or its documentation reads.
UNREAD_DESCRIPTIONS = ("completions-1*", "examples-1*")

#: Of phonenumbers, the names of places and carriers: twenty megabytes. What says the time zones of a number stays.
UNREAD_PHONE_DATA = ("geodata", "carrierdata")

#: What babel knows of languages: thirty megabytes. python-liquid imports babel, but none of our filters asks it.
UNREAD_LANGUAGE_DATA = "locale-data"

#: Of a package's own metadata, what is read at run time (METADATA, entry_points.txt) or what its licence asks for.
KEPT_METADATA = re.compile(r"METADATA|entry_points\.txt|.*(LICEN[SC]E|COPYING|NOTICE|AUTHORS).*", re.IGNORECASE)

#: Instant of every file (1980-01-01T00:00:00Z, the oldest that a zip file can say): two builds are the same bytes.
FILE_TIME_SECONDS = 315532800


def wanted(lock: str) -> Iterator[str]:
    """Yields the requirements of a lock that hold on Lambda, hashes included and conditions resolved."""
    for entry in re.sub(r"\\\n", " ", lock).splitlines():
        requirement = entry.partition(" #")[0].strip()
        if not requirement or requirement.startswith("#"):
            continue
        pinned, *hashes = re.split(r"\s+(?=--hash=)", requirement)
        name, _, condition = pinned.partition(";")
        if not condition or Marker(condition.strip()).evaluate({**TARGET}):
            yield " ".join([name.strip(), *hashes])


def install(lock: Path, folder: Path) -> None:
    """Installs the wheels that a lock pins into `folder`, for Lambda and not for this machine.

    Raises:
        subprocess.CalledProcessError: pip refused, for instance because a hash differs or a wheel does not exist.
    """
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    command += ["--root-user-action=ignore", "--target", str(folder)]
    command += ["--implementation", "cp", "--python-version", PYTHON_VERSION, "--only-binary=:all:"]
    command += [f"--platform={platform}" for platform in PLATFORMS]
    with tempfile.TemporaryDirectory() as scratch:
        resolved = Path(scratch, "requirements.txt")
        resolved.write_text("\n".join(wanted(lock.read_text(encoding="utf-8"))), encoding="utf-8")
        subprocess.run([*command, "--no-deps", "--no-compile", "--require-hashes", "-r", str(resolved)], check=True)


def superfluous(packages: Path) -> Iterator[Path]:
    """Yields what no function reads at run time: folders and files below `packages`."""
    yield packages / "bin"
    yield packages / "boto3" / "examples"
    yield from (packages / "phonenumbers" / data for data in UNREAD_PHONE_DATA)
    yield packages / "babel" / UNREAD_LANGUAGE_DATA
    yield from packages.glob("*.pth")
    yield from packages.rglob("*.pyi")
    yield from packages.rglob("__pycache__")
    yield from (folder for folder in packages.rglob("tests") if folder.is_dir())
    for data in (packages / "botocore" / "data", packages / "boto3" / "data"):
        for service in data.glob("*/"):
            # Older descriptions of a service stay in botocore for ever; a client takes the newest.
            versions = sorted(service.glob("*/"))
            yield from versions[:-1] if service.name in SERVICES else [service]
        for pattern in UNREAD_DESCRIPTIONS:
            yield from data.rglob(pattern)
    for metadata in packages.glob("*.dist-info"):
        for file in metadata.rglob("*"):
            if file.is_file() and not KEPT_METADATA.fullmatch(file.relative_to(metadata).as_posix()):
                yield file


def trim(packages: Path) -> None:
    """Removes what is superfluous, and makes every file the same age so that the same lock gives the same bytes."""
    for path in list(superfluous(packages)):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    for folder in sorted((path for path in packages.rglob("*") if path.is_dir()), reverse=True):
        if not any(folder.iterdir()):
            folder.rmdir()
    for path in [packages, *packages.rglob("*")]:
        os.utime(path, (FILE_TIME_SECONDS, FILE_TIME_SECONDS))


def main() -> None:
    """Reads the command line and assembles the layer beside the lock that lies beside this file."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("folder", type=Path, help="where the layer goes; its packages go into python/ below it")
    packages = parser.parse_args().folder / "python"
    shutil.rmtree(packages, ignore_errors=True)
    install(Path(__file__).with_name("requirements.txt"), packages)
    trim(packages)


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as error:
        sys.exit(f"The dependencies layer was not built: pip ended with {error.returncode}, see above.")
