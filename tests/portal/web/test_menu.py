"""Every entry of the menu has something to show over the samples, and what it names first is there."""

from lxml import html

OF_READERS = {"/briefings", "/verify", "/searches", "/runs/add"}
"""What begins empty and is filled by who reads: it asks for something, or says what to do."""
WITHOUT_TAGS = {"/members"}
"""The administrations of the samples do not exist, so no tag speaks of one."""


def test_every_link_of_the_menu_leads_to_a_page_that_shows_something(portal):
    menu = html.fromstring(portal.get("/").text).xpath("//div[@class='all-places']//a/@href")
    assert {"/", "/bodies", "/vocabulary", "/members", "/matrix", "/review", "/runs", "/status"} <= {*menu}
    for address in menu:
        answer = portal.get(address)
        assert answer.status_code == 200, address
        (main,) = html.fromstring(answer.text).xpath("//main")
        wanted = ".//form | .//p" if address in OF_READERS | WITHOUT_TAGS else ".//td | .//li | .//article"
        assert main.xpath(".//h1"), address
        assert main.xpath(wanted), address
        links = [link for link in main.xpath(".//a/@href") if link.startswith("/") and link not in menu]
        assert all(portal.get(link).status_code == 200 for link in links[:2]), links[:2]
