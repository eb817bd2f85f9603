// Before the terminal starts: the websocket is this page's own, wherever a proxy put the page.
"use strict";
document.addEventListener("DOMContentLoaded", () => {
  const socket = new URL("ws", window.location.href);
  socket.protocol = socket.protocol === "https:" ? "wss:" : "ws:";
  socket.search = "";
  document.getElementById("terminal").dataset.sessionWebsocketUrl = socket.href;
  document.getElementById("again").addEventListener("click", () => window.location.reload());
  // Typing and scanning work at once, and the way back when the session is over.
  new MutationObserver(() => {
    const closed = document.body.classList.contains("-closed");
    const field = closed ? document.getElementById("again") : document.querySelector(".xterm-helper-textarea");
    if (field) field.focus();
  }).observe(document.body, { attributes: true, attributeFilter: ["class"] });
});
