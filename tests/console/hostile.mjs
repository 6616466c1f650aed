/* hostile: strings that an engine or a user can set, made to break out of text. They are shown, and nothing else. */
import assert from "node:assert/strict";
import { test, visit, openView, until, api, docker, destroyAll, runSome, IMAGE, PROBE, CONSOLE } from "./harness.mjs";

const EVIL = `"'><img src=${PROBE} onerror=alert(1)><script>alert(2)</script>`;
const ASKED_EVIL = String(new URLSearchParams([["", EVIL]])).slice(1); // within an address
const LINK = `javascript:alert(3)//${PROBE}`;

/* What a page must not contain, wherever its strings came from. */
const assertHarmless = async (page, where) => {
	const found = await page.evaluate((probe) => {
		const bad = [...document.querySelectorAll(`[src*="${probe}"], [href^="javascript:" i], [action^="javascript:" i], main script, dialog script, iframe, object, embed`)];
		for (const node of document.querySelectorAll("*")) for (const { name } of node.attributes) if (/^on/i.test(name)) bad.push(node);
		return bad.map((node) => node.outerHTML.slice(0, 200));
	}, PROBE);
	assert.deepEqual(found, [], where);
};

const views = ["#/", "#/containers", "#/engines", "#/history", "#/operations", "#/accounts?tab=accounts", "#/accounts?tab=roles", "#/accounts?tab=tokens", "#/run"];
const tabs = ["", "?tab=logs", "?tab=stats", "?tab=events", "?tab=json"];

/* Everything that opens beside a view is looked at too. */
const openAll = async (page, where) => {
	await assertHarmless(page, where);
	const buttons = page.getByRole("main").getByRole("button", { name: /^(Copy as CLI or curl|More for|Scale )/ });
	for (let i = 0; i < Math.min(3, await buttons.count()); i++) {
		await buttons.nth(i).click();
		assert.equal(await page.locator("[popover]:popover-open").count(), 1, `${where}, button ${i} opens something`);
		await assertHarmless(page, `${where}, button ${i}`);
		await page.keyboard.press("Escape");
	}
};

test("hostile strings, set for real: by users through the API, by an engine through Docker", async (say) => {
	const pool = await api();
	const undo = [];
	const attempt = async (what, method, path, data, back) => {
		const answer = await pool.call(method, path, data);
		if (answer.status < 300 && back) undo.push(() => back(answer.body));
		assert.ok(answer.status < 500, `${what}: ${answer.status}`);
		say(`${what}: ${answer.status < 300 ? "taken" : `refused (${answer.body?.detail || answer.status})`}`);
		return answer;
	};
	try {
		await destroyAll();
		const [engine] = (await pool.get("/api/engines")).filter((one) => one.health.status === "up");
		await attempt("an engine's id", "POST", "/api/engines", { id: EVIL, engine: { addr: "tcp://127.0.0.1:1" } }, () => pool.call("DELETE", `/api/engines/${encodeURIComponent(EVIL)}?force=true`));
		await attempt("an account's name", "POST", "/api/account", { username: EVIL, password: "Pier-7390-quay", role: "viewer" }, () => pool.call("DELETE", "/api/account", { username: EVIL }));
		await attempt("a role's name", "POST", "/api/roles", { name: EVIL, grants: [{ path: "/api/events", access: "read" }] }, () => pool.call("DELETE", `/api/roles/${encodeURIComponent(EVIL)}`));
		await attempt("a token's name", "POST", "/api/tokens", { name: EVIL, days: 1 }, (made) => pool.call("DELETE", `/api/tokens/${made.id}`));
		await attempt("an image's name", "POST", "/api/containers?count=1", { name: EVIL, memory: 20 });
		await attempt("a container's name", "POST", "/api/containers?count=1", { name: IMAGE, memory: 20, container_name: EVIL });
		await attempt("a host name", "POST", "/api/containers?count=1", { name: IMAGE, memory: 20, hostname: EVIL });
		await attempt("a volume", "POST", "/api/containers?count=1", { name: IMAGE, memory: 20, volumes: [`${EVIL}:/data`] });
		await attempt("a program that fails", "POST", "/api/containers?count=1", { name: IMAGE, memory: 20, args: [EVIL] });
		const [one] = await runSome(1, { environment: { NAME: EVIL, URL: LINK }, args: ["sh", "-c", 'echo "$NAME"; echo "$URL"; printf "\\033[31m%s\\033[0m\\n" "$NAME"; exec sleep 10000', EVIL, LINK] });
		const foreign = await docker(engine.id, "POST", "/containers/create?name=byhand", { Image: IMAGE, Labels: { [EVIL]: EVIL }, Env: [`A=${EVIL}`], Cmd: ["sh", "-c", "sleep 10000", EVIL], HostConfig: { Memory: 20971520 } });
		assert.equal(foreign.status, 201, foreign.text);
		undo.push(() => docker(engine.id, "DELETE", `/containers/${foreign.body.Id}?force=1&v=1`));
		await docker(engine.id, "POST", `/containers/${foreign.body.Id}/start`);
		await until("berth knows of it", async () => (await pool.get("/api/containers")).some((known) => known.id === foreign.body.Id));

		const { page } = await visit({ allow: [/status of (400|404|409|422)/] });
		for (const hash of views) {
			await openView(page, hash);
			await openAll(page, hash);
		}
		for (const id of [one.id, foreign.body.Id])
			for (const tab of tabs) {
				await openView(page, `#/containers/${id}${tab}`);
				if (tab === "?tab=logs" && id === one.id) await page.getByRole("log").getByText(LINK).waitFor();
				if (tab === "?tab=json" && id === one.id) await page.getByText("onerror=alert(1)").first().waitFor();
				await openAll(page, `#/containers/${id}${tab}`);
			}
		await openView(page, `#/engines/${engine.id}`);
		await openAll(page, "an engine");
		/* What is typed comes back in messages and in the commands. */
		await openView(page, "#/run");
		for (const name of ["Image", "Environment", "Ports"]) await page.getByLabel(name, { exact: true }).fill(EVIL);
		await assertHarmless(page, "faults of the form");
		await page.getByLabel("Image", { exact: true }).fill(IMAGE);
		await page.getByLabel("Ports", { exact: true }).fill("");
		await page.getByLabel("Environment", { exact: true }).fill(`A=${EVIL}`);
		await page.getByRole("button", { name: "As a command" }).click();
		await assertHarmless(page, "a command");
		await page.keyboard.press("Escape");
		await page.goto(`${CONSOLE}#/containers?q=${encodeURIComponent(EVIL)}&state=${encodeURIComponent(EVIL)}&engine=${encodeURIComponent(EVIL)}`);
		await page.getByText("No container fits").waitFor();
		await assertHarmless(page, "an address with hostile filters");
		for (const hash of [`#/${encodeURIComponent(EVIL)}`, `#/containers/${encodeURIComponent(EVIL)}`, `#/engines/${encodeURIComponent(EVIL)}`, `#/operations/${encodeURIComponent(EVIL)}`]) {
			await page.goto(CONSOLE + hash);
			await page.getByRole("main").getByText(/no such|not|Nothing/i).first().waitFor();
			await assertHarmless(page, hash);
		}
	} finally {
		for (const back of undo.reverse()) await back();
		await destroyAll();
	}
});

/* Every text of an answer but those that the pages take apart: times, and the ids that lead to further requests. */
const poison = (value, key = "") => {
	if (Array.isArray(value)) return value.map((one) => poison(one, key));
	if (value && typeof value === "object")
		return Object.fromEntries(Object.entries(value).map(([name, one]) => [["environment", "links"].includes(key) ? name + EVIL : name, ["id", "docker_id", "cursor", "csrf"].includes(name) && key !== "engine" ? one : poison(one, name)]));
	if (typeof value !== "string" || /^\d{4}-\d\d-\d\dT/.test(value)) return value;
	return key === "addr" || key === "host_ip" ? LINK : value + EVIL;
};

test("hostile strings in place of every text of every answer", async () => {
	await runSome(2, { container_name: "victim", environment: { A: "b" }, bind_ports: [{ container_port: 80 }] });
	const pool = await api();
	const one = (await pool.get("/api/containers")).find((c) => c.name?.startsWith("victim"));
	const [operation] = await pool.get("/api/operations?limit=1");
	const [event] = await pool.get("/api/events?count=1");
	const { page, context } = await visit({ allow: [/status of 40[04]/] });
	await context.route(/\/api\//, async (route) => {
		const request = route.request();
		const accept = request.headers().accept || "";
		if (accept.includes("event-stream")) {
			const message = /stats/.test(request.url()) ? { time: new Date().toISOString(), cpu_percent: 1, cpus: 2, memory_mb: 3, memory_limit_mb: 20, network_rx_bytes: EVIL, pids: EVIL } : poison(event);
			return route.fulfill({ contentType: "text/event-stream", body: `data: ${JSON.stringify(message)}\n\nevent: item\ndata: ${JSON.stringify(poison({ container: "x", status: "failed", engine: "n1", error: { detail: "y" } }))}\n\n` });
		}
		if (!accept.includes("json")) return route.continue();
		/* What the page asks for by a name that we have made up has its true one. */
		const answer = await route.fetch({ url: request.url().replaceAll(ASKED_EVIL, "") }).catch(() => null);
		if (!answer) return route.abort();
		const text = await answer.text();
		let body = null;
		try {
			body = JSON.parse(text);
		} catch {
			return route.fulfill({ response: answer, body: text });
		}
		return route.fulfill({ response: answer, json: poison(body) });
	});
	const hashes = [...views, ...tabs.map((tab) => `#/containers/${one.id}${tab}`), `#/engines/n1`, `#/operations/${operation.id}`];
	for (const hash of hashes) {
		await openView(page, hash);
		await openAll(page, hash);
	}
	await openView(page, "#/run");
	await page.getByLabel("Image", { exact: true }).fill(IMAGE);
	await page.getByRole("region", { name: "Where they would go" }).getByText(/1 container on/).waitFor();
	await assertHarmless(page, "the preview");
	await context.unrouteAll({ behavior: "ignoreErrors" });
	await destroyAll();
});
