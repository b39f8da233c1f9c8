"""Print the demo deck: slides/demo/demo.html into slides/demo/demo.pdf, by Chromium.

.venv/bin/python tools/make_demo.py
"""

from pathlib import Path

import segno
from playwright.sync_api import sync_playwright

DEMO = Path(__file__).resolve().parent.parent / "slides" / "demo"
CHROMIUM = "/usr/bin/chromium"
QR_WORDS = "In a real talk, this opens the slides on your phone."
QR_WIDTH = 320  # px


def main():
    html = (DEMO / "demo.html").read_text().replace("<!-- QR -->", qr_squares())
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM)
        page = browser.new_page()
        page.set_content(html)
        page.pdf(path=DEMO / "demo.pdf", width="1280px", height="720px", print_background=True, tagged=True)
        browser.close()


def qr_squares():
    matrix = segno.make(QR_WORDS, error="m").matrix
    side = QR_WIDTH / len(matrix)
    squares = (
        f"M{column * side:.2f} {row * side:.2f}h{side:.2f}v{side:.2f}h-{side:.2f}z"
        for row, line in enumerate(matrix)
        for column, dark in enumerate(line)
        if dark
    )
    return f'<path d="{"".join(squares)}" fill="#10131f" shape-rendering="crispEdges"/>'


if __name__ == "__main__":
    main()
