#!/usr/bin/env python3
"""The dashboard in headless Chromium against a live fleet: load it, play, kill an agent and see it go.

`61-dashboard.py --screenshots FOLDER` also saves pictures of it.
"""
import json
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent / "support"), str(Path(__file__).resolve().parents[2] / "demo")]
from checks import PROGRAMS, Checks, in_environment, install, need, wait_for  # noqa: E402

in_environment(".venv-dashboard", "selenium==4.51.0")

from fleet import EXPERTS, Fleet, llama_command  # noqa: E402
from selenium import webdriver  # noqa: E402
from selenium.webdriver.chrome.service import Service  # noqa: E402
from selenium.webdriver.common.by import By  # noqa: E402
from selenium.webdriver.common.keys import Keys  # noqa: E402

DEVICES = ["Jetson AGX Orin", "Jetson AGX Orin", "RTX 4090 box", "Linux box"]
PROMPTS = ["37+48", "rev abcde", "12*11", "day after monday", "upper stone", "91-17"]


def main():
    install("chromium", "chromium-driver")
    pictures = Path(sys.argv[2]) if sys.argv[1:2] == ["--screenshots"] else None
    with tempfile.TemporaryDirectory(prefix="moe2-dashboard-") as folder, Fleet(PROGRAMS, folder) as fleet:
        trained = {"prompts": EXPERTS / "calibration.jsonl", "outcomes": EXPERTS / "calibration-outcomes.csv"}
        gate = Path(folder) / "gate.moe2"
        fleet.tool("train", "--prompts", trained["prompts"], "--outcomes", trained["outcomes"], "--out", gate)
        fleet.start_gate(gate_file=str(gate), calibration={name: str(path) for name, path in trained.items()}, categories={"general": {"team_size": 2}, "math": {"energy": "200J", "team_size": 2}})
        experts = json.loads((EXPERTS / "experts.json").read_text())[:4]
        for expert, device in zip(experts, DEVICES):
            fleet.start_agent(expert["id"], {"backend": "llama.cpp", "model": str(EXPERTS / expert["file"]), "threads": 1}
                              | llama_command(), host={"id": f"host-{expert['id']}", "device": device})
        fleet.wait_ready(len(experts))
        checks = Checks()
        page = Page(fleet, [expert["id"] for expert in experts])
        try:
            checks.run("the page asks for a token", page.sign_in)
            checks.run("the fleet is shown", page.fleet_is_shown)
            checks.run("the active set and the frontier are shown", page.plan_is_shown)
            checks.run("the playground streams an answer and shows who wrote it", page.play)
            checks.run("a refused query says why", page.refused)
            checks.run("live queries are listed with team and cost", page.queries_are_listed)
            checks.run("it works with the keyboard", page.keyboard)
            checks.run("everything has a name for screen readers", page.names)
            checks.run("it fits a phone", page.phone)
            checks.run("the theme follows the system and the button", page.theme)
            if pictures:
                page.take(pictures)
            checks.run("a killed agent is seen to go and to come back", page.kill)
            checks.run("no error in the console, no request elsewhere", page.console)
        finally:
            page.browser.quit()
    return checks.finish()


class Page:
    def __init__(self, fleet, experts):
        self.fleet = fleet
        self.experts = experts
        options = webdriver.ChromeOptions()
        for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"):
            options.add_argument(argument)
        options.binary_location = "/usr/bin/chromium"
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        self.browser = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
        self.size(1280, 900)
        self.errors = []
        self.requests = []

    # -- Checks

    def sign_in(self):
        self.browser.get(self.fleet.admin + "/")
        wait_for(lambda: self.find("token").is_displayed(), "the sign-in form")
        need(not self.find("board").is_displayed(), "data without a token")
        self.find("token").send_keys("wrong", Keys.ENTER)
        wait_for(lambda: "token" in self.find("signin-problem").text, "the reason why a wrong token is refused")
        # The browser logs the two refusals; everything after them counts.
        self.drain()
        self.errors.clear()
        self.find("token").clear()
        self.find("token").send_keys("demo", Keys.ENTER)
        wait_for(lambda: self.find("board").is_displayed() and self.find("link-text").text == "live", "the board")

    def fleet_is_shown(self):
        cards = wait_for(lambda: self.each("article.host", "dataset.host"), "host cards")
        need(sorted(cards) == sorted(f"host-{name}" for name in self.experts), cards)
        text = self.find("hosts").text
        for part in ("up", " W", "modelled", "slots busy", "active"):
            need(part in text, f"{part!r} in {text!r}")
        need(self.find("fleet-note").text == f"{len(self.experts)} hosts, {len(self.experts)} of {len(self.experts)} experts ready",
             self.find("fleet-note").text)

    def plan_is_shown(self):
        card = wait_for(lambda: self.find("plan-card").text, "the plan")
        need("optimal" in card and "Why" in card and "Certificate" in card, card)
        wait_for(lambda: self.all("#energy-chart .curve") and self.all("#latency-chart .curve"), "both curves")
        need(self.all("#energy-chart .now"), "the operating point")
        self.choose("category", "math")
        wait_for(lambda: "math" in self.find("plan-card").text, "the plan of the other category")
        wait_for(lambda: self.all("#energy-chart .limit"), "its energy limit in the chart")

    def play(self):
        self.ask("37+48")
        answer = wait_for(lambda: self.done() and self.find("answer").text, "an answer")
        need(self.find("answer").get_attribute("class") == "text", answer)
        need(any(name in self.find("writer").text for name in self.experts), self.find("writer").text)
        need("Energy, modelled" in self.find("cost").text, self.find("cost").text)

    def refused(self):
        self.find("max-energy").send_keys("1uJ")
        self.ask("37+48")
        wait_for(lambda: self.done() and "smallest that would do" in self.find("answer").text, "the reason")
        self.find("max-energy").clear()

    def queries_are_listed(self):
        rows = wait_for(lambda: self.each("#rows tr", "innerText"), "rows")
        need("resource exhausted" in rows[0], rows)
        need("answered" in rows[1] and any(name in rows[1] for name in self.experts), rows)
        need("37+48" not in self.find("rows").text, "a prompt is shown")

    def keyboard(self):
        self.browser.execute_script("document.activeElement.blur(); window.scrollTo(0, 0)")
        seen = []
        for _ in range(60):
            self.browser.switch_to.active_element.send_keys(Keys.TAB)
            focus = self.browser.switch_to.active_element
            seen.append(focus.get_attribute("id") or focus.get_attribute("class") or focus.text)
        for part in ("skip", "theme", "category", "corner", "prompt", "model", "send", "answer"):
            need(part in seen, f"{part} cannot be reached: {seen}")
        self.find("prompt").clear()
        self.find("prompt").send_keys("12+30", Keys.CONTROL + Keys.ENTER)
        wait_for(lambda: self.done() and self.find("answer").text and "smallest" not in self.find("answer").text, "an answer")

    def names(self):
        nameless = self.browser.execute_script("""
            return [...document.querySelectorAll("button, input, select, textarea, a, [tabindex='0'], section, svg")].filter((e) =>
              !(e.getAttribute("aria-label") || e.getAttribute("aria-labelledby") || e.textContent.trim() && e.tagName !== "SELECT"
                || (e.labels && e.labels.length))).map((e) => e.outerHTML.slice(0, 120))""")
        need(not nameless, nameless)
        need(self.browser.execute_script("return document.documentElement.lang") == "en", "the language")
        levels = self.browser.execute_script("return [...document.querySelectorAll('h1,h2,h3')].map((e) => +e.tagName[1])")
        need(levels[0] == 1 and all(after - before <= 1 for before, after in zip(levels, levels[1:])), levels)
        need(self.find("answer").get_attribute("aria-live") == "polite", "the answer is announced")

    def phone(self):
        self.size(390, 844, mobile=True)
        width = self.browser.execute_script("return document.documentElement.scrollWidth")
        need(width <= 390, f"the page is {width} wide")
        self.size(1280, 900)

    def theme(self):
        def ground():
            return self.browser.execute_script("return getComputedStyle(document.body).backgroundColor")

        self.scheme("light")
        light = ground()
        self.scheme("dark")
        need(ground() != light, "dark is not light")
        self.click("theme")
        need(self.find("theme").text == "Theme: light" and ground() == light, "the button wins over the system")
        self.click("theme")
        self.click("theme")
        self.scheme("light")

    def kill(self):
        victim = self.experts[-1]
        self.fleet.kill(f"agent-{victim}")
        wait_for(lambda: not self.all(f"[data-host='host-{victim}']"), "the card goes")
        need(f"host-{victim} left" in self.find("news").get_attribute("textContent"), "it is announced")
        expert = next(e for e in json.loads((EXPERTS / "experts.json").read_text()) if e["id"] == victim)
        self.fleet.start_agent(victim, {"backend": "llama.cpp", "model": str(EXPERTS / expert["file"]), "threads": 1}
                               | llama_command())
        wait_for(lambda: self.all(f"[data-host='host-{victim}']"), "the card comes back")

    def console(self):
        self.drain()
        refused = [line for line in self.errors if "400 (Bad Request)" in line]
        need(len(refused) == 1, f"the refused query is the one request that failed: {self.errors}")
        need([line for line in self.errors if line not in refused] == [], self.errors)
        strangers = [url for url in self.requests if not url.startswith((self.fleet.admin, "data:", "chrome"))]
        need(self.requests and not strangers, strangers)

    # -- Pictures

    def take(self, folder):
        folder.mkdir(parents=True, exist_ok=True)
        load = threading.Thread(target=self.load)
        load.start()
        time.sleep(6)
        self.choose("category", "general")
        wait_for(lambda: self.all("#energy-chart .now") and self.all("#latency-chart .now"), "both curves")
        self.ask("37+48")
        wait_for(self.done, "an answer")
        for name, width, height, scheme, mobile in (("dashboard", 1280, 1500, "light", False),
                                                    ("dashboard-dark", 1280, 1500, "dark", False),
                                                    ("dashboard-phone", 390, 1500, "light", True)):
            self.size(width, height, mobile)
            self.scheme(scheme)
            self.browser.execute_script("document.activeElement.blur(); window.scrollTo({top: 0, behavior: 'instant'})")
            time.sleep(1)
            self.browser.save_screenshot(str(folder / f"{name}.png"))
        self.scheme("light")
        self.size(1280, 900)
        load.join()

    def load(self):
        """A few queries, so that there is something to see."""
        end = time.monotonic() + 14
        while time.monotonic() < end:
            for number, prompt in enumerate(PROMPTS):
                options = [{}, {"mode": "vote", "k": 2}, {"category": "math"}][number % 3]
                body = {"model": "moe2", "max_tokens": 24, "moe2": options, "messages": [{"role": "user", "content": prompt}]}
                request = urllib.request.Request(self.fleet.http + "/v1/chat/completions", data=json.dumps(body).encode(),
                                                 headers={"authorization": "Bearer demo"})
                urllib.request.urlopen(request, timeout=30).read()
                time.sleep(0.4)

    # -- Small things

    def find(self, name):
        return self.browser.find_element(By.ID, name)

    def all(self, selector):
        return self.browser.find_elements(By.CSS_SELECTOR, selector)

    def each(self, selector, property):
        """A property of every element, read at once: the page replaces elements while it is looked at."""
        return self.browser.execute_script(
            f"return [...document.querySelectorAll(arguments[0])].map((element) => element.{property})", selector)

    def click(self, name):
        self.browser.execute_script("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", self.find(name))
        self.find(name).click()

    def choose(self, name, value):
        self.browser.execute_script("arguments[0].value = arguments[1]; arguments[0].dispatchEvent(new Event('change'))",
                                    self.find(name), value)

    def ask(self, prompt):
        self.find("prompt").clear()
        self.find("prompt").send_keys(prompt)
        self.click("send")

    def done(self):
        return self.find("answer").get_attribute("aria-busy") == "false" and self.find("writer").text

    def size(self, width, height, mobile=False):
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": height, "deviceScaleFactor": 2 if mobile else 1, "mobile": mobile})

    def scheme(self, value):
        self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia",
                                     {"features": [{"name": "prefers-color-scheme", "value": value}]})

    def drain(self):
        """Collects what the browser logged and asked for since the last time."""
        self.errors += [entry["message"] for entry in self.browser.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]
        for entry in self.browser.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                self.requests.append(message["params"]["request"]["url"])


if __name__ == "__main__":
    sys.exit(main())
