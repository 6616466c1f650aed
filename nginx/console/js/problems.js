/* problems: what somebody should look at, worst first; each with its reason and the place to go to. */
import { to } from "./router.js";
import { containerState, engineState, isProblem } from "./state.js";
import { plural, shortId } from "./format.js";
import { eventMeaning } from "./ui/events.js";

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
			detail: one.account ? `asked for by ${one.account}` : "",
			time: one.finished || one.created,
			href: to("operations", one.id),
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
