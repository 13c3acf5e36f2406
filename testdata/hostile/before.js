// Runs in every page before anything of the page does.
window.__hit = 0;
window.__policy = [];
window.__live = 0;
for (const name of ["alert", "confirm", "prompt", "print"]) window[name] = () => { window.__hit = name; };
addEventListener("securitypolicyviolation", (e) => window.__policy.push(`${e.violatedDirective} ${e.blockedURI}`));
document.addEventListener("htmx:sse:after:message", () => { window.__live++; }, true);
