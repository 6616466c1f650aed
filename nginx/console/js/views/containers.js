/* containers: all of the pool in one list. */
import { html, useEffect, useSignal, useMemo } from "../lib.js";
import { param, setParams, to, go } from "../router.js";
import { containers, engines } from "../store.js";
import { containerState, containerStates } from "../state.js";
import { mayChangeContainers } from "../api.js";
import { ask, perform } from "../act.js";
import { startContainer, stopContainer, restartContainer, destroyContainer } from "../actions.js";
import { plural, shortId, memory, cores, count } from "../format.js";
import { Head, StateMark, Image, Ago, Button, Empty, Trouble, Search, Skeleton, Badge, Icon } from "../ui/parts.js";
import { CopyAs, Commands, MenuItems, Panel } from "../ui/overlay.js";
import { Table, sorted } from "../ui/table.js";
import { Ports } from "../ui/ports.js";
import { ScaleForm } from "../ui/scale.js";

const order = Object.fromEntries(containerStates.map((key, i) => [key, i]));

const name = (c) => c.name || shortId(c.id);

const columns = [
	{ key: "name", name: "Container", width: "minmax(160px, 1.7fr)", class: "cell-name", by: name, show: (c) => html`<a class="strong cut" href=${to("containers", c.id)}>${name(c)}</a><span class="muted mono cell-id">${shortId(c.id)}</span>` },
	{ key: "state", name: "State", width: "132px", class: "cell-state", by: (c) => order[containerState(c).key] ?? 99, show: (c) => html`<${StateMark} of=${containerState(c)} />` },
	{ key: "image", name: "Image", width: "minmax(120px, 2fr)", class: "cell-image", by: (c) => c.image.name || "", show: (c) => html`<${Image} name=${c.image.name} />${!c.managed && html`<${Badge}>not managed</${Badge}>`}` },
	{ key: "engine", name: "Engine", width: "minmax(72px, 0.8fr)", class: "cell-engine", by: (c) => c.engine?.id || "", show: (c) => (c.engine ? html`<a class="cut" href=${to("engines", c.engine.id)}>${c.engine.id}</a>` : html`<span class="muted">none</span>`) },
	{ key: "ports", name: "Ports", width: "minmax(104px, 1fr)", class: "cell-ports", show: (c) => html`<${Ports} of=${c} max=${2} />` },
	{ key: "memory", name: "Reserved", width: "138px", class: "cell-memory", by: (c) => c.memory || 0, show: (c) => html`<span class="nowrap">${memory(c.memory || 0)}${c.cpus ? html`<span class="muted"> · ${cores(c.cpus)} CPU</span>` : ""}</span>` },
	{ key: "created", name: "Age", width: "78px", class: "cell-age muted", by: (c) => -(Date.parse(c.created) || 0), show: (c) => html`<${Ago} time=${c.created} />` },
	{ key: "do", name: "Actions", hideName: true, width: "104px", class: "cell-do", show: (c) => tools(c) },
];

const destroy = (list) =>
	ask(list.map(destroyContainer), {
		title: list.length === 1 ? `Destroy ${name(list[0])}?` : `Destroy ${plural(list.length, "container")}?`,
		text: html`<p>${list.length === 1 ? "It is killed and removed" : "They are killed and removed"}, running or not. This cannot be taken back.</p>${list.length > 1 && html`<ul class="names">${list.slice(0, 12).map((c) => html`<li key=${c.id}><strong>${name(c)}</strong> <span class="muted">on ${c.engine?.id || "no engine"}</span></li>`)}${list.length > 12 && html`<li class="muted">and ${list.length - 12} more</li>`}</ul>`}`,
		button: "Destroy",
		danger: true,
	});

/* Drawn once for all rows. */
const icons = Object.fromEntries(["scale", "play", "stop", "more", "terminal"].map((icon) => [icon, html`<${Icon} name=${icon} />`]));
const tool = (what, icon, words, opens) => html`<button type="button" class="button button-ghost button-small button-square" data-do=${what} aria-label=${words} aria-haspopup=${opens} aria-expanded=${opens && "false"}>${icons[icon]}</button>`;

const isStopped = (c) => c.state !== "running" && c.state !== "restarting" && !c.crash_loop;

/* What a row offers. What is pressed opens beside it: there is one for all rows, and none until then. */
const tools = (c) =>
	mayChangeContainers.value
		? html`<div class="doing">${c.managed && tool("scale", "scale", `Scale ${name(c)}`, "dialog")}${isStopped(c) ? tool("start", "play", `Start ${name(c)}`) : tool("stop", "stop", `Stop ${name(c)}`)}${tool("more", "more", `More for ${name(c)}`, "menu")}</div>`
		: tool("copy", "terminal", "Copy as CLI or curl", "dialog");

const Opened = ({ of: { c, what, button }, onClose }) => {
	if (what === "scale") return html`<${Panel} button=${button} label=${`Scale ${name(c)}`} onClose=${onClose}>${(close) => html`<${ScaleForm} of=${c} close=${close} />`}</${Panel}>`;
	if (what === "copy") return html`<${Panel} button=${button} label="Copy as CLI or curl" onClose=${onClose}>${() => html`<${Commands} actions=${[{ method: "GET", path: `/api/containers/${c.id}`, cli: ["container", shortId(c.id)] }]} />`}</${Panel}>`;
	return html`<${Panel} button=${button} label=${`More for ${name(c)}`} role="menu" onClose=${onClose}>${(close) => html`<${MenuItems} close=${close} items=${[
		{ name: "Logs", icon: "terminal", do: () => go(to("containers", c.id) + "?tab=logs") },
		{ name: "Restart", icon: "restart", do: () => perform([restartContainer(c)]) },
		{ name: "Destroy", icon: "trash", danger: true, do: () => destroy([c]) },
	]} />`}</${Panel}>`;
};

const searchText = (c) => [c.name, c.id, c.docker_id, c.image.name, c.engine?.id, ...(c.labels || []), ...(c.ports || []).map((port) => port.port)].join(" ").toLowerCase();
const texts = new WeakMap(); /* made once for each, not at every letter that is typed */
const textOf = (c) => {
	if (!texts.has(c)) texts.set(c, searchText(c));
	return texts.get(c);
};

/* Every word must be found somewhere. */
const matches = (list, { q, state, engine, managed }) => {
	const words = q.toLowerCase().split(/\s+/).filter(Boolean);
	return list.filter((c) => {
		if (engine && c.engine?.id !== engine) return false;
		if (managed && String(Boolean(c.managed)) !== managed) return false;
		if (state && containerState(c).key !== state) return false;
		if (!words.length) return true;
		const text = textOf(c);
		return words.every((word) => text.includes(word));
	});
};

const statesOf = (list) => {
	const counts = new Map();
	for (const c of list) {
		const of = containerState(c);
		const known = counts.get(of.key);
		if (known) known.n++;
		else counts.set(of.key, { of, n: 1 });
	}
	return [...counts.values()].sort((a, b) => order[a.of.key] - order[b.of.key]);
};

const Chips = ({ list, state }) => {
	const there = useMemo(() => statesOf(list), [list]);
	return html`<div class="chips" role="group" aria-label="State">
		<button type="button" class="chip" aria-pressed=${state ? "false" : "true"} onClick=${() => setParams({ state: "" })}>All <span class="chip-count">${count(list.length)}</span></button>
		${there.map(({ of, n }) => html`<button type="button" key=${of.key} class="chip" aria-pressed=${state === of.key ? "true" : "false"} onClick=${() => setParams({ state: state === of.key ? "" : of.key })}><span class=${"line tight tone-" + of.tone}><${Icon} name=${of.shape} size=${12} /></span>${of.word} <span class="chip-count">${count(n)}</span></button>`)}
	</div>`;
};

const Bulk = ({ list, onDone }) => {
	const run = (make, title) => () => perform(list.map(make), { title: `${title} ${plural(list.length, "container")}` });
	return html`<div class="bulk" role="region" aria-label="Selected containers">
		<strong>${count(list.length)} selected</strong>
		<${Button} small icon="play" onClick=${run(startContainer, "Start")}>Start</${Button}>
		<${Button} small icon="stop" onClick=${run(stopContainer, "Stop")}>Stop</${Button}>
		<${Button} small icon="restart" onClick=${run(restartContainer, "Restart")}>Restart</${Button}>
		<${Button} small kind="danger" icon="trash" onClick=${async () => (await destroy(list)) && onDone()}>Destroy</${Button}>
		<${CopyAs} actions=${() => [startContainer, stopContainer, restartContainer, destroyContainer].flatMap((make) => list.map(make))} />
		<${Button} small kind="ghost" icon="close" label="Select none" class="push" onClick=${onDone} />
	</div>`;
};

export const View = () => {
	const selected = useSignal(new Set());
	useEffect(() => {
		const used = [containers, engines].map((one) => one.use());
		return () => used.forEach((end) => end());
	}, []);
	const { q, state, engine, managed, sort } = { q: param("q"), state: param("state"), engine: param("engine"), managed: param("managed"), sort: param("sort", "") };
	const list = containers.data.value;
	const searched = useMemo(() => matches(list, { q, engine, managed }), [list, q, engine, managed]);
	const rows = useMemo(() => sorted(matches(searched, { q: "", state }), columns, sort), [searched, state, sort]);
	const chosen = useMemo(() => (mayChangeContainers.value && selected.value.size ? list.filter((c) => selected.value.has(c.id)) : []), [list, selected.value, mayChangeContainers.value]);
	const opened = useSignal(null);
	const press = (c, what, button) => {
		if (what === "start") perform([startContainer(c)]);
		else if (what === "stop") perform([stopContainer(c)]);
		else if (opened.value?.button !== button) opened.value = { c, what, button };
	};
	const filtered = Boolean(q || state || engine || managed);
	const filters = [["state", ["crash-looping", "failed", "unreachable", "stopped"].includes(state) ? "" : state], ["engine", engine], ["managed", managed]].filter(([, value]) => value);
	return html`
		<${Head} title="Containers" about=${containers.loaded.value ? (filtered ? `${count(rows.length)} of ${plural(list.length, "container")}` : plural(list.length, "container")) : " "}>
			<${CopyAs} small=${false} actions=${() => [{ method: "GET", path: "/api/containers" + (filters.length ? "?" + new URLSearchParams(filters) : ""), cli: ["containers", ...filters.flatMap(([key, value]) => ["--filter", `${key}=${value}`])] }]} />
			${mayChangeContainers.value && html`<a class="button button-primary phone-only" href="#/run"><${Icon} name="plus" /><span>Run containers</span></a>`}
		</${Head}>
		<div class="filters">
			<${Search} label="Search containers" placeholder="Name, id, image, engine, label, port" value=${q} auto=${param("focus") === "search"} onInput=${(text) => setParams({ q: text, focus: "" })} />
			${!engines.barred.value && html`<select aria-label="Engine" value=${engine} onChange=${(event) => setParams({ engine: event.currentTarget.value })}>
				<option value="">All engines</option>${engines.data.value.map((one) => html`<option key=${one.id} value=${one.id}>${one.id}</option>`)}
			</select>`}
			<select aria-label="Management" value=${managed} onChange=${(event) => setParams({ managed: event.currentTarget.value })}>
				<option value="">Managed or not</option><option value="true">Managed</option><option value="false">Not managed</option>
			</select>
		</div>
		<${Chips} list=${searched} state=${state} />
		<${Trouble} problem=${containers.error.value} retry=${containers.fetch} />
		${chosen.length > 0 && html`<${Bulk} list=${chosen} onDone=${() => (selected.value = new Set())} />`}
		${!containers.loaded.value ? html`<${Skeleton} rows=${10} class="skeletons-rows" />` : rows.length ? html`<${Table} label="Containers" columns=${columns} rows=${rows} id=${(c) => c.id} sort=${sort} onSort=${(next) => setParams({ sort: next })}
			selected=${selected.value} onSelect=${mayChangeContainers.value ? (ids) => (selected.value = ids) : undefined} onOpen=${(c) => go(to("containers", c.id))} onDo=${press} phoneHeight=${84} />` : filtered ? html`<${Empty} icon="search" title="No container fits"><p>Other words or fewer filters find more. <button type="button" class="link" onClick=${() => setParams({ q: "", state: "", engine: "", managed: "" })}>Clear all filters</button></p></${Empty}>` : html`<${Empty} icon="containers" title="No containers yet"><p>Run the first one: <a class="link" href="#/run">choose an image</a>, or on the command line <code>berth run --name httpd --port 80</code></p></${Empty}>`}
		${opened.value && html`<${Opened} key=${opened.value.c.id + opened.value.what} of=${opened.value} onClose=${() => (opened.value = null)} />`}
		<p class="hidden-text" role="status">${containers.loaded.value ? plural(rows.length, "container") : ""}</p>`;
};
