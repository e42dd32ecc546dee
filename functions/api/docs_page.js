"use strict";
const box = document.querySelector("input");
const entries = [...document.querySelectorAll("[data-find]")];
const groups = [...document.querySelectorAll("section")];
function narrow() {
  const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const entry of entries) entry.hidden = !words.every((word) => entry.dataset.find.includes(word));
  for (const group of groups) group.hidden = words.length > 0 && !group.querySelector("[data-find]:not([hidden])");
}
function reveal() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target && target.tagName === "DETAILS") { target.open = true; target.scrollIntoView(); }
}
box.addEventListener("input", narrow);
addEventListener("hashchange", reveal);
addEventListener("keydown", (event) => {
  if (event.key === "/" && document.activeElement !== box) { event.preventDefault(); box.focus(); }
  if (event.key === "Escape") { box.value = ""; narrow(); }
});
addEventListener("beforeprint", () => entries.forEach((entry) => { entry.open = true; }));
reveal();
