// Keeps the page fresh and turns its buttons into calls of the control API.
"use strict";

const live = document.getElementById("live");
const toast = document.getElementById("toast");
const shown = new Map(); // region name -> HTML as the server sent it
let tag = "";

// The chat that is open stays open, also where the address names none and another
// one becomes the newest: the box under it writes into this one.
const here = new URL(location.href);
if (document.body.dataset.chat) {
  here.searchParams.set("chat", document.body.dataset.chat);
}

function regions(root) {
  return [...root.querySelectorAll("[data-live]")].map((el) => el.dataset.live).join();
}

function say(text) {
  toast.textContent = text;
  toast.hidden = false;
  clearTimeout(say.timer);
  say.timer = setTimeout(() => { toast.hidden = true; }, 4000);
}

// Lists of messages stay at their end unless somebody scrolled up.
function tails(root) {
  return [...root.querySelectorAll("[data-tail]")];
}
function atEnd(el) {
  return el.scrollHeight - el.scrollTop - el.clientHeight < 40;
}

function swap(region, html) {
  const before = tails(region).map((el) => (atEnd(el) ? -1 : el.scrollTop));
  const top = region.scrollTop;
  const focus = region.contains(document.activeElement) ? [...region.querySelectorAll("button, a, [tabindex]")].indexOf(document.activeElement) : -1;
  region.innerHTML = html;
  region.scrollTop = top;
  tails(region).forEach((el, i) => { el.scrollTop = before[i] === undefined || before[i] < 0 ? el.scrollHeight : before[i]; });
  if (focus >= 0) {
    region.querySelectorAll("button, a, [tabindex]")[focus]?.focus({ preventScroll: true });
  }
}

async function refresh() {
  const res = await fetch(here.pathname + here.search, { headers: { "If-None-Match": tag } });
  live.className = "live";
  live.textContent = "live";
  if (res.status === 304 || !res.ok) {
    return;
  }
  tag = res.headers.get("ETag") || "";
  const doc = new DOMParser().parseFromString(await res.text(), "text/html");
  if (doc.body.dataset.world !== document.body.dataset.world || regions(doc) !== regions(document)) {
    location.assign("/"); // another world, or the first chat or account of this one
    return;
  }
  for (const fresh of doc.querySelectorAll("[data-live]")) {
    const name = fresh.dataset.live;
    const region = document.querySelector(`[data-live="${name}"]`);
    if (region && shown.get(name) !== fresh.innerHTML) {
      swap(region, fresh.innerHTML);
      shown.set(name, fresh.innerHTML);
    }
  }
}

async function loop() {
  try {
    if (!document.hidden) {
      await refresh();
    }
  } catch {
    live.className = "live off";
    live.textContent = "no connection";
  }
  setTimeout(loop, 1000);
}

async function call(method, url, body) {
  try {
    const res = await fetch(url, { method, headers: { "Content-Type": "application/json" }, body: body && JSON.stringify(body) });
    if (!res.ok) {
      const e = await res.json().catch(() => ({}));
      say(e.error || `refused: ${res.status}`);
      return false;
    }
    const answer = await res.json();
    await refresh();
    return answer;
  } catch {
    say("The sandbox does not answer.");
    return false;
  }
}

function faultBody(button) {
  const body = JSON.parse(button.dataset.fault);
  const form = new FormData(document.getElementById("fault-form"));
  body.times = Number(form.get("times"));
  // auth.* calls come before there is an account; the phone they name counts.
  if (form.get("phone")) {
    body.phone = form.get("phone");
  }
  if (form.get("chat") && body.method === "messages.sendMessage") {
    body.chat = Number(form.get("chat"));
  }
  return body;
}

function botBody(d) {
  if (d.callback !== undefined) {
    return { callback: d.callback, message_id: Number(d.message) };
  }
  if (d.contact) {
    return { contact: true };
  }
  if (d.block) {
    return { block: d.block === "true" };
  }
  return d.text === undefined ? {} : { text: d.text };
}

document.addEventListener("click", (event) => {
  const b = event.target.closest("button");
  if (!b) {
    return;
  }
  const d = b.dataset;
  if (d.copy !== undefined) {
    navigator.clipboard.writeText(d.copy).then(() => say(`Copied ${d.copy}`), () => say("Copying was not allowed"));
  } else if (d.fault) {
    call("POST", "/api/faults", faultBody(b));
  } else if (d.delete) {
    call("DELETE", d.delete);
  } else if (d.postTo && (!d.confirm || confirm(d.confirm))) {
    call("POST", d.postTo, botBody(d));
  }
});

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.dataset.post) {
    return;
  }
  event.preventDefault();
  const f = Object.fromEntries(new FormData(form));
  const stranger = `${document.body.dataset.world} ${f.first_name}`;
  let body = f;
  if (form.dataset.as === "message") {
    // Who wrote before under this name is the same person.
    body = { sender: Number(sessionStorage.getItem(stranger)) || { first_name: f.first_name }, text: f.text };
  }
  const answer = await call("POST", form.dataset.post, body);
  if (answer) {
    if (answer.sender_id) {
      sessionStorage.setItem(stranger, answer.sender_id);
    }
    form.elements.text.value = "";
    form.elements.text.focus();
  }
});

document.addEventListener("change", (event) => {
  event.target.closest("form[data-auto]")?.requestSubmit();
});

tails(document).forEach((el) => { el.scrollTop = el.scrollHeight; });
document.querySelectorAll("[data-live]").forEach((el) => shown.set(el.dataset.live, el.innerHTML));
loop();
