// Keeps the page of a task up to date: asks for its state until the task is done.
"use strict";

const INTERVAL = 1000; // milliseconds between two questions
const page = document.querySelector("[data-state-url]");

function show(run) {
  for (const element of page.querySelectorAll("[data-field]")) {
    const value = element.dataset.field.split(".").reduce((part, key) => part?.[key], run);
    const text = value === null || value === undefined || value === "" ? "–" : String(value);
    if (element.textContent !== text) element.textContent = text; // read aloud only if it changed
  }
  page.querySelector("[data-field=state]").dataset.state = run.state;
  for (const element of page.querySelectorAll("[data-when]")) {
    element.hidden = !run[element.dataset.when];
  }
  page.querySelector("progress").value = run.progress ? run.progress.percent : 0;
  page.querySelectorAll("[data-step]").forEach((element, index) => {
    element.textContent = element.dataset.state = run.steps[index].state;
  });
}

async function watch() {
  try {
    const answer = await fetch(page.dataset.stateUrl, { headers: { Accept: "application/json" } });
    if (answer.status === 404) return;
    if (answer.ok) {
      const run = await answer.json();
      show(run);
      if (run.done) return;
    }
  } catch {
    // The network or the server is away for a moment: ask again.
  }
  setTimeout(watch, INTERVAL);
}

watch();
