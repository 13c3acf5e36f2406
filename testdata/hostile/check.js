// What is wrong with the page, or with a fragment of one, when strangers have
// chosen its names and texts: a list of words, empty where nothing is.
((fragment, ours) => {
  const wrong = new Set();
  const turning = /[\u202A-\u202E\u2066-\u2069\u200E\u200F\u061C]/;
  const unseen = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F\u2028\u2029\u00AD\u180E\u200B\u2060-\u2064\uFEFF\u{E0000}-\u{E007F}]/u;
  const rightToLeft = /[\u0590-\u08FF\uFB1D-\uFDFF\uFE70-\uFEFC]/;
  const escaped = (s) => s.trim().slice(0, 80).replace(/[^\x20-\x7e\u0400-\u04ff]/gu, (c) => "\\u{" + c.codePointAt(0).toString(16) + "}");
  const where = (el) => {
    const steps = [];
    for (let e = el; e && e !== document.body && steps.length < 4; e = e.parentElement) steps.unshift(e.localName + (e.id && /^[\w-]+$/.test(e.id) ? "#" + e.id : "") + (e.className && typeof e.className === "string" ? "." + e.className.split(" ")[0] : ""));
    return steps.join(" > ");
  };
  const say = (what, el, text) => wrong.add(`${what} at ${where(el)}: ${escaped(text ?? "")}`);

  if (window.__hit) wrong.add("a stranger's script ran: " + window.__hit);
  for (const p of window.__policy) wrong.add("the content security policy had to stop something: " + p);

  let root = document.documentElement;
  if (fragment !== null) {
    root = document.createElement("div");
    root.innerHTML = fragment;
    document.body.append(root);
  }

  const strangers = "iframe, frame, frameset, object, embed, applet, base, math, style, marquee, audio, video, portal, template:not(#too-large), animate, set, foreignObject, img[src^='x']";
  for (const el of root.querySelectorAll(strangers)) say("a stranger's element", el, el.outerHTML);
  for (const el of root.querySelectorAll("script")) if (!el.src || el.textContent.trim()) say("a script in the page", el, el.outerHTML);
  for (const el of root.querySelectorAll("body meta, body link, body title, body base")) if (el.closest("svg") === null) say("a stranger's element", el, el.outerHTML);

  const addresses = ["href", "src", "action", "formaction", "data", "poster", "cite", "background", "ping", "srcset", "xlink:href", "hx-get", "hx-post", "hx-put", "hx-delete", "hx-sse:connect", "hx-push-url"];
  for (const el of root.querySelectorAll("*")) {
    for (const { name, value } of el.attributes) {
      if (/^(on|hx-on|srcdoc$|style$|ping$|hx-swap-oob$)/.test(name)) say("an attribute " + name, el, value);
      if (/^hx-(vals|headers)/.test(name) && /^\s*(js|javascript):/.test(value)) say("a script in " + name, el, value);
      if (addresses.includes(name)) {
        let to = null;
        try { to = new URL(value, document.baseURI); } catch { /* said below */ }
        const person = /^https:\/\/t\.me\/([A-Za-z0-9_]+|c\/\d+)(\/\d+)?$/.test(value);
        if (!to || !person && !(ours.includes(to.origin) && /^https?:$/.test(to.protocol))) say("leads elsewhere by " + name, el, value);
      }
      const typed = name === "value" && el.matches("input:not([type=submit], [type=button]), option, button, data");
      if (!typed && turning.test(value)) say("turns what is around it, in " + name, el, value);
      if (!typed && unseen.test(value)) say("hides something, in " + name, el, value);
    }
  }

  const isolates = (el, text) => {
    for (; el; el = el.parentElement) {
      if (el.localName === "bdi" || el.getAttribute("dir") === "auto") return true;
      const style = getComputedStyle(el);
      if (/isolate|plaintext/.test(style.unicodeBidi) || !/^(inline|contents)$/.test(style.display)) return el.textContent.trim() === text.trim();
    }
    return false;
  };
  const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  for (let t = texts.nextNode(); t; t = texts.nextNode()) {
    const el = t.parentElement;
    if (el.closest("textarea")) {
      if (!el.closest("[dir=auto]")) { if (rightToLeft.test(t.data)) say("typed text without a direction of its own", el, t.data); }
      continue;
    }
    if (turning.test(t.data)) say("turns what is around it", el, t.data);
    if (unseen.test(t.data)) say("hides something", el, t.data);
    if (rightToLeft.test(t.data) && !isolates(el, t.data)) say("is not isolated", el, t.data);
  }
  for (const el of root.querySelectorAll("input:not([type]), input[type=text], input[type=search], input[type=email]")) {
    if (rightToLeft.test(el.value) && el.getAttribute("dir") !== "auto" && getComputedStyle(el).unicodeBidi !== "plaintext") say("typed text without a direction of its own", el, el.value);
  }

  const wider = document.documentElement.scrollWidth - innerWidth;
  if (fragment === null && wider > 0) {
    const width = (e) => e.getBoundingClientRect().width;
    const el = [...document.body.querySelectorAll("*")].filter((e) => e.children.length === 0 && e.textContent.trim()).sort((a, b) => width(b) - width(a))[0];
    say("scrolls sideways by " + wider, el ?? document.body, el?.textContent);
  }
  if (fragment !== null) root.remove();
  return [...wrong].slice(0, 40);
})
