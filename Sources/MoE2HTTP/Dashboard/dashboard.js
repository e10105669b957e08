"use strict";
// Everything shown comes from /api/* with the token; text is only ever put into text nodes.
const byId = (id) => document.getElementById(id);
const colours = ["#0e7490", "#d97706", "#7c3aed", "#059669", "#db2777", "#2563eb", "#ca8a04", "#64748b"];
const state = { token: "", fleet: null, queries: new Map(), category: "", experts: [], hosts: new Set(), abort: null };

try { state.token = sessionStorage.getItem("moe2-token") || ""; } catch { /* storage is switched off */ }

// ---- Small things

const svgTags = new Set(["svg", "path", "line", "circle", "text", "title", "g"]);
function h(tag, attributes, ...children) {
  const element = svgTags.has(tag) ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "colour") element.style.background = value;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
}
function digits(value) {
  if (!Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  return value.toLocaleString("en", { maximumFractionDigits: size >= 100 ? 0 : size >= 10 ? 1 : 2 }).replace("-", "−");
}
function scaled(value, units) {
  if (!Number.isFinite(value)) return "–";
  if (value === 0) return `0\u00a0${units.find((unit) => unit[0] === 1)[1]}`;
  const [factor, name] = units.find((unit) => Math.abs(value) >= unit[0] * 0.9995) || units[units.length - 1];
  return `${digits(value / factor)}\u00a0${name}`;
}
const joules = (value) => scaled(value, [[1e3, "kJ"], [1, "J"], [1e-3, "mJ"], [1e-6, "µJ"]]);
const millis = (value) => scaled(value, [[6e4, "min"], [1e3, "s"], [1, "ms"], [1e-3, "µs"]]);
const watts = (value) => scaled(value, [[1e3, "kW"], [1, "W"], [1e-3, "mW"]]);
const count = (value) => scaled(value, [[1e9, "B"], [1e6, "M"], [1e3, "k"], [1, ""]]).trim();
function duration(seconds) {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return seconds < 172800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86400)} d`;
}
function colour(expert) {
  if (!state.experts.includes(expert)) state.experts.push(expert);
  return colours[state.experts.indexOf(expert) % colours.length];
}
const swatch = (expert) => h("span", { class: "swatch", colour: colour(expert), "aria-hidden": "true" });
const headers = () => (state.token ? { authorization: `Bearer ${state.token}` } : {});
async function get(path, signal) {
  const response = await fetch(path, { headers: headers(), signal, cache: "no-store" });
  if (!response.ok) throw Object.assign(new Error(await problem(response)), { status: response.status });
  return response;
}
async function problem(response) {
  try { return (await response.json()).error.message; } catch { return `${response.status} ${response.statusText}`; }
}
async function* events(response) {
  const decoder = new TextDecoder();
  let held = "";
  for (const reader = response.body.getReader(); ;) {
    const { done, value } = await reader.read();
    if (done) return;
    held += decoder.decode(value, { stream: true });
    for (let end = held.indexOf("\n\n"); end >= 0; end = held.indexOf("\n\n")) {
      const event = { name: "message", data: "" };
      for (const line of held.slice(0, end).split("\n")) {
        if (line.startsWith("event: ")) event.name = line.slice(7);
        if (line.startsWith("data: ")) event.data += line.slice(6);
      }
      held = held.slice(end + 2);
      yield event;
    }
  }
}

// ---- Connection

function showLink(text, isLive) {
  if (byId("link-text").textContent !== text) byId("link-text").textContent = text;
  byId("link").classList.toggle("is-live", isLive);
}
async function open() {
  for (let pause = 1000; ; pause = Math.min(pause * 2, 10000)) {
    try {
      const response = await get("/api/live");
      byId("signin").hidden = true;
      byId("board").hidden = false;
      showLink("live", true);
      pause = 500;
      for await (const event of events(response)) {
        if (event.name === "fleet") showFleet(JSON.parse(event.data));
        if (event.name === "query") showQuery(JSON.parse(event.data));
      }
      showLink("the gate closed the connection; trying again", false);
    } catch (error) {
      if (error.status === 401 || error.status === 403) return signIn(error.message);
      showLink("the gate does not answer; trying again", false);
    }
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}
function signIn(message) {
  showLink("signed out", false);
  byId("board").hidden = true;
  byId("signin").hidden = false;
  byId("signin-problem").textContent = state.token ? message : "";
  byId("token").focus();
}
byId("signin").addEventListener("submit", (event) => {
  event.preventDefault();
  state.token = byId("token").value.trim();
  try { sessionStorage.setItem("moe2-token", state.token); } catch { /* it lasts as long as the page */ }
  open();
});

// ---- Fleet

function showFleet(fleet) {
  const isFirst = state.fleet === null;
  state.fleet = fleet;
  byId("about").textContent = `version ${fleet.version}, up ${duration(fleet.uptime_s)}`;
  const names = new Set(fleet.hosts.map((host) => host.id));
  if (!isFirst) {
    const news = [...[...names].filter((id) => !state.hosts.has(id)).map((id) => `${id} joined`),
      ...[...state.hosts].filter((id) => !names.has(id)).map((id) => `${id} left`)];
    if (news.length) byId("news").textContent = `${news.join(", ")}. ${names.size} hosts in the fleet.`;
  }
  state.hosts = names;
  const experts = fleet.hosts.flatMap((host) => host.experts);
  experts.map((expert) => expert.id).sort().forEach(colour);
  const plan = currentPlan();
  const active = new Set(plan ? plan.active_set : []);
  byId("hosts").replaceChildren(...fleet.hosts.map((host) => hostCard(host, active)));
  byId("no-hosts").hidden = fleet.hosts.length > 0;
  byId("fleet-note").textContent = `${fleet.hosts.length} ${fleet.hosts.length === 1 ? "host" : "hosts"}, `
    + `${experts.filter((expert) => expert.state === "ready").length} of ${experts.length} experts ready`;
  options("model", ["moe2", ...experts.map((expert) => expert.id)]);
  const categories = fleet.plans.map((one) => one.category);
  options("category", categories, fleet.default_category);
  options("ask-category", ["", ...categories], "", "default");
  showPlan(plan);
  showFigures();
}
function options(id, values, chosen, emptyName) {
  const select = byId(id);
  if ([...select.options].map((option) => option.value).join("\n") === values.join("\n")) return;
  const before = select.value || chosen;
  select.replaceChildren(...values.map((value) => h("option", { value }, value || emptyName)));
  if (values.includes(before)) select.value = before;
}
function hostCard(host, active) {
  const facts = [h("span", { title: `power, ${host.power_source}` }, h("strong", {}, watts(host.power_w)), ` ${host.power_source}`)];
  if (host.temperature_c !== undefined) facts.push(h("span", {}, h("strong", {}, `${digits(host.temperature_c)} °C`)));
  if (host.power_mode) facts.push(h("span", {}, host.power_mode));
  if (host.throttled) facts.push(h("span", { class: "alarm" }, "throttled"));
  facts.push(h("span", { title: "round trip" }, `${millis(host.round_trip_ms)} away`));
  return h("article", { class: "card host", "data-host": host.id },
    h("header", {}, h("span", { class: `dot ${host.state}`, "aria-hidden": "true" }), h("h3", {}, host.id),
      h("span", { class: "state" }, host.state)),
    h("p", { class: "muted" }, host.device),
    h("div", { class: "facts" }, ...facts),
    ...host.experts.map((expert) => expertRow(expert, active.has(expert.id))));
}
function expertRow(expert, isActive) {
  const slots = Array.from({ length: Math.min(expert.slots, 16) }, (_, index) => h("i", { class: index < expert.running ? "busy" : "" }));
  const meta = [`${expert.running} of ${expert.slots} slots busy`];
  if (expert.waiting) meta.push(`${expert.waiting} waiting`);
  if (expert.decode_tokens_per_s) meta.push(`${count(expert.decode_tokens_per_s)} tokens/s`);
  if (expert.j_per_token) meta.push(`${joules(expert.j_per_token)}/token`);
  const facts = [expert.parameters ? `${count(expert.parameters)} parameters` : "", expert.quantization].filter(Boolean);
  return h("div", { class: "expert", "data-expert": expert.id },
    h("div", { class: "head" }, swatch(expert.id), h("span", { class: "name" }, expert.id),
      expert.state === "ready" ? "" : h("span", { class: "tag alarm" }, expert.state),
      expert.breaker === "closed" ? "" : h("span", { class: "tag alarm" }, `breaker ${expert.breaker}`),
      h("span", { class: `tag in ${isActive ? "on" : ""}` }, isActive ? "active" : "resting")),
    h("div", { class: "slots", "aria-hidden": "true" }, ...slots),
    h("p", { class: "meta" }, meta.join(" · ")),
    h("p", { class: "meta" }, expert.detail || facts.join(" · ")));
}
function showFigures() {
  const ended = [...state.queries.values()].filter((query) => query.status !== "running");
  const good = ended.filter((query) => query.status === "OK");
  const middle = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
  const power = state.fleet.hosts.reduce((sum, host) => sum + host.power_w, 0);
  const figure = (name, value, note) => h("div", {}, h("dt", {}, name), h("dd", {}, value, note ? h("small", {}, note) : ""));
  byId("figures").replaceChildren(
    figure("Answering now", state.fleet.active, state.fleet.queued ? `${state.fleet.queued} waiting` : ""),
    figure("Last minute", ended.filter((query) => Date.now() - query.seen < 60000).length, "queries"),
    figure("Median answer", good.length ? millis(middle(good.map((query) => query.ms))) : "–"),
    figure("Energy per answer", good.length ? joules(good.reduce((sum, query) => sum + query.j, 0) / good.length) : "–",
      good.length ? good[good.length - 1].energy_source : ""),
    figure("Fleet power", state.fleet.hosts.length ? watts(power) : "–"));
}

// ---- Plan and frontier

function currentPlan() {
  const wanted = byId("category").value || state.fleet.default_category;
  return state.fleet.plans.find((plan) => plan.category === wanted) || state.fleet.plans[0];
}
let shownPlan = "";
function showPlan(plan) {
  const key = plan ? `${plan.category} ${plan.number}` : "";
  if (key === shownPlan) return;
  shownPlan = key;
  if (!plan) {
    byId("plan-card").replaceChildren(h("p", { class: "muted" }, "No plan yet: the planner waits for an expert."));
    byId("energy-chart").replaceChildren();
    byId("latency-chart").replaceChildren();
    return;
  }
  const certificate = { optimal: "proved optimal", feasible: `at most ${digits(plan.gap * 100)} % below the best`,
    infeasible: "no set meets the limits" }[plan.status];
  const rows = [["Certificate", certificate], ["Quality", digits(plan.quality)],
    ["Limits", [plan.energy_limit_j === undefined ? "" : joules(plan.energy_limit_j),
      plan.latency_limit_ms === undefined ? "" : millis(plan.latency_limit_ms)].filter(Boolean).join(", ") || "none"],
    ["Binding", plan.binding.join(", ") || "nothing"], ["Team", `up to ${plan.team_size}`],
    ["Solved in", `${millis(plan.solve_ms)}, ${plan.nodes} nodes`], ["Why", plan.reason]];
  byId("plan-card").replaceChildren(h("h3", {}, `Plan ${plan.number} for ${plan.category}`),
    h("ul", { class: "set", "aria-label": "Experts in the active set" },
      ...plan.active_set.map((expert) => h("li", {}, swatch(expert), expert))),
    h("dl", { class: "proof" }, ...rows.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)])));
  showFrontier(plan);
}
async function showFrontier(plan) {
  for (const id of ["energy-chart", "latency-chart"]) byId(id).replaceChildren(h("p", { class: "muted" }, "The frontier is being solved …"));
  try {
    const frontier = await (await get(`/api/frontier?category=${encodeURIComponent(plan.category)}`)).json();
    if (shownPlan !== `${plan.category} ${plan.number}`) return;
    chart("energy-chart", frontier.energy, plan, plan.energy_limit_j, joules, "energy budget");
    chart("latency-chart", frontier.latency, plan, plan.latency_limit_ms, millis, "latency limit");
  } catch (error) {
    byId("energy-chart").replaceChildren(h("p", { class: "muted" }, error.message));
    byId("latency-chart").replaceChildren();
  }
}
function chart(id, points, plan, limit, unit, what) {
  const known = points.filter((point) => point.quality !== undefined);
  if (known.length < 2) return byId(id).replaceChildren(h("p", { class: "muted" }, "No set meets any limit."));
  const [width, height, left, right, top, bottom] = [360, 210, 44, 14, 12, 28];
  const low = Math.log(points[0].limit);
  const span = Math.log(points[points.length - 1].limit) - low || 1;
  const best = Math.max(...known.map((point) => point.quality));
  const worst = Math.min(...known.map((point) => point.quality));
  const x = (value) => left + (Math.min(Math.max(Math.log(value) - low, 0), span) / span) * (width - left - right);
  const y = (value) => top + ((best - value) / (best - worst || 1)) * (height - top - bottom);
  let path = `M${x(known[0].limit)},${y(known[0].quality)}`;
  const corners = [known[0]];
  known.slice(1).forEach((point, index) => {
    path += `H${x(point.limit)}`;
    if (Math.abs(point.quality - known[index].quality) > 1e-9) { path += `V${y(point.quality)}`; corners.push(point); }
  });
  const end = x(known[known.length - 1].limit);
  const note = h("p", { class: "chart-note" });
  const say = (point) => `From ${unit(point.limit)}: quality ${digits(point.quality)} with ${point.experts.join(", ")}`;
  const isFeasible = plan.status !== "infeasible";
  const operating = known.find((point) => point.quality >= plan.quality - 1e-9 * Math.max(1, Math.abs(plan.quality))) || known[known.length - 1];
  const rest = isFeasible ? `Now: quality ${digits(plan.quality)}, reached from ${unit(operating.limit)}.` : "No set meets the limits in force.";
  note.textContent = rest;
  const ticks = [0, 0.5, 1].map((share) => Math.exp(low + share * span));
  byId(id).replaceChildren(h("svg", { viewBox: `0 0 ${width} ${height}`, role: "group",
    "aria-label": `Quality against the ${what}: ${corners.map(say).join("; ")}. ${rest}` },
  ...[best, (best + worst) / 2, worst].map((value) => h("g", {},
    h("line", { class: "axis", x1: left, x2: width - right, y1: y(value), y2: y(value) }),
    h("text", { x: left - 8, y: y(value) + 4, "text-anchor": "end" }, digits(value)))),
  ...ticks.map((value, index) => h("text", { x: x(value), y: height - 8, "text-anchor": ["start", "middle", "end"][index] }, unit(value))),
  h("path", { class: "area", d: `${path}V${height - bottom}H${x(known[0].limit)}Z`, "data-end": end }),
  h("path", { class: "curve", d: path }),
  limit === undefined ? "" : h("line", { class: "limit", x1: x(limit), x2: x(limit), y1: top, y2: height - bottom }),
  ...corners.map((point) => h("circle", { class: "corner", cx: x(point.limit), cy: y(point.quality), r: 4, tabindex: 0, role: "img",
    "aria-label": say(point), onfocus: () => { note.textContent = say(point); }, onmouseenter: () => { note.textContent = say(point); },
    onblur: () => { note.textContent = rest; }, onmouseleave: () => { note.textContent = rest; } })),
  isFeasible ? h("circle", { class: "now", cx: x(operating.limit), cy: y(plan.quality), r: 6 }, h("title", {}, rest)) : ""), note);
}
byId("category").addEventListener("change", () => { if (state.fleet) showFleet(state.fleet); });

// ---- Queries

function showQuery(query) {
  const known = state.queries.get(query.id);
  query.seen = known ? known.seen : Date.now();
  state.queries.set(query.id, query);
  const row = h("tr", { "data-query": query.id },
    h("td", {}, new Date(query.seen).toLocaleTimeString("en-GB")), h("td", {}, query.category), h("td", { class: "wide" }, query.mode),
    h("td", {}, team(query.team || [])),
    h("td", { class: "num" }, query.ms === undefined ? "…" : millis(query.ms)),
    h("td", { class: "num wide muted" }, query.predicted_ms === undefined ? "" : millis(query.predicted_ms)),
    h("td", { class: "num", title: query.energy_source }, query.j === undefined ? "…" : joules(query.j)),
    h("td", { class: "num wide muted" }, query.predicted_j === undefined ? "" : joules(query.predicted_j)),
    h("td", { class: "num wide" }, query.tokens === undefined ? "" : query.tokens),
    h("td", { title: query.degraded, class: query.status === "OK" && !query.degraded ? "" : "alarm" }, status(query)));
  const rows = byId("rows");
  if (known && known.row.parentNode === rows) known.row.replaceWith(row); else rows.prepend(row);
  query.row = row;
  while (rows.children.length > 40) {
    state.queries.delete(rows.lastElementChild.dataset.query);
    rows.lastElementChild.remove();
  }
  byId("no-rows").hidden = true;
}
function status(query) {
  if (query.status === "running") return "answering";
  if (query.status !== "OK") return query.status.toLowerCase().replaceAll("_", " ");
  if (query.degraded) return "degraded";
  return query.retries ? `answered, ${query.retries} ${query.retries === 1 ? "retry" : "retries"}` : "answered";
}
function team(members) {
  return h("span", { class: "team" }, ...members.map((member) =>
    h("span", { title: `on ${member.host}` }, swatch(member.expert), members.length > 1 ? `${member.expert} ${digits(member.weight)}` : member.expert)));
}

// ---- Playground

byId("ask").addEventListener("submit", (event) => { event.preventDefault(); ask(); });
byId("prompt").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) byId("ask").requestSubmit();
});
byId("stop").addEventListener("click", () => { if (state.abort) state.abort.abort(); });
async function ask() {
  if (state.abort) return;
  const value = (id) => byId(id).value.trim();
  const fleet = { mode: value("mode") };
  if (value("ask-category")) fleet.category = value("ask-category");
  if (value("max-energy")) fleet.max_energy = value("max-energy");
  if (value("max-latency")) fleet.max_latency = value("max-latency");
  const body = { model: value("model") || "moe2", messages: [{ role: "user", content: byId("prompt").value }], stream: true,
    max_tokens: Number(value("max-tokens")) || 256, moe2: fleet };
  const answer = byId("answer");
  answer.className = "text";
  answer.textContent = "";
  answer.setAttribute("aria-busy", "true");
  byId("cost").replaceChildren();
  byId("writer").replaceChildren("The gate picks a team …");
  state.abort = new AbortController();
  byId("send").disabled = true;
  byId("stop").disabled = false;
  try {
    const response = await fetch("/v1/chat/completions", { method: "POST", signal: state.abort.signal, body: JSON.stringify(body),
      headers: { ...headers(), "content-type": "application/json" } });
    if (!response.ok) throw new Error(await problem(response));
    const names = (response.headers.get("x-moe2-team") || "").split(", ").map((part) => part.split("=")[0]);
    byId("writer").replaceChildren("Written by ", ...names.map((name) => h("span", {}, swatch(name), name)));
    for await (const event of events(response)) {
      if (event.data === "[DONE]") break;
      const chunk = JSON.parse(event.data);
      if (chunk.error) throw new Error(chunk.error.message);
      answer.textContent += chunk.choices?.[0]?.delta?.content || "";
      if (chunk.moe2) showCost(chunk.moe2);
    }
  } catch (error) {
    if (error.name === "AbortError") byId("writer").replaceChildren("Stopped.");
    else {
      byId("writer").replaceChildren("No answer");
      answer.classList.add("failed");
      answer.textContent = error.message;
    }
  } finally {
    state.abort = null;
    answer.setAttribute("aria-busy", "false");
    byId("send").disabled = false;
    byId("stop").disabled = true;
  }
}
function showCost(fleet) {
  byId("writer").replaceChildren("Written by ", ...fleet.team.map((member) =>
    h("span", {}, swatch(member.expert), h("strong", {}, member.expert), ` on ${member.host}, weight ${digits(member.weight)}`)));
  const row = (name, predicted, measured) => h("tr", {}, h("th", { scope: "row" }, name), h("td", { class: "num" }, predicted), h("td", { class: "num" }, measured));
  byId("cost").replaceChildren(h("table", { class: "compare" },
    h("thead", {}, h("tr", {}, h("td", {}), h("th", { scope: "col", class: "num" }, "Expected"), h("th", { scope: "col", class: "num" }, "Took"))),
    h("tbody", {}, row("Time", millis(fleet.predicted.latency_ms), millis(fleet.measured.latency_ms)),
      row(`Energy, ${fleet.measured.energy_source}`, joules(fleet.predicted.energy_j), joules(fleet.measured.energy_j)),
      row("First token", "", millis(fleet.measured.time_to_first_token_ms)))),
  fleet.degraded ? h("p", { class: "alarm muted" }, `Degraded: ${fleet.degraded}`) : "");
}

// ---- Theme

const themes = ["system", "light", "dark"];
function setTheme(theme) {
  if (theme === "system") document.documentElement.removeAttribute("data-theme");
  else document.documentElement.setAttribute("data-theme", theme);
  byId("theme").textContent = `Theme: ${theme}`;
  try { localStorage.setItem("moe2-theme", theme); } catch { /* it lasts as long as the page */ }
}
let theme = "system";
try { theme = localStorage.getItem("moe2-theme") || theme; } catch { /* storage is switched off */ }
setTheme(themes.includes(theme) ? theme : "system");
byId("theme").addEventListener("click", () => {
  theme = themes[(themes.indexOf(theme) + 1) % themes.length];
  setTheme(theme);
});
open();
