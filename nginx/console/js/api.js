/* api: one way to call berth: JSON in and out, problems as exceptions, the session's proof on every change; and the session:
 * signing in and out, what the account's role grants. */
import { signal, computed } from "./lib.js";

/** The session's document, or null; `undefined` until it is known. */
export const session = signal(undefined);
/** When it was known, by the server's clock, in ms: from then on the page shows what it has asked for. */
export const begun = { time: 0 };
/** True while the session has run out and the page waits for its renewal in place. */
export const expired = signal(false);

let renewal = null;
let renewed = null;

/** Who waits is let go on: there is a session again. @param {{document: object, response: Response}} answer of /auth/session */
export const sessionIs = ({ document, response }) => {
	begun.time = Date.parse(response.headers.get("Date"));
	session.value = document;
	hint(firstAsked.every((path) => may("read", path)) ? "1" : "some");
	expired.value = false;
	if (renewed) renewed();
	renewal = renewed = null;
};

/** @returns {Promise<void>} fulfilled once somebody has signed in again */
const untilRenewed = () => {
	expired.value = true;
	renewal ??= new Promise((resolve) => {
		renewed = resolve;
	});
	return renewal;
};

/** What went wrong, and what to do: RFC 7807's members, for people. */
export class Problem extends Error {
	/** @param {object} document members: title, detail, code, status, request_id, field, engines, items */
	constructor(document) {
		super(document.detail || document.title);
		Object.assign(this, document);
	}
}

const advice = {
	network: "Check that this computer reaches the controller; the page tries again by itself.",
	no_capacity: "Ask for fewer or smaller containers, free some, or add an engine.",
	forbidden: "Ask an administrator for a role that grants it.",
	throttled: "Wait a moment, then try again.",
	csrf: "Load the page again; if it goes on, sign out and in.",
	unavailable: "The database is away for the moment; try again shortly.",
	worker_unreachable: "berth-worker does not run or has just been restarted; try again.",
	internal: "This is berth's fault. Its log has more under the request's id.",
	not_found: "It may have been removed meanwhile; go back to the list.",
};

/** What to do about a problem, or an empty text when the server's own words say it. */
export const adviceFor = (problem) => advice[problem.code] || "";

/* An answer that first.js has asked for already, once. Later it would be old. */
const asked = window.berthAsked;
const EARLY_MS = 10000;
const AGAIN_MS = 300;
setTimeout(() => asked.clear(), EARLY_MS);
const early = (method, path) => {
	const answer = method === "GET" ? asked.get(path) : undefined;
	asked.delete(path);
	return answer;
};

const problemOf = async (response) => {
	let document = null;
	try {
		document = await response.json();
	} catch {
		/* not from berth: a proxy's page */
	}
	return new Problem({
		title: "The request failed",
		detail: `The server answered ${response.status} ${response.statusText}`.trim() + ".",
		code: "http_" + response.status,
		request_id: response.headers.get("X-Request-Id") || "",
		...document,
		status: response.status,
	});
};

/* What the session asks: it is given up when somebody signs out, for its answers would be refusals. */
let asking = new AbortController();

/**
 * Call the API.
 * @param {string} path with its query
 * @param {{method?: string, body?: object, headers?: object, signal?: AbortSignal, raw?: boolean, ask?: boolean}} [how]
 *   raw: give the Response itself; ask: false = a 401 is the caller's, nobody is asked to sign in again
 * @returns {Promise<any>} the document, null when there is none
 * @throws {Problem}
 */
export const api = async (path, how = {}) => {
	const method = how.method || "GET";
	const headers = { Accept: "application/json", ...how.headers };
	if (how.body !== undefined) headers["Content-Type"] = "application/json";
	if (method !== "GET" && session.value?.csrf) headers["X-CSRF-Token"] = session.value.csrf;
	let response;
	try {
		response = await (early(method, path) ?? fetch(path, {
			method,
			headers,
			signal: AbortSignal.any([how.last ? undefined : asking.signal, how.signal].filter(Boolean)),
			credentials: "same-origin",
			cache: "no-store",
			redirect: "error",
			body: how.body === undefined ? undefined : JSON.stringify(how.body),
		}));
	} catch (error) {
		if (error.name === "AbortError") throw error;
		/* A browser cuts its connections when the computer's network changes: who only asks asks again. */
		if (method === "GET" && !how.again) {
			await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
			return api(path, { ...how, again: true });
		}
		throw new Problem({ title: "The server does not answer", detail: "The request did not reach berth.", code: "network", status: 0 });
	}
	if (response.status === 401 && how.ask !== false && session.value) {
		await untilRenewed();
		return api(path, how);
	}
	if (!response.ok) throw await problemOf(response);
	if (how.raw) return response;
	if (response.status === 204) return null;
	const document = await response.json();
	if (how.full) return { document, response };
	return document;
};

/* Whether there was a session in this browser: without one there is nothing to ask the server for. "1": its role shows all
 * that first.js asks for; "some": it does not, and each is asked for in its turn. */
const HINT = "berth-session";
const firstAsked = ["/api/engines", "/api/containers", "/api/operations", "/api/cluster/info", "/api/events"];
const hint = (what) => {
	try {
		if (what) localStorage.setItem(HINT, what);
		else localStorage.removeItem(HINT);
	} catch {
		/* then it is asked for each time */
	}
};
const hinted = () => {
	try {
		return localStorage.getItem(HINT) !== null;
	} catch {
		return true;
	}
};

/** Is somebody signed in? Asked once, at the start. */
export const loadSession = async () => {
	if (!hinted()) {
		session.value = null;
		return;
	}
	try {
		sessionIs(await api("/auth/session", { ask: false, full: true }));
	} catch (problem) {
		if (problem.status !== 401) throw problem;
		hint("");
		session.value = null;
	}
};

/** @throws {Problem} wrong name or password, throttled */
export const signIn = async (username, password) => {
	sessionIs(await api("/auth/session", { method: "POST", body: { username, password }, ask: false, full: true }));
};

export const signOut = async () => {
	asking.abort();
	try {
		await api("/auth/session", { method: "DELETE", ask: false, last: true });
	} catch (problem) {
		if (problem.status !== 401) throw problem;
	} finally {
		asking = new AbortController();
	}
	hint("");
	session.value = null;
};

const covers = (grant, path) => grant.path === "/" || path === grant.path || path.startsWith(grant.path + "/");
const methodsOf = (grant) => grant.methods || (grant.access === "read" ? ["GET", "HEAD"] : ["GET", "HEAD", "POST", "PUT", "DELETE"]);

/**
 * Does the role grant it? What is not granted is not offered; the server decides.
 * @param {"read"|"write"} access
 * @param {string} path
 */
export const may = (access, path) =>
	(session.value?.permissions || []).some(
		(grant) => covers(grant, path) && methodsOf(grant).includes(access === "write" ? "POST" : "GET"),
	);

export const mayChangeContainers = computed(() => may("write", "/api/containers"));
export const mayChangeEngines = computed(() => may("write", "/api/engines"));
export const mayChangeOperations = computed(() => may("write", "/api/operations"));
/** What failed may be tried again by who may do it at all. */
export const mayRetry = computed(() => mayChangeOperations.value && mayChangeContainers.value);
export const mayReadAccounts = computed(() => may("read", "/api/account"));
export const mayChangeAccounts = computed(() => may("write", "/api/account"));
