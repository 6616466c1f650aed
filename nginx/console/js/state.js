/* state: in which state something is, as people say it: a word, a tone and a shape, never a colour alone. */
import { plural } from "./format.js";

/**
 * @typedef {{key: string, word: string, tone: "ok"|"warn"|"bad"|"busy"|"idle", shape: string, why: string}} State
 *   key: for filters; shape: the icon's name; why: the reason, or empty
 */

const state = (key, tone, shape, why = "", word = key) => ({ key, word, tone, shape, why: why || "" });

/** What the signal means that ended a process. @param {number} code */
export const exitMeaning = (code) => {
	const known = {
		0: "ended by itself, without an error",
		1: "ended with an error of its own",
		125: "Docker could not run it",
		126: "its command cannot be executed",
		127: "its command was not found",
		130: "interrupted (SIGINT)",
		137: "killed (SIGKILL), often for want of memory",
		139: "crashed (SIGSEGV)",
		143: "was asked to end (SIGTERM)",
	};
	if (known[code]) return known[code];
	return code > 128 && code < 160 ? `ended by signal ${code - 128}` : "ended with an error of its own";
};

const stateOf = (c) => {
	const code = c.exit_code;
	const exit = code === null || code === undefined ? "" : `exit ${code}: ${exitMeaning(code)}`;
	if (c.lost) return state("lost", "warn", "question", "it has no record in the pool; adopt it or remove it by hand");
	if (c.desired === "removed") return state("removing", "busy", "ring", c.error);
	if (c.engine_status === "down") return state("unreachable", "bad", "unplugged", "its engine is down; last seen " + (c.state || "unknown"));
	if (c.crash_loop) {
		const last = c.crash_loop.exit_code;
		const ended = last === null || last === undefined ? "" : `exit ${last}: ${exitMeaning(last)}`;
		return state("crash-looping", "bad", "loop", c.error || ended);
	}
	switch (c.state) {
		case "running":
			return c.desired === "stopped" ? state("stopping", "busy", "ring") : state("running", "ok", "disc");
		case "paused":
			return state("paused", "idle", "pause", "paused by hand on its engine");
		case "restarting":
			return state("restarting", "warn", "loop", exit);
		case "exited":
		case "dead":
			if (c.desired === "stopped") return state("stopped", "idle", "square", code ? exit : "");
			return code ? state("failed", "bad", "cross", c.error || exit) : state("exited", "idle", "square", c.error || exit);
		default:
			if (c.desired === "stopped") return state("stopped", "idle", "square", c.error);
			if (c.error) return state("waiting", "warn", "hourglass", c.error);
			return state("starting", "busy", "ring", c.state === "missing" ? "it has vanished and is made again" : "");
	}
};

const states = new WeakMap(); /* a list of thousands is asked for them again and again */

/** @param {object} c a container as the API gives it, whole or in short @returns {State} */
export const containerState = (c) => {
	if (!states.has(c)) states.set(c, stateOf(c));
	return states.get(c);
};

/** The states that a filter offers, in the order of their urgency. */
export const containerStates = ["crash-looping", "failed", "unreachable", "restarting", "waiting", "lost", "starting", "stopping", "removing", "running", "paused", "exited", "stopped"];

/** @param {object} e an engine @returns {State} */
export const engineState = (e) => {
	const { status, state: finer, reason } = e.health;
	switch (finer) {
		case "up":
			return state("up", "ok", "disc", reason);
		case "degraded":
			return state("degraded", "warn", "triangle", reason);
		case "suspect":
			return state("suspect", "warn", "triangle", reason);
		case "draining":
			return state("draining", "busy", "drain", reason);
		case "quarantined":
			return state("quarantined", "warn", "lock", reason);
		case "pending":
			return state("pending", "busy", "hourglass", reason);
		default:
			if (status === "down") return state(finer || "down", "bad", "cross", reason);
			return state(finer || status, status === "up" ? "ok" : "warn", status === "up" ? "disc" : "triangle", reason);
	}
};

/** @param {object} o an operation @returns {State} */
export const operationState = (o) => {
	if (o.finished && o.superseded > 0 && !o.failed && !o.cancelled && o.state !== "done") return state("superseded", "idle", "square", "a later operation has taken its place");
	switch (o.status || o.state) {
		case "running":
			return state("running", "busy", "ring");
		case "done":
			return state("done", "ok", "check");
		case "partial":
			return state("partial", "warn", "triangle");
		case "cancelled":
			return state("cancelled", "idle", "square");
		default:
			return state(o.done > 0 ? "partial" : "failed", o.done > 0 ? "warn" : "bad", o.done > 0 ? "triangle" : "cross");
	}
};

/** Can what has failed of it be tried again? @param {object} o an operation */
export const isRetried = (o) => (o.status || o.state) !== "running" && o.failed > 0 && /^(run|scale|start|stop|restart|destroy)-container$/.test(o.type);

/** @param {object} item of an operation @returns {State} */
export const itemState = (item) => {
	switch (item.status) {
		case "done":
			return state("done", "ok", "check", item.note);
		case "failed":
			return state("failed", "bad", "cross", item.error?.detail);
		case "cancelled":
			return state("cancelled", "idle", "square", item.note);
		case "superseded":
			return state("superseded", "idle", "square", item.note || "a later wish replaced this one");
		default:
			return state("pending", "busy", "ring", item.error?.detail || item.note, item.phase || "pending");
	}
};

/**
 * What the check for N+1 does not know, or an empty text: the largest pools are not looked at as a whole.
 * @param {object|null} check of /api/cluster/info/check
 */
export const uncheckedWords = (check) =>
	check?.unchecked > 0
		? `${plural(check.unchecked, "engine")} of ${check.unchecked + check.engines.length} ${check.unchecked === 1 ? "was" : "were"} not looked at: to place all that runs there on the others takes too long in a pool of this size. Nothing is known to be wrong with ${check.unchecked === 1 ? "it" : "them"}.`
		: "";

/** Is it something that somebody should look at? @param {State} of */
export const isProblem = (of) => of.tone === "bad" || of.tone === "warn";
