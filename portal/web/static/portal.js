// What pages do beyond links and forms: keys, completion, copying, selects that submit. All of it is optional.
"use strict";

const announce = (text) => { document.getElementById("announce").textContent = text; };
const typing = (target) => target.closest("input, select, textarea, dialog, [contenteditable]") !== null;

async function copy(button) {
  const text = button.dataset.copy;
  if (navigator.clipboard) await navigator.clipboard.writeText(text);
  else {  // an address without https has no clipboard
    const area = document.body.appendChild(document.createElement("textarea"));
    area.value = text;
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  announce(text);
  const said = document.body.dataset.copied;
  if (!said || button.textContent === said) return;
  const label = button.textContent;
  button.textContent = said;
  setTimeout(() => { button.textContent = label; }, 2000);
}

// --- passages by key
function passages() { return [...document.querySelectorAll(".passage")]; }
function current() { return document.querySelector(".passage.current"); }
function step(by) {
  const all = passages();
  if (!all.length) return;
  const at = all.indexOf(current());
  const next = all[Math.min(Math.max(at + by, 0), all.length - 1)];
  current()?.classList.remove("current");
  next.classList.add("current");
  next.closest("details")?.setAttribute("open", "");
  next.querySelector("a.open, a")?.focus({ preventScroll: true });
  next.scrollIntoView({ block: "center" });
}
const keys = {
  "/": () => document.getElementById("q")?.focus(),
  "j": () => step(1),
  "k": () => step(-1),
  "c": () => current()?.querySelector("[data-copy]")?.click(),
  "o": () => current()?.querySelector("a.open")?.click(),
  "?": () => document.getElementById("shortcuts").showModal(),
};
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") document.querySelector(".menu[open]")?.removeAttribute("open");
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  if (leaving) {
    if (!event.repeat && event.key.length === 1) sessionStorage.typed = (sessionStorage.typed ?? "") + event.key;
    return;
  }
  const bound = [...document.querySelectorAll(`[data-key="${CSS.escape(event.key)}"]`)].find((one) => one.checkVisibility?.() ?? true);
  const act = bound ? () => bound.click() : keys[event.key];
  if (act) { event.preventDefault(); act(); }
});
let leaving = false;  // once a judgement is sent, keys are for the next item
addEventListener("submit", (event) => { leaving = !event.defaultPrevented && Boolean(document.querySelector(".review")); });
addEventListener("pagehide", () => { leaving = false; });
// What takes a while, a file that is sent, shows it on its button.
addEventListener("submit", ({ target, submitter }) => { if (target.enctype.startsWith("multipart")) submitter?.setAttribute("aria-busy", "true"); });
addEventListener("pageshow", () => { for (const one of document.querySelectorAll("button[aria-busy]")) one.removeAttribute("aria-busy"); });
const typed = sessionStorage.typed ?? "";
delete sessionStorage.typed;
for (const key of typed) document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll(".menu[open]")) if (!menu.contains(event.target)) menu.removeAttribute("open");
  const button = event.target.closest("[data-copy]");
  if (button) copy(button);
  if (event.target.closest("[data-shortcuts]")) keys["?"]();
  const ticking = event.target.closest("[data-tick]");
  ticking?.closest(".menu")?.removeAttribute("open");
  if (ticking) for (const box of document.getElementsByName(ticking.dataset.tick)) box.checked ||= box.checkVisibility?.() ?? true;
  if (event.target.closest("[data-pin-ticked]")) {
    for (const box of document.querySelectorAll(".hits [name=document]:checked")) box.closest("article").querySelector("[form=pin]").click();
  }
  const picture = event.target.closest("a[data-enlarge]");
  if (picture && !event.ctrlKey && !event.metaKey) { event.preventDefault(); enlarge(picture); }
});
function enlarge(link) {
  const dialog = document.createElement("dialog");
  const image = document.createElement("img");
  dialog.className = "enlarged";
  dialog.ariaLabel = image.alt = link.firstElementChild.getAttribute("aria-label");
  image.src = link.href;
  dialog.append(image);
  dialog.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => { dialog.remove(); link.focus(); });
  document.body.append(dialog);
  dialog.showModal();
}
document.addEventListener("change", (event) => {
  const form = event.target.form;
  if (event.target.matches("[data-submit]")) form.requestSubmit();
  else if (event.target.matches("[data-live] input[type=checkbox]")) {
    sessionStorage.setItem("ticked", `${event.target.name}=${event.target.value}`);
    form.requestSubmit();
  }
});
document.addEventListener("formdata", (event) => {  // an address without what was not filled in
  if (event.target.method !== "get") return;
  for (const [name, value] of [...event.formData]) if (value === "") event.formData.delete(name);
});
const ticked = sessionStorage.getItem("ticked");
sessionStorage.removeItem("ticked");
[...document.querySelectorAll("[data-live] input[type=checkbox]")].find((one) => `${one.name}=${one.value}` === ticked)?.focus({ preventScroll: true });
for (const filter of document.querySelectorAll("input[data-filter]")) filter.hidden = false;
document.addEventListener("input", (event) => {
  const target = event.target.dataset.filter;
  if (!target) return;
  const wanted = event.target.value.toLocaleLowerCase();
  for (const entry of document.querySelectorAll(target)) {
    entry.hidden = !entry.textContent.toLocaleLowerCase().includes(wanted);
  }
});

// --- a part of the page that is replaced in place: of the address that a form asks for
async function parsed(address, options) {
  const answer = await fetch(address, options).catch(() => null);
  return answer?.ok && !answer.headers.get("Content-Disposition") ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
}
document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form[data-swap]");
  const place = form && document.getElementById(form.dataset.swap);
  if (!place) return;
  event.preventDefault();
  const asked = new URLSearchParams([...new FormData(form)].filter(([, value]) => value));
  const address = `${form.getAttribute("action")}?${asked}`;
  place.setAttribute("aria-busy", "true");
  const found = (await parsed(address))?.getElementById(place.id);
  if (!found) { location.assign(address); return; }
  document.getElementById(place.id).replaceWith(found);
  history.pushState(null, "", address);
  addEventListener("popstate", () => location.reload(), { once: true });
});

// --- what a link leads to, beside the page: in a drawer
let judged = false;  // what a table counts may have changed
async function beside(address, options) {
  judged ||= Boolean(options);
  const found = (await parsed(address, options))?.querySelector("[data-part]");
  if (!found) { location.assign(options ? location.href : address); return; }
  let drawer = document.getElementById("beside");
  if (!drawer) {
    drawer = document.createElement("dialog");
    drawer.id = "beside";
    drawer.append(document.createElement("article"));
    drawer.addEventListener("click", (event) => { if (event.target === drawer) drawer.close(); });
    drawer.addEventListener("close", recount);
    document.body.append(drawer);
  }
  const close = document.createElement("button");
  close.className = "shut secondary outline";
  close.textContent = document.querySelector("#shortcuts form[method=dialog] button").textContent;
  close.addEventListener("click", () => drawer.close());
  drawer.setAttribute("aria-labelledby", found.getAttribute("aria-labelledby"));
  drawer.firstElementChild.replaceChildren(close, found);
  if (!drawer.open) drawer.showModal();
  drawer.firstElementChild.scrollTop = 0;
}
async function recount() {
  const place = judged && document.getElementById("matrix");
  const found = place && (await parsed(location.href))?.getElementById("matrix");
  if (!found) return;
  judged = false;
  const link = document.activeElement.getAttribute("href");
  place.replaceWith(found);
  [...found.querySelectorAll("a[data-beside]")].find((one) => one.getAttribute("href") === link)?.focus();
}
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-beside]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  beside(link.href);
});
document.addEventListener("submit", (event) => {
  if (!event.target.closest("#beside") || event.target.method !== "post") return;
  event.preventDefault();
  beside(event.target.action, { method: "POST", body: new URLSearchParams(new FormData(event.target, event.submitter)) });
});

// --- completion of the query
const box = document.getElementById("q");
const list = document.getElementById("completions");
if (box && list) {
  let asked = 0;
  let chosen = -1;
  const close = () => { list.hidden = true; chosen = -1; box.setAttribute("aria-expanded", "false"); box.removeAttribute("aria-activedescendant"); };
  const take = (item) => {
    close();
    if (item.dataset.address) { location.assign(item.dataset.address); return; }
    box.value = item.dataset.query;
    box.form.requestSubmit();
  };
  const point = (at) => {
    const items = [...list.children];
    chosen = (at + items.length) % items.length;
    items.forEach((item, place) => item.setAttribute("aria-selected", String(place === chosen)));
    box.setAttribute("aria-activedescendant", items[chosen].id);
    items[chosen].scrollIntoView({ block: "nearest" });
  };
  box.addEventListener("input", async () => {
    const number = ++asked;
    if (box.value.trim().length < 2) { close(); return; }
    await new Promise((done) => setTimeout(done, 120));
    if (number !== asked) return;
    const answer = await fetch(`/complete?q=${encodeURIComponent(box.value)}`);
    if (!answer.ok || number !== asked) return;
    const found = await answer.json();
    list.replaceChildren(...found.map((one, place) => {
      const item = document.createElement("li");
      item.id = `completion-${place}`;
      item.role = "option";
      item.dataset.query = one.query;
      if (one.address) item.dataset.address = one.address;
      item.append(one.label);
      const kind = document.createElement("small");
      kind.textContent = one.kind;
      item.append(kind);
      return item;
    }));
    list.hidden = !found.length;
    box.setAttribute("aria-expanded", String(!list.hidden));
    chosen = -1;
  });
  box.addEventListener("keydown", (event) => {
    if (list.hidden) return;
    if (event.key === "ArrowDown") { event.preventDefault(); point(chosen + 1); }
    else if (event.key === "ArrowUp") { event.preventDefault(); point(chosen < 0 ? -1 : chosen - 1); }
    else if (event.key === "Escape") close();
    else if (event.key === "Enter" && chosen >= 0) { event.preventDefault(); take(list.children[chosen]); }
  });
  list.addEventListener("mousedown", (event) => { event.preventDefault(); const item = event.target.closest("li"); if (item) take(item); });
  box.addEventListener("blur", close);
}

// --- small screens: the filters begin closed; with keys, say so
for (const drawer of document.querySelectorAll(".drawer, details.briefing")) {
  if (matchMedia(drawer.closest(".outline, .briefing") ? "(max-width: 75rem)" : "(max-width: 60rem)").matches) drawer.removeAttribute("open");
}
for (const one of document.querySelectorAll("[data-shortcuts], [data-tick], [data-pin-ticked]")) one.removeAttribute("hidden");
const toMark = () => {  // in the text where a small screen shows that in place of the pages
  if (location.hash !== "#mark") return;
  [...document.querySelectorAll("#mark, #mark-in-text")].find((one) => one.checkVisibility?.() ?? true)?.scrollIntoView({ block: "center" });
};
addEventListener("load", () => setTimeout(toMark));  // after the browser's own jump, which leaves the mark at the edge
addEventListener("hashchange", toMark);

// --- the page that is read: its number in the bar follows, as long as nobody types another
const pageNumber = document.querySelector("[data-page]");
if (pageNumber) {
  const printed = document.querySelector("[data-printed]");
  const seen = new IntersectionObserver((entries) => {
    const page = entries.find((entry) => entry.isIntersecting)?.target.dataset;
    if (!page || document.activeElement === pageNumber) return;
    pageNumber.value = page.number;
    printed.textContent = page.label && page.label !== page.number ? `(${printed.dataset.printed} ${page.label})` : "";
  }, { rootMargin: "-45% 0px -50% 0px" });
  for (const page of document.querySelectorAll("figure.page")) seen.observe(page);
}

// --- what changes while it is looked at: fetched again until it has come to rest, and not under somebody's hands
const follow = () => setTimeout(async () => {
  const place = document.querySelector("[data-changing]");
  if (!place) return;
  const answer = place.contains(document.activeElement) ? null : await fetch(location.href).catch(() => null);
  const found = answer?.ok && new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(place.id);
  if (found) place.replaceWith(found);
  follow();
}, 3000);
follow();

// --- images that may be missing: the text stands beside them
const drop = (image) => { image.closest("figure, a").hidden = true; };
for (const image of document.querySelectorAll("img[data-optional]")) {
  if (image.complete && !image.naturalWidth) drop(image);
  image.addEventListener("error", () => drop(image));
}
for (const image of document.querySelectorAll("image[data-optional]")) {  // of a drawing: it does not say whether it failed
  const probe = new Image();
  probe.addEventListener("error", () => drop(image));
  probe.src = image.href.baseVal;
}

// --- a briefing beside the page: pinned, written and ordered in place
const briefing = () => document.getElementById("briefing");
let sending = Promise.resolve();  // one after the other: the panel of the last answer is the newest
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.getAttribute("action") !== "/briefings" || "whole" in form.dataset || !briefing()) return;
  event.preventDefault();
  const sent = new URLSearchParams(new FormData(form, event.submitter));
  sent.set("next", briefing().dataset.again);
  sending = sending.finally(() => send(form, event.submitter, sent));
});
async function send(form, submitter, sent) {
  const found = (await parsed("/briefings", { method: "POST", body: sent }))?.getElementById("briefing");
  if (!found) {  // what is wrong is said by the page that answers
    const said = Object.assign(document.createElement("input"), { type: "hidden", name: submitter.name, value: submitter.value });
    form.append(said);
    form.submit();
    return;
  }
  briefing().replaceWith(found);
  found.setAttribute("open", "");
  if (form.id === "pin" && !submitter.textContent.startsWith("✓")) submitter.prepend("✓ ");
  if (form.id === "pin" || !sent.get("pin")) found.querySelector("li:last-child")?.scrollIntoView({ block: "nearest" });
  announce(found.querySelector("summary")?.textContent ?? "");
}
let dragged = null;
document.addEventListener("dragstart", (event) => {
  dragged = event.target.closest?.("#briefing [draggable]")?.closest("li") ?? null;
  if (dragged) event.dataTransfer.setDragImage(dragged, 0, 0);
});
document.addEventListener("dragover", (event) => {
  const over = dragged && event.target.closest("#briefing li");
  if (!over || over.parentNode !== dragged.parentNode) return;
  event.preventDefault();
  const box = over.getBoundingClientRect();
  if (over !== dragged) over[event.clientY < box.top + box.height / 2 ? "before" : "after"](dragged);
});
document.addEventListener("dragend", () => {
  if (!dragged) return;
  const form = dragged.querySelector("form");
  form.elements.place.value = [...dragged.parentNode.children].indexOf(dragged) + 1;
  dragged = null;
  form.requestSubmit(form.querySelector("[value=change]"));
});
document.addEventListener("toggle", (event) => {  // put away until it is asked for again
  if (event.target.id === "briefing") sessionStorage.setItem("briefing", event.target.open ? "open" : "shut");
}, true);
if (sessionStorage.getItem("briefing") === "shut") briefing()?.removeAttribute("open");
