/* overview: is anything wrong, worst first; how full is the pool; what happens. */
import { to } from "../router.js";
import { containerState, engineState, isProblem, isRetried, uncheckedWords } from "../state.js";
import { plural, shortId, count, duration } from "../format.js";
import { eventMeaning, EventList, digest } from "../ui/events.js";
import { html, useEffect, computed, useSignal } from "../lib.js";
import { cluster, check, engines, containers, operations, events } from "../store.js";
import { mayChangeEngines, mayChangeContainers, mayRetry } from "../api.js";
import { Head, Card, StateMark, Ago, Button, Skeleton, Empty, Trouble, now, Icon, Strip, Meters, loadOf } from "../ui/parts.js";
import { CopyAs } from "../ui/overlay.js";

const RECENT_MS = 24 * 3600 * 1000;

const ofEngines = (engines) =>
	engines
		.map((engine) => [engine, engineState(engine)])
		.filter(([engine, state]) => isProblem(state) || state.key === "pending" || engine.registered === false)
		.map(([engine, state]) => ({
			key: "engine " + engine.id,
			state,
			title: `Engine ${engine.id} is ${state.word}`,
			detail: state.why || engine.registration?.reason || "",
			href: to("engines", engine.id),
			engine,
		}));

/* Containers of one group in one state are one problem. */
const ofContainers = (containers) => {
	const groups = new Map();
	for (const one of containers) {
		const state = containerState(one);
		if (!isProblem(state)) continue;
		const key = `${state.key} ${state.key === "unreachable" ? one.engine?.id : one.group || one.id}`;
		const group = groups.get(key);
		if (group) group.members.push(one);
		else groups.set(key, { key, state, members: [one] });
	}
	return [...groups.values()].map(({ key, state, members }) => {
		const [first] = members;
		const name = members.length === 1 ? first.name || shortId(first.id) : plural(members.length, "container");
		const of = state.key === "unreachable" ? `on ${first.engine?.id}` : `of ${(first.image.name || "").split("/").pop()}`;
		const query = new URLSearchParams({ state: state.key });
		if (state.key === "unreachable") query.set("engine", first.engine?.id);
		else query.set("q", first.image.name || "");
		return {
			key,
			state,
			title: `${name} ${of} ${members.length === 1 ? "is" : "are"} ${state.word}`,
			detail: state.why,
			href: members.length === 1 ? to("containers", first.id) : `${to("containers")}?${query}`,
			container: members.length === 1 ? first : null,
		};
	});
};

const ofOperations = (operations, now) =>
	operations
		.filter((one) => one.state === "failed" && one.failed > 0 && now - Date.parse(one.finished || one.created) < RECENT_MS)
		.slice(0, 5)
		.map((one) => ({
			key: "operation " + one.id,
			state: { tone: "warn", shape: "triangle", word: "failed", key: "failed", why: "" },
			title: `${eventMeaning(one).words}: ${one.failed < one.total ? `${one.failed} of ${one.total} failed` : "failed"}`,
			detail: `${plural(one.total, "container")}${one.account ? `, asked for by ${one.account}` : ""}`,
			time: one.finished || one.created,
			href: to("operations", one.id),
			operation: one,
		}));

const ofPool = (cluster, check) => {
	const list = [];
	if (cluster?.frozen)
		list.push({
			key: "frozen",
			state: { tone: "bad", shape: "pause", word: "frozen", key: "frozen", why: "" },
			title: "Nothing is moved at present",
			detail: cluster.frozen,
			time: cluster.frozen_since,
			thaw: true,
			href: to("engines"),
		});
	if (cluster?.moves_blocked)
		list.push({
			key: "blocked",
			state: { tone: "bad", shape: "triangle", word: "blocked", key: "blocked", why: "" },
			title: `${plural(cluster.moves_blocked, "container")} should be elsewhere and ${cluster.moves_blocked === 1 ? "finds" : "find"} no place`,
			detail: "Add an engine, or free some room.",
			href: to("engines"),
		});
	for (const engine of check && !check.ok ? check.engines.filter((one) => !one.ok) : [])
		list.push({
			key: "n+1 " + engine.id,
			state: { tone: "warn", shape: "shield", word: "N+1", key: "n+1", why: "" },
			title: `The pool could not lose ${engine.id}: ${plural(engine.misfit_count, "container")} would find no place`,
			detail: engine.advice,
			href: to("engines", engine.id),
		});
	if (check?.unchecked > 0)
		list.push({
			key: "n+1",
			state: { tone: "warn", shape: "question", word: "N+1", key: "n+1", why: "" },
			title: `Not known: whether the pool could lose ${check.unchecked === 1 ? "one of its engines" : `any one of ${check.unchecked} engines`}`,
			detail: uncheckedWords(check),
			href: to("engines"),
		});
	return list;
};

const rank = { bad: 0, warn: 1, busy: 2, idle: 3, ok: 4 };

/** @returns {{key: string, state: object, title: string, detail: string, href: string, time?: string}[]} */
export const problemsOf = ({ engines, containers, operations, cluster, check, now }) => {
	const down = new Set(engines.filter((one) => one.health.status === "down").map((one) => one.id));
	/* An unreachable container is its engine's problem, which is told already. */
	const told = containers.filter((one) => !down.has(one.engine?.id));
	return [...ofEngines(engines), ...ofPool(cluster, check), ...ofContainers(told), ...ofOperations(operations, now)].sort(
		(a, b) => rank[a.state.tone] - rank[b.state.tone],
	);
};

const SHOWN = 6;

/* What it takes to act is fetched when somebody does. */
const ask = async (make, what) => {
	const [act, actions] = await Promise.all([import("../act.js"), import("../actions.js")]);
	return act.ask([make(actions)], what);
};

const retry = async (operation) => (await import("../ui/retry.js")).retry(operation);

const minute = computed(() => Math.floor(now.value / 60000) * 60000);
const problems = computed(() =>
	problemsOf({
		engines: engines.data.value,
		containers: containers.data.value,
		operations: operations.data.value,
		cluster: cluster.data.value,
		check: check.data.value,
		now: minute.value,
	}),
);

/* What the role does not show is not waited for. */
const shown = [engines, containers, cluster, operations, check];
const ready = computed(() => [engines, containers, cluster].every((one) => one.loaded.value || one.barred.value));
const inPart = computed(() => shown.some((one) => one.barred.value));

const Verdict = () => {
	if (!ready.value) return html`<div class="verdict verdict-wait" aria-busy="true"><div class="skeleton"></div></div>`;
	const list = problems.value;
	const bad = list.filter((one) => one.state.tone === "bad").length;
	const tone = bad ? "bad" : list.length ? "warn" : "ok";
	const words = list.length ? plural(list.length, "thing needs a look", "things need a look") : inPart.value ? "Nothing is wrong with what your role shows" : "All is well";
	return html`<div class=${"verdict verdict-" + tone} role="status">
		<${Icon} name=${{ bad: "cross", warn: "triangle", ok: "check" }[tone]} size=${20} />
		<strong>${words}</strong>
		<span class="quiet">${poolWords()}</span>
	</div>`;
};

const poolWords = () => {
	const pool = cluster.data.value;
	if (!pool) return "";
	const running = containers.data.value.filter((one) => one.managed && one.state === "running").length;
	if (containers.barred.value) return `${pool.engines_up} of ${plural(pool.engine_count, "engine")} up`;
	return `${pool.engines_up} of ${plural(pool.engine_count, "engine")} up, ${count(running)} of ${plural(containers.data.value.filter((one) => one.managed).length, "container")} running`;
};

const ProblemRow = ({ problem }) => html`
	<li class="problem">
		<${Icon} name=${problem.state.shape} class=${"tone-" + problem.state.tone} />
		<div class="problem-text">
			<p><a class="strong break" href=${problem.href}>${problem.title}</a></p>
			${problem.detail && html`<p class="quiet break clamp">${problem.detail}</p>`}
		</div>
		<span class="muted problem-time">${problem.time && html`<${Ago} time=${problem.time} />`}</span>
		${problem.thaw && mayChangeEngines.value && html`<${Button} small onClick=${() => ask((actions) => actions.thaw(), { title: "Go on moving containers?", text: "What is lost is then made again on the engines that are left. If those that are lost are only cut off, they go on running their copies until they are back.", button: "Go on" })}>Thaw</${Button}>`}
		${problem.engine && problem.state.key === "pending" && mayChangeEngines.value && html`<${Button} small onClick=${() => ask((actions) => actions.approveEngine(problem.engine), { title: `Approve ${problem.engine.id}?`, text: `Whoever runs the Docker at ${problem.engine.engine?.addr} becomes part of the pool.`, button: "Approve" })}>Approve</${Button}>`}
		${problem.operation && mayRetry.value && isRetried(problem.operation) && html`<${Button} small icon="restart" onClick=${() => retry(problem.operation)}>Try again</${Button}>`}
		<a class="button button-ghost button-small button-square" href=${problem.href} aria-label=${`Look at: ${problem.title}`}><${Icon} name="right" /></a>
	</li>`;

const Problems = () => {
	const all = useSignal(false);
	const list = problems.value;
	if (!ready.value || !list.length) return null;
	return html`<${Card} title="Needs a look" flush aside=${html`<span class="muted">${list.length}</span>`}>
		<ul class="problems" aria-live="polite">${list.slice(0, all.value ? undefined : SHOWN).map((problem) => html`<${ProblemRow} key=${problem.key} problem=${problem} />`)}</ul>
		${list.length > SHOWN && html`<button type="button" class="more" onClick=${() => (all.value = !all.value)}>${all.value ? "Show less" : `Show ${list.length - SHOWN} more`}</button>`}
	</${Card}>`;
};

const Tile = ({ name, value, of, note, tone, icon, href }) => html`
	<a class="tile" href=${href}>
		<span class="tile-name muted">${name}</span>
		<span class="tile-value">${value}${of !== undefined && html`<span class="tile-of"> / ${of}</span>`}</span>
		<span class=${"tile-note tone-" + tone}><${Icon} name=${icon} size=${12} />${note}</span>
	</a>`;

const Tiles = () => {
	const pool = cluster.data.value;
	if (!ready.value) return html`<div class="tiles" aria-hidden="true">${[1, 2, 3, 4].map((i) => html`<div class="tile" key=${i}><div class="skeleton"></div></div>`)}</div>`;
	const own = containers.data.value.filter((one) => one.managed);
	const running = own.filter((one) => one.state === "running").length;
	const states = own.map(containerState);
	const away = states.filter((one) => one.key === "unreachable").length;
	const ill = states.filter(isProblem).length - away;
	const foreign = containers.data.value.length - own.length;
	const found = check.data.value;
	const missed = found?.unchecked > 0 && found.engines.every((one) => one.ok) ? found.unchecked : 0;
	const verdict = missed ? null : found ? found.ok : pool?.n_plus_one ?? null;
	const active = operations.data.value.filter((one) => one.state === "running").length;
	const wrong = engines.data.value.filter((one) => isProblem(engineState(one))).length;
	return html`<div class="tiles">
		${!containers.barred.value && html`<${Tile} name="Containers running" value=${count(running)} of=${count(own.length)} href="#/containers" tone=${ill || away ? "bad" : "ok"} icon=${ill || away ? "cross" : "check"} note=${ill || away ? [ill && `${ill} with a problem`, away && `${away} unreachable`].filter(Boolean).join(", ") : foreign ? `and ${foreign} not managed` : "none with a problem"} />`}
		${pool && html`<${Tile} name="Engines up" value=${pool.engines_up} of=${pool.engine_count} href="#/engines" tone=${wrong ? "bad" : "ok"} icon=${wrong ? "cross" : "check"} note=${wrong ? `${wrong} with a problem` : "all answer"} />`}
		${(pool || found) && html`<${Tile} name="Could lose an engine" value=${verdict === null ? "?" : verdict ? "Yes" : "No"} href="#/engines" tone=${verdict ? "ok" : "warn"} icon=${verdict ? "shield" : "triangle"} note=${missed ? `${plural(missed, "engine")} not looked at` : verdict === null ? "not checked yet" : verdict ? "N+1 is met" : "N+1 is not met"} />`}
		${!operations.barred.value && html`<${Tile} name="Operations running" value=${active} href="#/operations" tone=${active ? "busy" : "idle"} icon=${active ? "ring" : "check"} note=${lastOperation()} />`}
	</div>`;
};

const lastOperation = () => {
	const last = operations.data.value[0];
	return last ? `last ${duration((now.value - Date.parse(last.created)) / 1000)} ago` : "none yet";
};

const EngineRow = ({ engine }) => {
	const load = loadOf(engine);
	return html`<li class="capacity">
		<div class="capacity-name"><a class="strong cut" href=${to("engines", engine.id)}>${engine.id}</a><${StateMark} of=${engineState(engine)} /><span class="muted">${plural(load.containers, "container")}</span></div>
		<${Strip} strip=${engine.health.strip} />
		<${Meters} load=${load} cpus=${engine.engine.cpus} memory=${engine.engine.memory} />
	</li>`;
};

const Capacity = () => {
	const list = engines.data.value;
	if (!ready.value) return html`<${Card} title="Capacity"><${Skeleton} rows=${6} class="skeletons-tall" /></${Card}>`;
	if (!list.length)
		return html`<${Card} title="Capacity"><${Empty} icon="engines" title="No engine yet"><p>berth needs at least one Docker host. ${mayChangeEngines.value ? html`<a class="link" href="#/engines?add=hand">Add an engine</a>` : "An administrator adds it."}</p></${Empty}></${Card}>`;
	return html`<${Card} title="Capacity" flush aside=${html`<span class="legend"><i class="swatch bar-cpu"></i>CPU <i class="swatch bar-memory"></i>memory <i class="swatch beat-swatch"></i>heartbeats</span>`}>
		<ul class="capacities">${list.map((engine) => html`<${EngineRow} key=${engine.id} engine=${engine} />`)}</ul>
	</${Card}>`;
};

const Timeline = () => html`
	<${Card} title="Timeline" flush class="timeline" aside=${html`<a class="link" href="#/history">History</a>`}>
		${!events.loaded.value ? html`<${Skeleton} rows=${8} />` : events.data.value.length ? html`<${EventList} label="What has happened last" events=${digest(events.data.value).slice(0, 30)} />` : html`<${Empty} icon="history" title="Nothing has happened yet"><p>What anybody or berth itself does shows here at once.</p></${Empty}>`}
	</${Card}>`;

export const Overview = () => {
	useEffect(() => {
		const used = [engines, containers, cluster, events, operations, check].map((one) => one.use());
		return () => used.forEach((end) => end());
	}, []);
	const seen = [["/api/cluster/info", "clusterinfo", cluster], ["/api/cluster/info/check", "check", check]].filter(([, , one]) => !one.barred.value);
	const failed = [engines, containers, cluster].map((one) => one.error.value).find(Boolean);
	return html`
		<${Head} title="Overview">
			${seen.length > 0 && html`<${CopyAs} small=${false} actions=${seen.map(([path, word]) => ({ method: "GET", path, cli: [word] }))} />`}
			${mayChangeContainers.value && html`<a class="button button-primary phone-only" href="#/run"><${Icon} name="plus" /><span>Run containers</span></a>`}
		</${Head}>
		<${Trouble} problem=${failed} />
		<${Verdict} />
		<div class="overview">
			<div class="stack wide"><${Problems} /><${Tiles} />${!engines.barred.value && html`<${Capacity} />`}</div>
			${!events.barred.value && html`<${Timeline} />`}
		</div>`;
};
