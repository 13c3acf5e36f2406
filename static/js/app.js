// The panel's only hand-written script. Every page works without it; it binds
// by data attributes and delegation, so swapped-in parts need no set-up.
(() => {
  "use strict";
  const root = document.documentElement;
  const on = (type, selector, run) => document.addEventListener(type, (e) => {
    const el = e.target instanceof Element && e.target.closest(selector);
    if (el) run(el, e);
  });

  // Theme: the cookie tells the server, so that the next page comes right.
  const dark = () => root.dataset.theme === "dark" || (root.dataset.theme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  on("click", "[data-theme-toggle]", () => {
    const next = dark() ? "light" : "dark";
    root.dataset.theme = next;
    document.cookie = `theme=${next};path=/;max-age=31536000;samesite=lax`;
  });

  // Dialogs: a link to a form as a page opens it in a window.
  on("click", "a[data-opens]", (a, e) => {
    const d = document.getElementById(a.dataset.opens);
    if (!d || e.ctrlKey || e.metaKey || e.shiftKey) return;
    e.preventDefault();
    d.showModal();
  });
  on("click", "dialog", (d, e) => { if (e.target === d) d.close("no"); }); // the backdrop
  document.addEventListener("click", (e) => {
    for (const m of document.querySelectorAll("details[data-menu][open]")) if (!m.contains(e.target)) m.open = false;
  });
  document.addEventListener("keydown", (e) => {
    if (e.key !== "Escape") return;
    const m = document.querySelector("details[data-menu][open]");
    if (m) { m.open = false; m.querySelector("summary").focus(); }
  });

  // ask puts the element's question and resolves to whether the answer was yes.
  const dialog = document.getElementById("ask");
  const words = dialog && { title: dialog.querySelector("h2").textContent, yes: dialog.querySelector("[data-yes]").textContent, no: dialog.querySelector("[data-no]").textContent };
  const ask = (el) => new Promise((resolve) => {
    dialog.querySelector("h2").textContent = el.dataset.ask || words.title;
    dialog.querySelector("p").textContent = el.dataset.askText || "";
    const yes = dialog.querySelector("[data-yes]"), no = dialog.querySelector("[data-no]"), mild = "askMild" in el.dataset;
    yes.textContent = el.dataset.askYes || words.yes;
    no.textContent = mild ? no.dataset.no : words.no;
    yes.classList.toggle("danger", !mild);
    yes.classList.toggle("primary", mild);
    dialog.toggleAttribute("data-mild", mild);
    dialog.returnValue = "no";
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
    dialog.showModal();
  });
  const posts = (e) => (e.submitter?.getAttribute("formmethod") ?? e.target.method) === "post" && !e.target.matches("[hx-post], [hx-delete]");
  if (dialog) {
    const sure = new WeakSet();
    document.addEventListener("submit", async (e) => {
      const form = e.target, asker = e.submitter?.dataset.ask ? e.submitter : form;
      if (!asker.dataset.ask || !posts(e) || sure.delete(form)) return;
      e.preventDefault();
      const by = e.submitter;
      if (await ask(asker)) { sure.add(form); form.requestSubmit(by); }
    });
    document.addEventListener("htmx:confirm", async (e) => {
      const el = e.target.closest("[data-ask]");
      if (!el) return;
      e.preventDefault();
      if (await ask(el)) e.detail.issueRequest(); else e.detail.dropRequest();
    });
  }

  // A form that is too large for the server is not sent: its answer would take the
  // place of what was typed.
  const large = document.getElementById("too-large");
  if (large) document.addEventListener("submit", (e) => {
    if (e.target.enctype !== "application/x-www-form-urlencoded" || new URLSearchParams(new FormData(e.target)).toString().length <= Number(large.dataset.limit)) return;
    e.preventDefault();
    e.stopImmediatePropagation();
    document.getElementById("toasts").append(large.content.cloneNode(true));
  }, true);
  on("click", "[data-back]", () => history.back());

  // A form that is under way is not sent twice. The page may come back from the
  // browser's cache, so the mark goes when it is shown again.
  document.addEventListener("submit", (e) => {
    const form = e.target;
    if (e.defaultPrevented || !posts(e)) return;
    if (form.dataset.sent) { e.preventDefault(); return; }
    form.dataset.sent = "1";
    e.submitter?.setAttribute("aria-disabled", "true");
  });
  addEventListener("pageshow", () => {
    for (const f of document.querySelectorAll("form[data-sent]")) {
      delete f.dataset.sent;
      for (const b of f.querySelectorAll("[aria-disabled]")) b.removeAttribute("aria-disabled");
    }
  });

  // Picking from long lists: [data-select="/address"] holds boxes; each change
  // is posted as ids=1,2,3 and on=1 or 0, and the server keeps the choice.
  // Shift takes everything from the last box to this one.
  let last = null;
  on("click", "[data-select] input[type=checkbox]", (box, e) => {
    const list = box.closest("[data-select]");
    let changed = [box];
    if (e.shiftKey && last?.isConnected && list.contains(last)) {
      const all = [...list.querySelectorAll("input[type=checkbox]")];
      const [a, z] = [all.indexOf(last), all.indexOf(box)].sort((x, y) => x - y);
      changed = all.slice(a, z + 1).filter((c) => c === box || c.checked !== box.checked);
      for (const c of changed) c.checked = box.checked;
    }
    last = box;
    if (!list.dataset.select) return;
    htmx.ajax("POST", list.dataset.select, {
      source: list, target: list, swap: "none",
      values: { ids: changed.map((c) => c.value).join(","), on: box.checked ? "1" : "0" },
    });
  });

  // The Enter key on a box would press a button of its form.
  on("keypress", "[data-select] input[type=checkbox]", (box, e) => { if (e.key === "Enter") e.preventDefault(); });

  // Message text: length in UTF-16 units, as Telegram counts and as .length
  // does, and the bubble that follows it. Invisible space at the ends is not
  // sent, so it does not count.
  on("input", "textarea[data-text]", (area) => {
    const text = area.value.trim(), limit = Number(area.dataset.limit);
    const counter = document.querySelector(`[data-counter="${area.id}"]`);
    if (counter) {
      counter.textContent = counter.textContent.replace(/\d+/, text.length);
      counter.toggleAttribute("data-over", text.length > limit);
    }
    const mirror = document.querySelector(`[data-mirror="${area.id}"]`);
    if (mirror) mirror.textContent = text;
  });

  // Codes: only digits stay, and the last one may send the form.
  on("input", "input[data-code]", (input) => {
    const digits = input.value.replace(/\D/g, ""), length = Number(input.dataset.code);
    if (input.value !== digits) input.value = digits;
    if ("autosubmit" in input.dataset && length && digits.length === length) input.form?.requestSubmit();
  });

  // Toasts go after a while, but not while one reads them.
  const region = document.getElementById("toasts");
  const leave = (t) => setTimeout(() => (t.matches(":hover") ? leave(t) : t.remove()), 6000);
  if (region) new MutationObserver((ms) => {
    for (const m of ms) for (const n of m.addedNodes) if (n instanceof Element) leave(n);
  }).observe(region, { childList: true });

  // What a stream swaps in was parsed as if no script ran: what is for then goes.
  new MutationObserver(() => {
    for (const n of document.querySelectorAll("noscript > *")) n.remove();
  }).observe(document.body, { childList: true, subtree: true });

  // Changing the language keeps what was typed: a form with data-keep="name" is
  // put aside, and filled again when it comes back in the other language.
  on("click", ".langs a, .langs button", () => {
    for (const f of document.querySelectorAll("form[data-keep]")) {
      const typed = [...new FormData(f)].filter(([k, v]) => k !== "token" && typeof v === "string" && f.elements[k]?.type !== "password");
      sessionStorage.setItem("keep:" + f.dataset.keep, JSON.stringify(typed));
    }
  });
  for (const f of document.querySelectorAll("form[data-keep]")) {
    const key = "keep:" + f.dataset.keep, typed = JSON.parse(sessionStorage.getItem(key) ?? "null");
    sessionStorage.removeItem(key);
    if (!typed) continue;
    for (const box of f.querySelectorAll("input[type=checkbox]")) box.checked = typed.some(([k, v]) => k === box.name && v === box.value);
    for (const [name, value] of typed) {
      const field = f.elements.namedItem(name);
      if (!field) continue;
      field.value = value; // of radio buttons too
      (field instanceof Element ? field : field[0]).dispatchEvent(new Event("input", { bubbles: true }));
    }
  }

  // Live pages: data-lost on the root says that the stream is broken. The stream
  // itself tries again; a session that is over leads to the sign-in page.
  let asked = 0;
  const lost = async () => {
    root.dataset.lost = "";
    if (Date.now() - asked < 5000) return;
    asked = Date.now();
    try {
      const res = await fetch(location.href, { redirect: "manual" });
      if (res.type === "opaqueredirect") location.reload();
    } catch { /* the server is away: the stream goes on trying */ }
  };
  for (const type of ["htmx:sse:error", "htmx:sse:close"]) document.addEventListener(type, lost);
  for (const type of ["htmx:sse:after:connection", "htmx:sse:after:message"]) document.addEventListener(type, () => { delete root.dataset.lost; });
  addEventListener("pagehide", () => { asked = Infinity; }); // leaving a page breaks its stream too

  // Countdowns: data-until holds milliseconds since 1970.
  const two = (n) => String(n).padStart(2, "0");
  const tick = () => {
    for (const t of document.querySelectorAll("[data-until]:not([data-over])")) {
      const s = Math.max(0, Math.ceil((Number(t.dataset.until) - Date.now()) / 1000));
      t.textContent = s >= 3600 ? `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}` : `${Math.floor(s / 60)}:${two(s % 60)}`;
      if (s === 0) { t.dataset.over = ""; t.dispatchEvent(new CustomEvent("over", { bubbles: true })); }
    }
  };
  tick();
  setInterval(tick, 1000);
})();
