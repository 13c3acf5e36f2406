// The wizard's page. [data-at] is its address: a step that was refused stands
// under the address it was sent to, and loading that again must not send the
// code or the password a second time.
// [data-reveal="id of the field"] shows and hides a password.
(() => {
  "use strict";
  const at = document.querySelector("#login")?.dataset.at;
  if (at && location.pathname !== at) history.replaceState(null, "", at);
  document.addEventListener("click", (e) => {
    const button = e.target instanceof Element && e.target.closest("[data-reveal]");
    const field = button && document.getElementById(button.dataset.reveal);
    if (!field) return;
    const shown = field.type === "password";
    field.type = shown ? "text" : "password";
    button.setAttribute("aria-pressed", String(shown));
    field.focus();
  });
})();
