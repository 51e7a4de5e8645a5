"""The portal in a real browser: from a question to its evidence, by mouse, by keyboard, without scripts, on a phone."""

import re
import shutil
import subprocess
import sys
from contextlib import contextmanager

import html5lib
import pytest

from tests.conftest import CHECKOUT, missing, needs
from tests.portal.conftest import clean_environment, copy_of

pytestmark = [pytest.mark.model, pytest.mark.browser, pytest.mark.slow]

DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
PAPER = {"width": 688, "height": 1016}
"""A4 within its margins."""
RUN_SECONDS, PATIENCE_MS = 600, 120_000
PAGES = {
    "start": "/",
    "papers": "/?sort=date",
    "results": "/?q=agencies+share+data+in+a+single+window&body=ptc",
    "excluded": "/?q=window&body!=ptc&from=2014&to=2018",
    "matching": "/documents/PC9001/matching?q=single+window",
    "citation": "/documents/PC9001/citation",
    "nothing": "/?q=zzyzx&mode=text",
    "mistake": "/?q=window+year%3A2015..2010",
    "reader": "/documents/PC9001",
    "text": "/documents/PC9001?view=text",
    "without pages": "/documents/PC9002",
    "similar": "/similar/{passage}",
    "matrix": "/matrix",
    "matrix by body": "/matrix?by=body&status=accepted&status=suggested",
    "sentences": "/sentences?status=accepted&status=suggested",
    "members": "/members",
    "member": "/members/SG?with=MY",
    "trends": "/vocabulary?of=theme:single-window&of=theme:risk-management&each=body",
    "decisions": "/decisions?body=ptc",
    "verify": "/verify",
    "briefings": "/briefings",
    "review": "/review",
    "choice": "/review?status=suggested&body=ptc",
    "several": "/review/bulk?status=suggested",
    "own judgements": "/review/mine",
    "quality": "/review/quality",
    "adding": "/review/add?passage={passage}",
    "saved searches": "/searches",
    "side by side": "/documents/PC9001/beside/PC9001F1a",
    "vocabulary": "/vocabulary",
    "bodies": "/bodies",
    "body": "/bodies/ptc",
    "session of a body": "/bodies/ptc/sessions/204",
    "theme": "/themes/single-window",
    "about": "/about",
    "help": "/help",
    "runs": "/runs",
    "status": "/status",
    "run": "/runs/last",
    "adding papers": "/runs/add",
    "sign in": "/login",
    "not found": "/documents/nothing",
}


@contextmanager
def serving(home):
    """Serve a home from another process, on any free port; give the address."""
    command = [sys.executable, "-c", "from portal.cli import main; main()", "serve", "--port", "0", "--home", str(home)]
    server = subprocess.Popen(
        command, cwd=CHECKOUT, env=clean_environment(), stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    )
    try:
        line = server.stderr.readline()
        found = re.search(r"http://\S+", line)
        assert found, line
        yield found[0]
    finally:
        server.terminate()
        server.wait(300)


@pytest.fixture(scope="module")
def address(sample_home, tmp_path_factory):
    folder = tmp_path_factory.mktemp("browser")
    home = copy_of(sample_home, folder / "home")
    (folder / "papers").mkdir()
    (folder / "papers" / "a.txt").write_text("The single window of Veldia went live.")
    source = f"{{name: new, kind: folder, path: {folder / 'papers'}, quiet_seconds: 0}}"
    (home / "sources.yaml").write_text(f"sources:\n  - {source}\n")
    with serving(home) as found:
        yield found


@pytest.fixture(scope="module")
def chromium():
    """Debian's Chromium, driven by Playwright: the one that is only headless takes half of the processor's time."""
    needs("playwright")
    from playwright.sync_api import sync_playwright

    program = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    if program is None:
        missing("chromium-headless-shell is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def expect(chromium):
    """Playwright's assertions, which wait until they hold: a page that was asked for is not there at once."""
    from playwright.sync_api import expect

    expect.set_options(timeout=PATIENCE_MS)
    return expect


@pytest.fixture
def open_page(chromium, address):
    """Give a new page at an address of the portal; what its console says and what it loads from elsewhere fails."""
    contexts, said, elsewhere = [], [], []

    def run(path="/", *, size=DESKTOP, **options):
        context = chromium.new_context(viewport=size, base_url=address, locale="en-GB", **options)
        context.grant_permissions(["clipboard-write"])  # as for whoever clicks in a browser with a window
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: elsewhere.append(request.url) if address not in request.url else None)
        page.goto(path)
        return page

    yield run
    for context in contexts:
        context.close()
    assert [line for line in said if "status of 40" not in line] == []
    assert [url for url in elsewhere if not url.startswith("data:")] == []


def comes_into_view(page, selector):
    """Wait until the middle of an element is inside the window."""
    page.wait_for_function(
        """selector => {
            const box = document.querySelector(selector)?.getBoundingClientRect();
            if (!box) return false;
            const y = (box.top + box.bottom) / 2, x = (box.left + box.right) / 2;
            return y > 0 && y < innerHeight && x > 0 && x < innerWidth;
        }""",
        arg=selector,
    )


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_from_a_question_to_the_mark_on_its_page(open_page, size):
    page = open_page("/", size=size)
    page.fill("#q", '"single window"')
    page.press("#q", "Enter")
    page.wait_for_selector("ol.hits")
    if size is PHONE:
        page.click(".facets summary")
    page.get_by_label("Permanent Technical Committee").first.click()
    page.wait_for_selector("p.chosen a.chip")
    assert "body=ptc" in page.url
    page.locator(".passage a.open").first.click()
    mark = "#mark" if size is DESKTOP else "#mark-in-text"
    page.wait_for_selector(mark)
    page.wait_for_load_state("networkidle")
    comes_into_view(page, mark)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    if size is PHONE:
        assert not page.locator("figure.page").first.is_visible()
        page.click("text=Pages >> visible=true")
        page.wait_for_url("**view=pages**")
        comes_into_view(page, "#mark")
    picture = page.evaluate(
        """async () => {
            const image = new Image();
            image.src = document.querySelector("#mark").closest(".sheet").querySelector("img").getAttribute("src");
            await image.decode();
            return image.naturalWidth;
        }"""
    )
    assert picture == 900


def test_a_cell_of_the_matrix_opens_its_sentences_beside_it(open_page, expect):
    page = open_page("/matrix?by=level")
    cell = page.locator("td a.all").first
    count = cell.inner_text()
    cell.click()
    drawer = page.locator("#beside")
    expect(drawer.locator(".note").first).to_contain_text(re.compile(rf"\b{count} paper"))
    expect(drawer.locator("blockquote")).not_to_have_count(0)
    assert page.url.endswith("/matrix?by=level")
    drawer.locator("nav.about a").first.click()
    expect(drawer.locator("nav.about a[aria-current]")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(drawer).not_to_be_visible()
    expect(cell).to_be_focused()


def test_a_sentence_is_judged_beside_the_matrix(open_page, expect):
    page = open_page("/matrix?by=level&status=suggested")
    page.locator("td.apart a.all").first.click()
    drawer = page.locator("#beside")
    forms = drawer.locator("form.judging")
    expect(forms).not_to_have_count(0)
    before = forms.count()
    forms.first.get_by_role("button", name="Reject").click()
    expect(drawer.get_by_role("status")).to_contain_text("Rejected")
    drawer.get_by_role("button", name="Undo").click()
    expect(drawer.get_by_role("status")).to_contain_text("Taken back")
    expect(forms).to_have_count(before)
    with page.expect_response(lambda answer: "/matrix?" in answer.url):  # the cells are counted again
        drawer.locator("button.shut").click()
    expect(page.locator("td.apart a.all").first).to_be_focused()


def test_the_sentences_of_a_cell_are_a_page_without_scripts(open_page, expect):
    page = open_page("/matrix", java_script_enabled=False)
    page.locator("td a.all").first.click()
    page.wait_for_url("**/sentences?**")
    expect(page.locator("main blockquote")).not_to_have_count(0)
    page.goto("/matrix")
    page.select_option("select[name=by]", "year")
    page.get_by_role("button", name="Apply").click()
    expect(page.locator("table.matrix.by-year")).to_have_count(1)


def test_a_phone_lists_the_filled_cells(open_page):
    page = open_page("/matrix", size=PHONE)
    assert page.locator("td.empty").evaluate_all("cells => cells.every((one) => !one.checkVisibility())")
    assert page.locator("td:not(.empty)").evaluate_all("cells => cells.every((one) => one.checkVisibility())")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_matrix_narrows_as_soon_as_something_is_chosen(open_page, expect):
    page = open_page("/matrix")
    page.select_option("select[name=theme]", "single-window")
    page.wait_for_url("**theme=single-window**")
    expect(page.locator("select[name=theme]")).to_have_value("single-window")


def test_on_paper_nothing_is_cut_off_and_passages_say_how_they_are_cited(open_page):
    page = open_page(PAGES["results"], size=PAPER)
    for name in ("results", "reader", "text", "matrix", "side by side", "vocabulary", "about"):
        page.goto(PAGES[name])
        page.emulate_media(media="print")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
        assert not page.locator("header.top").is_visible()
        for table in page.locator(".wide").all():
            assert table.evaluate("box => box.scrollWidth <= box.clientWidth"), name
    page.goto(PAGES["results"])
    cited = "element => getComputedStyle(element, '::after').content"
    passage = page.locator(".passage").first
    assert passage.get_attribute("data-citation") in passage.evaluate(cited)


def test_completions_by_keyboard(open_page, expect):
    page = open_page("/")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.type("guichet un", delay=10)
    page.wait_for_selector("#completions li")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=theme%3Asingle-window**")
    page.wait_for_selector("ol.hits")


def test_by_keyboard_alone(open_page, expect):
    page = open_page("/?q=single+window")
    page.press("body", "j")
    expect(page.locator(".passage.current")).to_have_count(1)
    page.press("body", "?")
    expect(page.locator("#shortcuts")).to_be_visible()
    page.keyboard.press("Escape")
    page.press("body", "o")
    page.wait_for_url("**/documents/**#mark")
    page.wait_for_selector("#mark")


def test_the_first_tab_skips_to_the_content(open_page, expect):
    page = open_page("/?q=window")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#content")).to_be_focused()


def test_search_and_reading_without_scripts(open_page, expect):
    page = open_page("/", java_script_enabled=False)
    page.fill("#q", "single window")
    page.press("#q", "Enter")
    page.wait_for_selector("ol.hits")
    page.locator(".facets input[type=checkbox]").first.check()
    page.locator(".facets input[name=from]").fill("2010")
    page.get_by_role("button", name="Apply").first.click()
    page.wait_for_selector("p.chosen")
    assert page.locator("p.chosen a.chip").count() == 2
    page.locator(".passage a.open").first.click()
    expect(page.locator("#mark")).to_have_count(1)
    page.locator(".bar-view a").first.click()
    expect(page.locator(".block").nth(5)).to_be_attached()


def test_pins_that_are_clicked_at_once_are_all_in_the_briefing(open_page, expect):
    page = open_page("/?q=single+window")
    page.evaluate("[...document.querySelectorAll('button[form=pin]')].slice(0, 3).forEach((one) => one.click())")
    expect(page.locator("#briefing li.quotation")).to_have_count(3)
    expect(page.locator("button[form=pin]", has_text="✓")).to_have_count(3)
    page.locator(".passage a.open").first.click()
    expect(page.locator("#briefing:not([open])")).to_have_count(1)
    page.goto("/briefings")
    expect(page.locator("#briefing li.quotation")).to_have_count(3)
    page.get_by_text("Delete", exact=True).click()
    page.get_by_role("button", name="Delete").click()


def test_what_is_ticked_in_the_results_is_pinned(open_page, expect):
    page = open_page("/?q=single+window")
    pins = page.locator(".hits article:visible").evaluate_all(
        "all => all.map((one) => one.querySelector('button[form=pin]').value)"
    )
    expect(page.get_by_role("button", name="Pin the ticked")).to_be_hidden()
    page.locator("summary", has_text="Export").click()
    page.get_by_role("button", name="Tick all").click()
    expect(page.locator(".menu[open]")).to_have_count(0)  # it would lie above the bar
    page.get_by_role("button", name="Pin the ticked").click()
    expect(page.locator("#briefing li.quotation")).to_have_count(len(pins))
    links = page.locator("#briefing li.quotation a[href^='/documents/']").evaluate_all(
        "all => all.map((one) => one.href)"
    )
    assert len(pins) > 1
    for pin, link in zip(pins, links, strict=True):
        assert f"/documents/{pin.partition('-')[0]}?" in link
    page.goto("/briefings")
    page.get_by_text("Delete", exact=True).click()
    page.get_by_role("button", name="Delete").click()


def test_the_reader_by_keyboard_says_what_it_copied_and_which_page_is_read(open_page, expect):
    page = open_page("/documents/PC9001E1a")
    page.press("body", "n")
    page.wait_for_url("**passage=**")
    copy = page.locator(".bar-cite > button")
    expect(copy).to_have_text("Copy citation")
    page.press("body", "c")
    expect(copy).to_have_text("Copied")
    expect(page.locator("#announce")).to_contain_text("PC9001E1a, §")
    expect(copy).to_have_text("Copy citation")
    page.locator("figure.page").nth(2).scroll_into_view_if_needed()
    page.locator("figure.page").nth(2).evaluate("page => page.scrollIntoView()")
    expect(page.locator("input[data-page]")).to_have_value(
        page.locator("figure.page").nth(2).get_attribute("data-number")
    )
    expect(page.locator(".bar")).to_be_in_viewport()
    page.press("body", "/")
    page.keyboard.type("committee")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=committee**")
    expect(page.locator("ol.matches li").first).to_be_attached()


def test_a_judgement_and_an_added_tag_count_at_once(open_page, expect):
    page = open_page("/review")
    page.wait_for_selector("[data-key=a]")
    page.press("body", "a")
    expect(page.locator("p.facts[role=status]")).to_have_text(re.compile(r"^\s*1 judged by you today"))
    page.goto("/documents/PC9003")
    page.locator(".outline a[href*='passage=']").last.click()
    page.wait_for_url("**passage=**")
    passage = re.search(r"passage=([0-9a-f]{16}-\d+)", page.url)[1]
    page.click("text=Add what was missed")
    page.locator("input[type=radio]").first.check()
    page.select_option("select[name=dimension]", "people_capacity")
    page.select_option("select[name=level]", "L1")
    page.select_option("select[name=modality]", "achieved")
    page.click("button:has-text('Add the tag')")
    page.wait_for_url("**/documents/**")
    found = page.request.get("/search.json?dimension=people_capacity&level=L1&mode=text&symbol=PC9003").json()
    assert passage in [one["id"] for hit in found["hits"] for one in hit["passages"]]


def test_a_key_that_is_pressed_while_the_next_item_loads_is_for_that_item(open_page, expect):
    page = open_page("/review")
    page.wait_for_selector("[data-key=s]")
    judged = page.locator("p.facts[role=status]")
    before = int(re.search(r"\d+", judged.inner_text())[0])
    sent = []

    def hold_the_first(route):
        if route.request.method == "POST":
            sent.append(route)
        if len(sent) != 1 or route.request.method == "GET":
            route.continue_()

    page.route("**/review", hold_the_first)
    page.keyboard.press("s")
    page.keyboard.press("Shift")
    page.keyboard.press("s")
    page.wait_for_timeout(300)
    (first,) = sent  # the second key has sent nothing for the first item
    first.continue_()
    expect(judged).to_have_text(re.compile(rf"^\s*{before + 2} judged by you today"))


def test_a_source_is_read_at_once_and_the_page_says_when_it_is_done(open_page, expect):
    page = open_page("/runs")
    page.get_by_role("button", name="Run now: new").click()
    expect(page.get_by_role("heading", name="A run is at work")).to_be_visible()
    expect(page.get_by_role("button", name="Run now: new")).to_be_visible(timeout=RUN_SECONDS * 1000)
    row = page.locator("#sources tr", has=page.get_by_role("rowheader", name="new", exact=True))
    expect(row.get_by_role("cell", name="done")).to_be_visible()


def test_papers_are_added_and_the_page_follows_their_run(open_page, expect, tmp_path):
    paper = tmp_path / "note.txt"
    paper.write_text("The Committee took note of the single window of Cordania, which opened in May.", encoding="utf-8")
    page = open_page("/runs")
    page.get_by_role("button", name="Add papers").click()
    page.get_by_label("Papers").set_input_files(paper)
    page.get_by_label("Access").select_option("public")
    page.get_by_role("button", name="Add", exact=True).click()
    page.wait_for_url("**/runs?added=1")
    expect(page.get_by_role("heading", name="A run is at work")).to_be_visible()
    row = page.locator("#sources tr", has_text="papers added in the browser")
    expect(row.get_by_role("cell", name="done")).to_be_visible(timeout=RUN_SECONDS * 1000)
    expect(page.get_by_role("heading", name="A run is at work")).to_have_count(0)
    assert page.request.get("/search.json?mode=text&q=Cordania+opened+May").json()["documents"]


def test_the_interface_in_french(open_page, expect):
    page = open_page("/")
    page.click("text=Français")
    expect(page.locator(".places a[href='/']", has_text="Recherche")).to_have_count(1)
    page.click("nav >> text=Matrice")
    expect(page.locator("h1")).to_have_text("Matrice de maturité")
    expect(page.locator("html")).to_have_attribute("lang", "fr")


@pytest.fixture(scope="module")
def passage(portal):
    return portal.get("/search.json?q=window").json()["hits"][0]["passages"][0]["id"]


@pytest.mark.parametrize("name", PAGES)
def test_no_barrier_and_valid_html(open_page, passage, name):
    from axe_playwright_python.sync_playwright import Axe

    for options in ({}, {"size": PHONE, "color_scheme": "dark"}):
        page = open_page(PAGES[name].format(passage=passage), **options)
        found = Axe().run(page).response["violations"]
        grave = [
            (one["id"], [node["html"][:200] for node in one["nodes"][:3]])
            for one in found
            if one["impact"] in ("serious", "critical")
        ]
        assert grave == [], (name, options)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (name, options)
    html5lib.HTMLParser(strict=True).parse(page.request.get(page.url.partition("#")[0]).text())
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(one => one.id)")
    assert len(ids) == len(set(ids))


def test_the_table_of_quality_fits_a_phone(open_page):
    page = open_page("/review/quality", size=PHONE)
    assert page.evaluate("[...document.querySelectorAll('.wide')].every(one => one.scrollWidth <= one.clientWidth)")


def test_what_help_explains_stands_beside_its_explanation(open_page):
    page = open_page("/help")
    for kind in ("code", "dt:not(:has(code))"):
        word, said = (page.locator(f".prose dl:has({kind}) > {one}").nth(1).bounding_box() for one in ("dt", "dd"))
        assert word["x"] + word["width"] <= said["x"]
        assert word["y"] == said["y"]


def test_papers_are_corrected_from_a_list(open_page, expect):
    page = open_page("/?q=single+window&mode=text")
    for place in (0, 1):
        page.locator(".hits input[name=document]").nth(place).check()
    page.get_by_role("button", name="Correct the ticked papers").click()
    expect(page.locator("form.correcting")).to_be_visible()
    page.get_by_label("Session").fill("71, 72")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".banner.done")).to_contain_text("Saved, and shown from now on.")
    expect(page.locator("ul.entries .facts").first).to_contain_text("session 71/72")
    assert page.locator("ul.entries > li").count() == 2
    page.get_by_role("link", name="Back to the list").click()
    expect(page.locator(".hits .facts", has_text="session 71/72").first).to_be_visible()


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_the_form_of_corrections_fits(open_page, expect, size):
    page = open_page("/correct?document=PC9002E1a", size=size)
    expect(page.get_by_label("Title")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
