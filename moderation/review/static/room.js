// Keys, countdowns and signs of life. Every page works without this file.
"use strict";

const byId = (id) => document.getElementById(id);
const desk = () => byId("desk");
const isTyping = (target) => target.closest("textarea, select, input:not([type=checkbox]):not([type=radio])");

// --- Keys, by their place on the keyboard: an Arabic layout sends other letters. ---
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (isTyping(event.target) || document.querySelector("dialog[open]")) return;
  const digit = /^(?:Digit|Numpad)([1-9])$/.exec(event.code);
  if (event.key === "Escape") closeAll();
  else if (digit) press(document.querySelector(`details.reasons[open] [data-digit="${digit[1]}"]`), event);
  else if (event.code === "Slash" && event.shiftKey) press(document.querySelector("[data-help]"), event);
  else {
    const opener = document.querySelector(`[data-open="${event.code}"]`);
    if (opener) openDetails(opener, event);
    else press(document.querySelector(`[data-code="${event.code}"]`), event);
  }
});

function press(element, event) {
  if (!element || element.disabled) return;
  event.preventDefault();
  element.click();
}

function openDetails(summary, event) {
  event.preventDefault();
  const details = summary.closest("details");
  details.open = !details.open;
  const first = details.querySelector(".suggested") || details.querySelector("button");
  if (details.open && first) first.focus();
}

function closeAll() {
  document.querySelectorAll("details.reasons[open]").forEach((details) => { details.open = false; });
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-help]")) byId("help").showModal();
  const reveal = event.target.closest(".reveal");
  if (reveal) {
    const shown = reveal.closest("article").classList.toggle("revealed");
    reveal.setAttribute("aria-pressed", String(shown));
  }
});

// --- After each change of the desk ---
function arrive(root) {
  root.querySelectorAll(".needs-script").forEach((element) => { element.hidden = false; });
  root.querySelectorAll("form.undo").forEach(countDown);
}

function countDown(form) {
  const progress = form.querySelector("progress");
  const end = performance.now() + Number(form.dataset.seconds) * 1000;
  const timer = setInterval(() => {
    const left = (end - performance.now()) / 1000;
    if (!form.isConnected || left <= 0) {
      clearInterval(timer);
      // Later it can still be changed from the history.
      if (form.isConnected) form.remove();
    } else progress.value = left;
  }, 200);
}

document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.target.id !== "desk" && event.target.id !== "desk") return;
  byId("notice").replaceChildren();
  arrive(desk());
  const article = desk().querySelector("article");
  if (article) article.focus({ preventScroll: true });
  window.scrollTo(0, 0);
});

// --- When the line is cut, the comment stays and the moderator is told. ---
function tell(templateId) {
  byId("notice").replaceChildren(byId(templateId).content.cloneNode(true));
}
// An answer that is no piece of ours (overload, a proxy's error page) replaces nothing.
document.addEventListener("htmx:beforeSwap", (event) => {
  const answer = event.detail.xhr;
  if (answer.status < 400 || answer.getResponseHeader("HX-Retarget")) return;
  event.detail.shouldSwap = false;
  if (byId("offline-text") && event.detail.elt.closest("#desk")) tell("offline-text");
});
for (const name of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(name, (event) => {
    if (byId("offline-text") && event.detail.elt.closest("#desk")) tell("offline-text");
  });
}

// --- A sign of life keeps the comment reserved while somebody looks at it. ---
const held = () => document.querySelector("[data-renew][data-item]");

async function renew() {
  const current = held();
  if (!current || document.visibilityState !== "visible") return;
  const headers = JSON.parse(document.body.getAttribute("hx-headers"));
  try {
    const answer = await fetch(`/review/items/${current.dataset.item}/renew`, { method: "POST", headers });
    if (answer.status === 409) tell("lease-text");
  } catch { /* The next decision will say that the line is cut. */ }
}

// --- A break, when somebody has read for long without one. ---
const IDLE_MS = 5 * 60 * 1000;
function watchTime() {
  const dialog = byId("break");
  const limit = dialog ? Number(dialog.dataset.minutes) * 60 * 1000 : 0;
  if (!limit) return;
  const now = Date.now();
  const last = Number(sessionStorage.getItem("seen") || 0);
  let start = Number(sessionStorage.getItem("start") || 0);
  if (!start || now - last > IDLE_MS) start = now;
  if (now - start > limit) {
    start = now;
    if (!document.querySelector("dialog[open]")) dialog.showModal();
  }
  sessionStorage.setItem("start", String(start));
  sessionStorage.setItem("seen", String(now));
}

document.addEventListener("DOMContentLoaded", () => {
  arrive(document);
  const renewing = document.querySelector("[data-renew]");
  if (renewing) setInterval(renew, Number(renewing.dataset.renew) * 1000);
  if (!desk()) return;
  for (const name of ["keydown", "pointerdown"]) document.addEventListener(name, watchTime);
});
