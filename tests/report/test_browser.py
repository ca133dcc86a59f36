"""A real Chromium opens the report: pictures load, nothing is fetched, nothing complains, a phone need not scroll."""

import base64
import json
import os
import shutil
import subprocess
import sys

import pytest

CHROMIUM = shutil.which("chromium")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-pipe",
]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("chromium"),
    pytest.mark.skipif(
        CHROMIUM is None or sys.platform == "win32",
        reason="chromium is not installed, or cannot be spoken to over a pipe",
    ),
]


class Browser:
    """One tab of a Chromium that is spoken to over a pipe, in the DevTools protocol."""

    def __init__(self, profile):
        commands, self._write = os.pipe()
        self._read, answers = os.pipe()
        # The protocol wants file descriptors 3 and 4.
        script = f'exec "$0" "$@" 3<&{commands} 4>&{answers}'
        arguments = [CHROMIUM, *FLAGS, f"--user-data-dir={profile}", "about:blank"]
        self._process = subprocess.Popen(
            ["bash", "-c", script, *arguments],
            pass_fds=(commands, answers),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(commands)
        os.close(answers)
        self._buffer, self._number, self._session = b"", 0, None
        self.events = []
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.send("Target.attachToTarget", targetId=target, flatten=True)[
            "sessionId"
        ]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.send(f"{domain}.enable")

    def send(self, method, **parameters):
        """Send a command and return its result."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while (answer := self._receive()).get("id") != self._number:
            self.events.append(answer)
        assert "error" not in answer, answer
        return answer["result"]

    def open(self, path, width):
        """Open a file as on a screen of some width, and wait until all of it is there."""
        self.send(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=844,
            deviceScaleFactor=1,
            mobile=width < 500,
        )
        self.events.clear()
        self.send("Page.navigate", url=path.as_uri())
        while not any(event.get("method") == "Page.loadEventFired" for event in self.events):
            self.events.append(self._receive())

    def ask(self, expression):
        """Return the value of a JavaScript expression in the page."""
        answer = self.send("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"]["value"]

    def close(self):
        """End the browser."""
        self._session = None
        self.send("Browser.close")
        self._process.wait(timeout=30)
        os.close(self._write)
        os.close(self._read)

    def _receive(self):
        while b"\0" not in self._buffer:
            part = os.read(self._read, 1 << 16)
            assert part, "chromium has ended"
            self._buffer += part
        message, _, self._buffer = self._buffer.partition(b"\0")
        return json.loads(message)


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    opened = Browser(tmp_path_factory.mktemp("profile"))
    yield opened
    opened.close()


@pytest.fixture(params=[1280, 390], ids=["desktop", "phone"])
def page(browser, report, request):
    browser.open(report, request.param)
    return browser


def test_headings(page):
    headings = page.ask("[...document.querySelectorAll('h1, h2, h3')].map(h => h.tagName)")
    assert headings == ["H1"] + ["H2"] * 9
    assert page.ask("document.title").startswith("Is <script>")
    assert page.ask("document.querySelectorAll('section').length") == 9
    empty = "[...document.querySelectorAll('section')].filter(s => s.innerText.length < 60).length"
    assert page.ask(empty) == 0


def test_every_picture_is_loaded_and_has_a_size(page):
    sizes = page.ask(
        "[...document.images].map(i => i.complete && [i.naturalWidth, i.naturalHeight, i.width, i.height])"
    )
    assert len(sizes) == 14
    assert all(size and min(size) > 50 for size in sizes)


def complaints(browser):
    """Return what the console shows."""
    kinds = ("Log.entryAdded", "Runtime.exceptionThrown", "Runtime.consoleAPICalled")
    return [event for event in browser.events if event.get("method") in kinds]


def fetched(browser):
    """Return the addresses that were asked for, the page's own among them."""
    asked = [e for e in browser.events if e.get("method") == "Network.requestWillBeSent"]
    addresses = [event["params"]["request"]["url"] for event in asked]
    return [address for address in addresses if not address.startswith("data:")]


def test_nothing_is_fetched_and_nothing_complains(page):
    page.ask("1")  # whatever happened before is told before the answer
    assert fetched(page) == [page.ask("location.href")]
    assert complaints(page) == []


def test_a_page_with_faults_would_be_caught(browser, tmp_path):
    faulty = "<h1>x</h1><img src='none.png'><script>console.error('no'); nothing()</script>"
    (tmp_path / "faulty.html").write_text(faulty)
    browser.open(tmp_path / "faulty.html", 390)
    browser.ask("1")
    assert len(fetched(browser)) == 2
    assert {event["method"] for event in complaints(browser)} == {
        "Log.entryAdded",
        "Runtime.exceptionThrown",
        "Runtime.consoleAPICalled",
    }


def test_the_page_is_not_wider_than_the_screen(page):
    width = page.ask("window.innerWidth")
    assert page.ask("document.documentElement.scrollWidth") <= width
    too_wide = (
        "[...document.querySelectorAll('body *')].filter(e => !e.closest('.scroll') && "
        f"e.getBoundingClientRect().right > {width} + 1).map(e => e.tagName + ' ' + e.className)"
    )
    assert page.ask(too_wide) == []


def test_wide_tables_scroll_in_their_own_box(browser, report):
    browser.open(report, 390)
    overflow = "[...document.querySelectorAll('.scroll')].map(e => getComputedStyle(e).overflowX)"
    assert browser.ask(overflow) == ["auto"] * 3
    assert browser.ask("document.querySelector('.scroll').scrollWidth") > 390


def test_it_prints(browser, report):
    browser.open(report, 1030)  # a sheet of A4 on its side, without the margins
    browser.send("Emulation.setEmulatedMedia", media="print")
    table = "document.querySelector('table').getBoundingClientRect()"
    assert browser.ask(f"{table}.right") <= 1030
    assert browser.ask(f"{table}.height") < 800
    browser.send("Emulation.setEmulatedMedia", media="")
    printed = base64.b64decode(browser.send("Page.printToPDF", printBackground=True)["data"])
    assert printed.startswith(b"%PDF")
    assert len(printed) > 20_000
