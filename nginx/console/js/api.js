/* api: one way to call berth: JSON in and out, problems as exceptions, the session's proof on every change. */
import { signal } from "./lib.js";

/** The session's document, or null; `undefined` until it is known. */
export const session = signal(undefined);
/** True while the session has run out and the page waits for its renewal in place. */
export const expired = signal(false);

let renewal = null;
let renewed = null;

/** Who waits is let go on: there is a session again. @param {object} document of /auth/session */
export const sessionIs = (document) => {
	session.value = document;
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
		response = await fetch(path, {
			method,
			headers,
			signal: how.signal,
			credentials: "same-origin",
			cache: "no-store",
			redirect: "error",
			body: how.body === undefined ? undefined : JSON.stringify(how.body),
		});
	} catch (error) {
		if (error.name === "AbortError") throw error;
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
