/* harness: what the cases share: the stack, the browser, pages whose every fault is noted, waiting with a limit. */
import { test as nodeTest, after } from "node:test";
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import http from "node:http";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { promisify } from "node:util";

const need = (name) => process.env[name] || assert.fail(`${name} is not set: this runs as a part of ./quickstart check`);

export const URL_OF_STACK = need("BERTH_URL");
export const CONSOLE = URL_OF_STACK + "/console/";
export const IMAGE = process.env.BERTH_DEMO_IMAGE || "berth-demo:latest";
export const DIR = need("BERTH_DIR");
const BUILD = need("BERTH_BUILD");
export const SOURCE = need("BERTH_SOURCE");
export const SHOTS = process.env.BERTH_SCREENSHOTS || `${BUILD}/screenshots`;
mkdirSync(SHOTS, { recursive: true });

const installed = createRequire(`${BUILD}/console-tests/`);
const playwright = installed("playwright-core");
export const AXE = readFileSync(installed.resolve("axe-core/axe.min.js"), "utf8");

/* Generous: the machine may be ten times slower, and there is no case in which it is waited for this long but a failure. */
export const LIMIT_MS = 60_000;
const CASE_MS = 600_000;

const PASSWORD = readFileSync(need("BERTH_PASSWORD_FILE"), "utf8").trim();
export const admin = { username: "admin", password: PASSWORD };

const run = promisify(execFile);
/** Do a line of shell as somebody does who has read DIR/env. @returns {Promise<string>} what it prints */
export const shell = async (line, variables = {}) =>
	(await run("bash", ["-c", `. "$BERTH_DIR/env" && ${line}`], { env: { ...process.env, ...variables }, timeout: CASE_MS, maxBuffer: 64 << 20 })).stdout;
/** A command of quickstart on the stack under test. */
export const quickstart = (...words) => run(need("BERTH_QUICKSTART"), [...words, "--dir", DIR, "--no-install"], { timeout: CASE_MS });

/**
 * Wait for a condition.
 * @param {string} what said when it has not come true
 * @param {() => Promise<any>} condition until it gives something true
 */
export const until = async (what, condition, limit = LIMIT_MS) => {
	const deadline = Date.now() + limit;
	for (;;) {
		const got = await condition();
		if (got) return got;
		if (Date.now() > deadline) assert.fail(`after ${limit / 1000} s still not so: ${what}`);
		await new Promise((resolve) => setTimeout(resolve, 50));
	}
};

/* The API, past the pages. */
let asked = null;
/** @param {{username: string, password: string}} who @returns {Promise<object>} calls of the API in this account's name */
export const apiOf = async (who) => {
	const context = await playwright.request.newContext({ baseURL: URL_OF_STACK, ignoreHTTPSErrors: true, timeout: LIMIT_MS });
	const login = await context.post("/auth/login", { data: who });
	assert.equal(login.status(), 200, await login.text());
	const token = (await login.json()).auth_token;
	const call = async (method, path, data) => {
		const answer = await context.fetch(path, { method, data, headers: { Authorization: `Bearer ${token}` } });
		const text = await answer.text();
		let body = null;
		try {
			body = JSON.parse(text);
		} catch {
			/* not every answer is a document */
		}
		return { status: answer.status(), body, text };
	};
	const good = async (method, path, data) => {
		const answer = await call(method, path, data);
		assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${answer.text.slice(0, 600)}`);
		return answer.body;
	};
	return {
		call,
		token,
		get: (path) => good("GET", path),
		post: (path, data) => good("POST", path, data),
		put: (path, data) => good("PUT", path, data),
		remove: (path, data) => good("DELETE", path, data),
		close: () => context.dispose(),
	};
};
/** The API as the admin. */
export const api = async () => (asked ??= await apiOf(admin));

/** The engine's own API, past berth. @returns {Promise<{status: number, text: string, body: object|null}>} */
export const docker = (engine, method, path, body) =>
	new Promise((resolve, reject) => {
		const request = http.request({ socketPath: `${DIR}/run/${engine}.sock`, method, path, headers: { Host: "docker", "Content-Type": "application/json" } }, (response) => {
			let text = "";
			response.on("data", (piece) => (text += piece));
			response.on("end", () => resolve({ status: response.statusCode, text, body: text.startsWith("{") ? JSON.parse(text) : null }));
		});
		request.on("error", reject);
		request.end(body && JSON.stringify(body));
	});

/** Run containers of the demo image. @returns {Promise<object[]>} once they run */
export const runSome = async (count, spec = {}) => {
	const pool = await api();
	const made = await pool.post(`/api/containers?count=${count}`, { name: IMAGE, memory: 20, ...spec });
	if (made.total === undefined) return Array.isArray(made) ? made : [made];
	/* It takes long: the answer is the operation, which goes on. */
	const { items } = await until("what is run runs", async () => {
		const now = await pool.get(`/api/operations/${made.id}`);
		return (now.status || now.state) !== "running" && now;
	}, 180_000);
	return Promise.all(items.map((item) => pool.get(`/api/containers/${item.container}`)));
};

/** Everything but the demo application goes. */
export const destroyAll = async () => {
	const pool = await api();
	const others = (await pool.get("/api/containers")).filter((one) => one.managed && one.name !== "demo");
	await Promise.all(others.map((one) => pool.call("DELETE", `/api/containers/${one.id}`)));
};

/* The browser. */
export const browser = await playwright.chromium.launch({
	executablePath: process.env.BERTH_CHROMIUM || "/usr/bin/chromium-headless-shell",
	args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--force-color-profile=srgb"],
	timeout: LIMIT_MS,
});

after(() => browser.close());

/** A request for this is an element that a hostile string made. */
export const PROBE = "xss-probe";

const note = (visitor, fault) => {
	if (!visitor.allowed.some((pattern) => pattern.test(fault))) visitor.faults.push(fault);
};

/* Whatever goes wrong in a page, whoever looks or not. */
const watch = async (visitor) => {
	const { context } = visitor;
	await context.exposeBinding("berthTestViolation", (source, text) => note(visitor, `CSP violation: ${text}`));
	await context.addInitScript(() =>
		addEventListener("securitypolicyviolation", (event) =>
			window.berthTestViolation(`${event.effectiveDirective} ${event.blockedURI} at ${event.sourceFile}:${event.lineNumber} ${event.sample}`),
		),
	);
	context.on("console", (message) => {
		if (message.type() === "error" || message.type() === "warning")
			note(visitor, `console ${message.type()}: ${message.text()} (${message.location().url})`);
	});
	context.on("weberror", (error) => note(visitor, `exception: ${error.error().stack || error.error()}`));
	context.on("dialog", (dialog) => {
		note(visitor, `dialog: ${dialog.message()}`);
		dialog.dismiss();
	});
	context.on("request", (request) => {
		if (request.url().includes(PROBE) && !request.url().includes("/api/")) note(visitor, `a hostile string made a request: ${request.url()}`);
	});
};

const visitors = [];
const states = new Map();

/* What the browser itself says of answers that are as they must be: nobody is signed in; a container that an event names
 * has gone when it is looked at. And it cuts all connections when an interface of the machine comes or goes, as those of
 * other stacks' engines do. */
const EXPECTED = [/status of 401.*\/auth\/session\)/, /status of 404.*\/api\/containers\/[0-9a-f]{64}\)/, /ERR_NETWORK_CHANGED/];

/**
 * Somebody at a browser of his own.
 * @param {{as?: object|null, fresh?: boolean, allow?: RegExp[], context?: object}} [how]
 *   as: null = not signed in; fresh: with a session of his own, not one shared by the cases
 * @returns {Promise<{context: object, page: object, faults: string[], open: (hash: string) => Promise<void>}>}
 */
export const visit = async ({ as = admin, fresh = false, allow = [], context: more = {} } = {}) => {
	const known = as && !fresh ? states.get(as.username) : undefined;
	const context = await browser.newContext({ ignoreHTTPSErrors: true, viewport: { width: 1440, height: 900 }, storageState: known, reducedMotion: "reduce", ...more });
	context.setDefaultTimeout(LIMIT_MS);
	const visitor = { context, faults: [], allowed: [...EXPECTED, ...allow] };
	visitors.push(visitor);
	await watch(visitor);
	visitor.page = await context.newPage();
	const goto = visitor.page.goto.bind(visitor.page);
	visitor.page.goto = (...to) => goto(...to).catch((error) => (/ERR_NETWORK_CHANGED/.test(error.message) ? goto(...to) : Promise.reject(error)));
	visitor.open = (hash, page = visitor.page) => openView(page, hash);
	/* As the sign-in does it: the page asks for its session only where there was one. */
	if (as) await context.addInitScript(() => location.protocol === "https:" && localStorage.setItem("berth-session", "1"));
	if (as && !known) {
		const answer = await context.request.post(URL_OF_STACK + "/auth/session", { data: as });
		assert.equal(answer.status(), 200, await answer.text());
		if (!fresh) states.set(as.username, await context.storageState());
	}
	return visitor;
};

/** Fill in the form of the sign-in and send it; the overview is there afterwards. */
export const signIn = async (page, who) => {
	await page.getByLabel("User name").fill(who.username);
	await page.getByLabel("Password", { exact: true }).fill(who.password);
	await page.getByRole("button", { name: "Sign in" }).click();
	await page.getByRole("navigation", { name: "Views" }).waitFor();
};

/** Go to a view and wait until it shows what it has fetched. */
export const openView = async (page, hash) => {
	if (page.url().startsWith(CONSOLE))
		await page.evaluate(
			(there) =>
				new Promise((done) => {
					scrollTo(0, 0);
					if (location.hash === there) return done();
					addEventListener("hashchange", () => setTimeout(done), { once: true });
					location.hash = there;
				}),
			hash,
		);
	else await page.goto(CONSOLE + hash);
	await settled(page);
};

/** Nothing of the view is still being fetched. */
export const settled = async (page) => {
	await page.locator("main h1").first().waitFor();
	await page.waitForFunction(() => !document.querySelector("main .skeleton, main [aria-busy=true]"));
};

/* A case: it begins with an empty pool; its visitors leave at its end, and none may have seen a fault. */
export const test = (name, body) =>
	nodeTest(name, { timeout: CASE_MS }, async (t) => {
		const say = (words) => t.diagnostic(words);
		try {
			await destroyAll();
			await body(say);
			assert.equal(visitors.flatMap((one) => one.faults).length, 0, "the browser noted faults");
		} catch (error) {
			await lookBack(name, say);
			throw error;
		} finally {
			for (const { context } of visitors.splice(0)) await context.close();
		}
	});

/* What was on the pages of a case that failed. */
const lookBack = async (name, say) => {
	for (const [i, visitor] of visitors.entries()) {
		for (const fault of new Set(visitor.faults)) say(`noted: ${fault}`);
		const path = `${SHOTS}/failed-${name.replace(/\W+/g, "-").slice(0, 60)}-${i}.png`;
		await visitor.page.screenshot({ path, timeout: 10_000 }).then(
			() => say(`at that time: ${path}`),
			() => {},
		);
	}
};

/** @param {import("playwright-core").Page} page @returns {Promise<number>} rows that a table has, shown or not */
export const rowCount = async (page, table) => Number(await page.getByRole("table", { name: table }).getAttribute("aria-rowcount")) - 1;
