/* session: sign in and out; what the account's role grants. */
import { computed } from "./lib.js";
import { api, session, sessionIs } from "./api.js";

/** Is somebody signed in? Asked once, at the start. */
export const loadSession = async () => {
	try {
		sessionIs(await api("/auth/session", { ask: false }));
	} catch (problem) {
		if (problem.status !== 401) throw problem;
		session.value = null;
	}
};

/** @throws {Problem} wrong name or password, throttled */
export const signIn = async (username, password) =>
	sessionIs(await api("/auth/session", { method: "POST", body: { username, password }, ask: false }));

export const signOut = async () => {
	try {
		await api("/auth/session", { method: "DELETE", ask: false });
	} catch (problem) {
		if (problem.status !== 401) throw problem;
	}
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
