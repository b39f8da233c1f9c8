"""Measure imports beside the bare tools on the same files, turn by turn: `python bench/imports.py FILE…`.

The bare tools are `pdftoppm -png`, and LibreOffice before it where the file is none of its own. They write one picture
a page; an import writes four widths, the text and the rows, and is measured from the claim to its end. “bare” is at
pdftoppm's own 150 dots an inch, which makes 756 px of a Beamer page; “alike” is as wide as an import's widest picture.

`--steps` measures something else: what LibreOffice takes for a file with a page for each step of its builds, beside
what it takes for the same file without them. It may be at most 1 + (pages of steps / slides) times as long: a page that
shows a step may cost what a slide costs. How many slides have those steps is told beside it.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WIDEST = 2560  # px
LONG = 352  # pages of the file that memory is measured with


def main():
    options = read_options()
    for program in ("pdftoppm", "soffice"):
        if not shutil.which(program):
            sys.exit(f"{program} is missing: install poppler-utils and libreoffice-impress-nogui, then run this again.")
    with tempfile.TemporaryDirectory(prefix="presenter-bench-") as folder:
        os.environ.update(DATA_DIR=folder, ALLOWED_HOSTS="127.0.0.1", PUBLIC_URL="", DEBUG="")
        owner = start()
        files = options.files
        if options.long:
            files = [*files, long_file(options.long, Path(folder, "long.pdf"))]
        measure = steps_cost if options.steps else compare
        rows = [measure(file, owner, options.turns) for file in files]
    (show_steps if options.steps else show)(rows)
    if options.keep:
        path = ROOT / "bench" / "results" / f"{options.keep}.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(rows, indent=2) + "\n")


def read_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--long", type=Path, metavar="PDF", help=f"also a file of {LONG} pages made of this one's")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--steps", action="store_true", help="measure what builds cost LibreOffice instead")
    parser.add_argument("--keep", metavar="NAME", help="write bench/results/NAME.json")
    return parser.parse_args()


def start():
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "presenter.settings")
    import django

    django.setup()
    from django.contrib.auth import get_user_model
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    return get_user_model().objects.create_user("bench")


def long_file(source, target):
    import pypdfium2

    with pypdfium2.PdfDocument(source) as pages, pypdfium2.PdfDocument.new() as whole:
        while len(whole) < LONG:
            whole.import_pages(pages, list(range(min(len(pages), LONG - len(whole)))))
        whole.save(target)
    return target


def compare(file, owner, turns):
    """The best of several turns each, because whatever else runs only ever makes one slower."""
    bare, alike, ours = [], [], []
    for _ in range(turns):
        bare.append(bare_tools(file))
        alike.append(bare_tools(file, "-scale-to-x", str(WIDEST), "-scale-to-y", "-1"))
        ours.append(one_import(file, owner))
    best = min(ours, key=lambda run: run["seconds"])
    times = {
        f"times_{name}": round(min(runs) / best["seconds"], 2) for name, runs in (("bare", bare), ("alike", alike))
    }
    peak = max(run["peak_mb"] for run in ours)
    return {"file": file.name, **best, "peak_mb": peak, "bare": min(bare), "alike": min(alike), **times}


def bare_tools(file, *size):
    with tempfile.TemporaryDirectory() as folder:
        begun = time.monotonic()
        if file.suffix != ".pdf":
            profile = f"-env:UserInstallation=file://{folder}/profile"
            command = ["soffice", "--headless", profile, "--convert-to", "pdf", "--outdir", folder, file]
            subprocess.run(command, check=True, capture_output=True)
            file = Path(folder, file.stem + ".pdf")
        subprocess.run(["pdftoppm", "-png", *size, file, Path(folder, "page")], check=True)
        return round(time.monotonic() - begun, 2)


def one_import(file, owner):
    from django.conf import settings

    from slides.importing import jobs, queue, soffice

    copy = Path(settings.FILE_UPLOAD_TEMP_DIR, "bench.upload")
    shutil.copy(file, copy)
    claim = queue.accept_and_claim(copy, file.name, owner, sha256="0" * 64)
    stored, store, memory = [], claim.store, [0]

    def timed(page, keys):
        store(page, keys)
        stored.append(time.monotonic())

    claim.store = timed
    begun = time.monotonic()
    jobs.run(claim, tick=lambda: memory.append(soffice.family(os.getpid())[1]))
    seconds = time.monotonic() - begun
    return {
        "slides": len(stored),
        "seconds": round(seconds, 2),
        "first": round(stored[0] - begun, 2),
        "last": round(stored[-1] - begun, 2),
        "peak_mb": max(memory) // (1024 * 1024),  # of all processes that the import has started, four times a second
    }


def steps_cost(file, owner, turns):
    from pypdfium2 import PdfDocument

    from slides.importing import soffice
    from slides.models import Slide

    convert, took, pages = soffice.convert, {"steps": [], "deck": []}, {}

    def timed(source, target, kind, **limits):
        begun = time.monotonic()
        convert(source, target, kind, **limits)
        took[source.stem].append(time.monotonic() - begun)
        with PdfDocument(target) as made:
            pages[source.stem] = len(made)
        if source.stem == "steps":
            timed(source.with_stem("deck"), target.with_stem("bench"), kind, **limits)

    soffice.convert = timed
    try:
        for _ in range(turns):
            one_import(file, owner)
    finally:
        soffice.convert = convert
    slides = Slide.objects.filter(revision=owner.decks.latest("pk").revision)
    stepped = sum(len(pictures) > 1 for pictures in slides.values_list("pictures", flat=True))
    with_steps, without = min(took["steps"]), min(took["deck"])
    return {
        "file": file.name,
        "slides": pages["deck"],
        "slides_with_steps": stepped,
        "pages_of_steps": pages["steps"] - pages["deck"],
        "with_steps": round(with_steps, 2),
        "without": round(without, 2),
        "times": round(with_steps / without, 3),
        "most": round(pages["steps"] / pages["deck"], 3),
    }


def show_steps(rows):
    print(f"{'file':40} slides, with steps, pages of steps  with steps  without   times   at most")
    for row in rows:
        print(
            "{file:40.40} {slides:6} {slides_with_steps:11} {pages_of_steps:15} {with_steps:10.2f}s {without:7.2f}s"
            " {times:7.3f} {most:9.3f}".format(**row)
        )


def show(rows):
    print(f"{'file':40} slides  import   first    last     bare         alike        peak MB")
    for row in rows:
        print(
            "{file:40.40} {slides:6} {seconds:6.2f}s {first:6.2f}s {last:6.2f}s {bare:6.2f}s {times_bare:5.2f}x "
            "{alike:6.2f}s {times_alike:5.2f}x {peak_mb:8}".format(**row)
        )


if __name__ == "__main__":
    main()
