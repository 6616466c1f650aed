/* store: what the pages show, fetched once and again when an event names it; and the events as they happen. */
import { signal, computed, batch, effect } from "./lib.js";
import { api, session, begun, may } from "./api.js";

/* One stream for all tabs of the browser: the tabs elect one by a lock, which holds it and hands on what comes. (A
 * SharedWorker is out: its address is a script's, which Trusted Types `none` refuse.) */

/** "off", "connecting", "live" or "waiting" (cut off, it is tried again) */
export const liveState = signal("off");

const listeners = new Set();
const channel = "BroadcastChannel" in window ? new BroadcastChannel("berth-live") : null;
let cursor = "now";
let source = null;
let leads = false;
let wait = 500;
let timer = 0;
let release = null;
let stopped = true;

/**
 * Hear every event. @param {(event: object|null) => void} listener null: there may be a gap, look at everything again
 * @returns {() => void} stops it
 */
export const onEvent = (listener) => {
	listeners.add(listener);
	return () => listeners.delete(listener);
};

const tell = (event) => {
	for (const listener of listeners) listener(event);
};
const share = (message) => channel && channel.postMessage(message);
const become = (state) => {
	if (liveState.value === state) return;
	const back = state === "live" && liveState.value === "waiting";
	liveState.value = state;
	if (leads) share({ state, back });
	if (back) tell(null);
};

const close = () => {
	clearTimeout(timer);
	if (source) source.close();
	source = null;
};

const retry = () => {
	close();
	if (stopped || !leads) return;
	become("waiting");
	timer = setTimeout(open, wait);
	wait = Math.min(wait * 2, 8000);
	/* Is it the session that has ended? The stream does not tell; this asks for a new one in place. */
	api("/auth/session").catch(() => {});
};

const open = () => {
	close();
	if (stopped || !leads) return;
	if (liveState.value === "off") become("connecting");
	source = new EventSource("/api/events?follow=true&after=" + encodeURIComponent(cursor));
	source.onopen = () => {
		wait = 500;
		become("live");
	};
	source.onmessage = (message) => {
		const event = JSON.parse(message.data);
		if (event.cursor) cursor = event.cursor;
		share({ event });
		tell(event);
	};
	source.addEventListener("end", (message) => {
		const end = JSON.parse(message.data);
		if (end.cursor && end.end !== "left") cursor = end.cursor;
		retry();
	});
	source.onerror = retry;
};

if (channel)
	channel.onmessage = ({ data }) => {
		if (data.hello && leads) share({ state: liveState.value });
		else if (!leads && data.state) {
			liveState.value = data.state;
			if (data.back) tell(null);
		} else if (!leads && data.event) {
			if (data.event.cursor) cursor = data.event.cursor;
			tell(data.event);
		}
	};

const lead = () =>
	new Promise((resolve) => {
		leads = true;
		release = resolve;
		open();
	});

/** Begin; harmless when it goes on already. Whose role does not show events has no stream. */
export const startLive = () => {
	if (!stopped || !may("read", "/api/events")) return;
	stopped = false;
	become("connecting");
	share({ hello: true });
	if (navigator.locks && channel) navigator.locks.request("berth-live", () => (stopped ? undefined : lead()));
	else lead();
};

/** End it: nobody is signed in any more. */
export const stopLive = () => {
	stopped = true;
	close();
	leads = false;
	cursor = "now";
	liveState.value = "off";
	if (release) release();
	release = null;
};

addEventListener("online", () => {
	if (leads && liveState.value === "waiting" && session.value) open();
});

const SETTLE_MS = 250; /* events come in bunches: fetch after them, not for each */
const SINGLY_MAX = 40; /* so many containers are asked for by name; for more the whole list is */
const EVENTS_KEPT = 200;
const EARLIER_MAX = 20;
const SKEW_MS = 2000; /* the server's clock is told in seconds */

const OWN = "/api/tokens"; /* everybody sees those of the account */

/**
 * Something that is fetched when it is first needed, kept, and fetched again when touched; `barred`: the role does not show
 * it, and it is not asked for.
 * @param {string} path with its query
 * @param {any} [empty] its value before it is there
 */
export const resource = (path, empty = null) => {
	const barred = computed(() => Boolean(session.value) && !path.startsWith(OWN) && !may("read", path.split("?")[0]));
	const data = signal(empty);
	const loaded = signal(false);
	const error = signal(null);
	let users = 0;
	let timer = 0;
	let going = null;
	let again = false;
	const fetchNow = async () => {
		if (barred.peek()) return undefined;
		if (going) {
			again = true;
			return going;
		}
		going = (async () => {
			try {
				const value = await api(path);
				batch(() => {
					data.value = value;
					loaded.value = true;
					error.value = null;
				});
			} catch (problem) {
				if (problem.name !== "AbortError") error.value = problem;
			}
			going = null;
			if (!again) return;
			again = false;
			await fetchNow();
		})();
		return going;
	};
	return {
		data,
		loaded,
		error,
		barred,
		fetch: fetchNow,
		/** Use it from now on. @returns {() => void} no longer */
		use() {
			users++;
			if (!going && (!loaded.peek() || users === 1)) fetchNow();
			return () => users--;
		},
		/** It has changed: fetch it soon, if anybody looks at it, else when somebody does. */
		touch(delay = SETTLE_MS) {
			if (!users) return;
			clearTimeout(timer);
			timer = setTimeout(fetchNow, delay);
		},
		forget() {
			batch(() => {
				data.value = empty;
				loaded.value = false;
				error.value = null;
			});
		},
	};
};

/* In the short form: what lists and counts need. */
export const containers = resource("/api/containers?summary=true", []);
export const engines = resource("/api/engines", []);
export const cluster = resource("/api/cluster/info");
export const check = resource("/api/cluster/info/check");
export const operations = resource("/api/operations?limit=100", []);
export const roles = resource("/api/roles", []);
export const accounts = resource("/api/account", []);
export const tokens = resource("/api/tokens", []);
export const events = resource("/api/events?count=60", []);

const all = [containers, engines, cluster, check, operations, roles, accounts, tokens, events];

/** Everything that is known belongs to an account: it goes with the session. */
export const forgetAll = () => all.forEach((one) => one.forget());

/** Put one container into the list, or take it out. @param {string} id @param {object|null} container */
export const putContainer = (id, container) => {
	const list = containers.data.peek();
	const at = list.findIndex((one) => one.id === id);
	if (at < 0 && !container) return;
	const next = at < 0 ? [container, ...list] : container ? list.with(at, container) : list.toSpliced(at, 1);
	containers.data.value = next;
};

/* Which containers to fetch, and by which name: the list is asked, which simply leaves out what is gone. */
let named = new Map();
let namedTimer = 0;

const fetchNamed = async () => {
	const asked = named;
	named = new Map();
	if (!containers.loaded.peek() || !asked.size) return;
	/* What is not managed may have been given another name by hand. */
	const known = new Map(containers.data.peek().filter((one) => one.managed).map((one) => [one.id, one.name]));
	const names = [...asked].map(([id, name]) => known.get(id) || name);
	if (asked.size > SINGLY_MAX || names.some((name) => !name)) {
		containers.touch(0);
		return;
	}
	try {
		const found = await api("/api/containers?summary=true&" + new URLSearchParams(names.map((name) => ["name", name])));
		const ids = new Set(found.map((one) => one.id));
		batch(() => {
			for (const one of found) putContainer(one.id, one);
			for (const id of asked.keys()) if (!ids.has(id)) putContainer(id, null);
		});
	} catch {
		containers.touch(1000);
	}
};

/** A container has changed: fetch it soon. @param {string} id @param {string} [name] */
export const touchContainer = (id, name) => {
	named.set(id, name || named.get(id));
	clearTimeout(namedTimer);
	namedTimer = setTimeout(fetchNamed, SETTLE_MS);
};

const has = (event, tag) => event.tags?.some((one) => one.toLowerCase() === tag);

/* Which parts of what is shown an event makes old. */
const hear = (event) => {
	if (!event) {
		all.forEach((one) => one.touch(0));
		return;
	}
	if (events.loaded.peek() && !events.data.peek().some((one) => one.id === event.id))
		events.data.value = [event, ...events.data.peek()].slice(0, EVENTS_KEPT);
	if (event.container?.id) touchContainer(event.container.id, event.container.name);
	else if (/container|scale|move|adopt/.test(event.type)) containers.touch();
	if (has(event, "security")) [accounts, roles, tokens].forEach((one) => one.touch());
	if (event.engine?.id && !has(event, "docker")) engines.touch();
	if (has(event, "cluster") || /engine|freeze|thaw/.test(event.type)) {
		engines.touch();
		check.touch(1000);
	}
	cluster.touch(500);
	operations.touch(400);
};
onEvent(hear);

/* The stream begins a moment after the first answers were asked for: what has happened in between is in the history. */
const catchUp = async () => {
	const found = await api(`/api/events?count=${EARLIER_MAX}`);
	const missed = found.filter((one) => Date.parse(one.time) >= begun.time - SKEW_MS);
	if (missed.length === EARLIER_MAX) hear(null);
	else missed.reverse().forEach(hear);
};
let caught = null;
effect(() => {
	if (liveState.value !== "live" || caught === session.peek()) return;
	caught = session.peek();
	catchUp().catch(() => {});
});

const STRIP_MS = 10000;
const CUT_OFF_MS = 5000;
/* Heartbeats are no events: who looks at engines gets them anew as often as the keeper writes them. */
setInterval(() => {
	if (!session.peek() || document.hidden) return;
	engines.touch(0);
}, STRIP_MS);
/* Without the stream it is asked for instead, until the stream is back. */
setInterval(() => {
	if (!session.peek() || document.hidden || !["waiting", "off"].includes(liveState.peek())) return;
	all.forEach((one) => one.touch(0));
}, CUT_OFF_MS);
