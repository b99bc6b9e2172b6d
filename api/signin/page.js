"use strict";
// A client of the API and of nothing else. Whatever it shows it puts in as text.
const part = (id) => document.getElementById(id);
const show = (id, shown) => { part(id).hidden = !shown; };

async function call(method, path, body) {
  const answer = await fetch(path, { method, body: body && JSON.stringify(body), headers: body ? { "Content-Type": "application/json" } : {} });
  const value = answer.status === 204 ? null : await answer.json();
  if (!answer.ok) {
    const fields = (value.errors || []).map((e) => e.field + ": " + e.message).join("; ");
    throw Object.assign(new Error(fields || value.detail), { status: answer.status });
  }
  return value;
}

// attempt runs what a button asks for, and says where it fails.
async function attempt(button, work) {
  show("problem", false);
  button.disabled = true;
  try {
    await work();
  } catch (problem) {
    part("problem").textContent = problem.message;
    show("problem", true);
  }
  button.disabled = false;
}

function item(text) {
  const line = document.createElement("li");
  line.textContent = text;
  return line;
}

function describe(session, current) {
  const used = new Date(session.last_used_at).toLocaleString();
  return (session.user_agent || "a program") + (session.address ? " at " + session.address : "") + ", last used " + used + (session.id === current ? " (this one)" : "");
}

async function showSignedIn({ user, session }) {
  part("status").textContent = "";
  part("who").textContent = user.name || user.email || user.id;
  part("role").textContent = user.platform_role ? "(" + user.platform_role.replace("_", " ") + ")" : "";
  part("until").textContent = "Until " + new Date(session.expires_at).toLocaleString() + " at the latest.";
  const sessions = "/v1/users/" + encodeURIComponent(user.id) + "/sessions";
  part("sign-out").onclick = (e) => attempt(e.target, async () => { await call("DELETE", "/v1/session"); await start(); });
  part("sign-out-everywhere").onclick = (e) => attempt(e.target, async () => { await call("DELETE", sessions); await start(); });
  part("sessions").replaceChildren(...(await call("GET", sessions)).data.map((one) => item(describe(one, session.id))));
  show("signed-in", true);
}

async function showWays() {
  const ways = await call("GET", "/v1/sign-in");
  part("status").textContent = "";
  show("oidc", ways.oidc);
  show("dev", ways.dev_users.length > 0);
  show("no-way", !ways.oidc && ways.dev_users.length === 0);
  part("dev-users").replaceChildren(...ways.dev_users.map((user) => {
    const choice = document.createElement("button");
    choice.textContent = user.name || user.id;
    choice.onclick = () => attempt(choice, async () => { await call("POST", "/v1/sign-in/dev", { user_id: user.id }); await start(); });
    const line = document.createElement("li");
    line.append(choice);
    return line;
  }));
  show("ways", true);
}

// The code of a set-up link stands behind the #, which no browser sends to a server, and does not stay in the address.
function takeSetup() {
  const code = location.hash.match(/^#setup(?:=(\w*))?$/);
  if (!code) return false;
  history.replaceState(null, "", location.pathname);
  part("setup-form").elements.code.value = code[1] || "";
  return true;
}

part("go-oidc").onclick = () => { location.href = "/v1/sign-in/oidc"; };
part("setup-form").onsubmit = (e) => {
  e.preventDefault();
  const { code, name, email } = Object.fromEntries(new FormData(e.target));
  attempt(e.submitter, async () => { await call("POST", "/v1/sign-in/setup", { code, name, email }); e.target.reset(); await start(); });
};
window.onhashchange = () => start();

async function start() {
  for (const id of ["signed-in", "setup", "ways", "problem"]) show(id, false);
  try {
    if (takeSetup()) {
      part("status").textContent = "";
      show("setup", true);
      return;
    }
    const answer = await fetch("/v1/session");
    if (answer.ok) await showSignedIn(await answer.json());
    else await showWays();
  } catch (problem) {
    part("status").textContent = "";
    part("problem").textContent = problem.message;
    show("problem", true);
  }
}

start();
