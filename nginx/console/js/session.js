/* session: sign in and out; what the account's role grants. */
import { computed } from "./lib.js";
import { api, session, sessionIs } from "./api.js";

/* Whether there was a session in this browser: without one there is nothing to ask the server for. */
const HINT = "berth-session";
const hint = (there) => {
	try {
		if (there) localStorage.setItem(HINT, "1");
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
		sessionIs(await api("/auth/session", { ask: false }));
	} catch (problem) {
		if (problem.status !== 401) throw problem;
		hint(false);
		session.value = null;
	}
};

/** @throws {Problem} wrong name or password, throttled */
export const signIn = async (username, password) => {
	const document = await api("/auth/session", { method: "POST", body: { username, password }, ask: false });
	hint(true);
	sessionIs(document);
};

export const signOut = async () => {
	try {
		await api("/auth/session", { method: "DELETE", ask: false });
	} catch (problem) {
		if (problem.status !== 401) throw problem;
	}
	hint(false);
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
export const mayReadAccounts = computed(() => may("read", "/api/account"));
export const mayChangeAccounts = computed(() => may("write", "/api/account"));
