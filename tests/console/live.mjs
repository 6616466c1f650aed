/* live: what shows by itself: log lines, usage, an engine that dies; and one stream for all tabs. */
import assert from "node:assert/strict";
import { test, visit, openView, settled, until, api, docker, runSome, quickstart, destroyAll, rowCount, CONSOLE, IMAGE } from "./harness.mjs";

const clock = () => Date.now();

test("a container's page: log lines as they come, search, pause; usage as a chart; events; environment", async () => {
	const [one] = await runSome(1, { container_name: "talker", environment: { SECRET: "kept" }, args: ["sh", "-c", "n=0; while sleep 0.3; do n=$((n+1)); echo tick $n; echo tock $n >&2; done"] });
	const { page } = await visit();
	await openView(page, `#/containers/${one.id}?tab=logs`);
	const log = page.getByRole("log");
	const last = async () => Number(/tick (\d+)\s*(?:tock \d+\s*)?$/.exec((await log.innerText()).trim())?.[1] || 0);
	const seen = await until("a first line", last);
	await until("a later line", async () => (await last()) > seen + 1);
	await page.getByLabel("Search the log").fill("tock");
	await until("only what is looked for", async () => /tock/.test(await log.innerText()) && !/tick/.test(await log.innerText()));
	await page.getByLabel("Search the log").fill("");
	await page.getByRole("button", { name: "Pause" }).click();
	const held = await log.innerText();
	const goOn = page.getByRole("button", { name: /Go on \(\d+ new\)/ });
	await goOn.waitFor();
	assert.equal(await log.innerText(), held);
	await goOn.click();
	await until("it goes on", async () => (await log.innerText()).length > held.length);
	await page.getByRole("group", { name: "Stream" }).getByRole("button", { name: "Err" }).click();
	await until("only that stream", async () => /tock/.test(await log.innerText()) && !/tick/.test(await log.innerText()));
	await page.getByLabel("Times").check();
	await log.locator("time").first().waitFor();

	await openView(page, `#/containers/${one.id}`);
	await page.getByRole("img", { name: /^CPU of the last minutes; now \d/ }).waitFor();
	await page.getByRole("img", { name: /^Memory of the last minutes; now \d/ }).waitFor();
	await page.getByRole("img", { name: /^CPU of/ }).locator("canvas").waitFor();
	const environment = page.getByRole("region", { name: "Environment" });
	assert.ok(!(await environment.innerText()).includes("kept"));
	await environment.getByRole("button", { name: "Reveal" }).click();
	await page.getByRole("dialog", { name: "Show the values?" }).getByRole("button", { name: "Show" }).click();
	await environment.getByText("kept").waitFor();
	await openView(page, `#/containers/${one.id}?tab=events`);
	await page.getByText("Reveal environment").first().waitFor();
});

test("an engine dies: the overview shows it by itself, and that it is back", async (say) => {
	const pool = await api();
	const demo = (await pool.get("/api/containers")).find((one) => one.name === "demo");
	const victim = (await pool.get("/api/engines")).map((one) => one.id).filter((id) => id !== demo.engine.id).at(-1);
	const { page } = await visit();
	await openView(page, "#/");
	const row = page.getByRole("region", { name: "Capacity" }).getByRole("listitem").filter({ has: page.getByRole("link", { name: victim, exact: true }) });
	await row.getByText("up", { exact: true }).waitFor();
	const start = new Date().toISOString();
	/* There may be older ones of the same kind. */
	const told = async (words) => {
		const times = await page.getByRole("list", { name: "What has happened last" }).getByRole("listitem").filter({ hasText: words }).filter({ hasText: victim }).locator("time").evaluateAll((all) => all.map((one) => one.dateTime));
		return times.some((time) => time > start);
	};
	try {
		const began = clock();
		const killed = quickstart("engine", "kill", victim);
		await row.getByText(/^(suspect|degraded|down)$/).waitFor();
		const seen = clock();
		await killed;
		say(`an engine's death was seen ${((seen - began) / 1000).toFixed(1)} s after the kill began (the goal is 5 s)`);
		await row.getByText("down", { exact: true }).waitFor();
		say(`and shown as down after ${((clock() - began) / 1000).toFixed(1)} s`);
		await page.getByRole("region", { name: "Needs a look" }).getByRole("link", { name: new RegExp(`^Engine ${victim} is down`) }).waitFor();
		await until("the timeline tells that it is down", () => told("Engine is down"));
	} finally {
		await quickstart("engine", "revive", victim);
	}
	const began = clock();
	await row.getByText("up", { exact: true }).waitFor({ timeout: 120_000 });
	say(`and shown as up ${((clock() - began) / 1000).toFixed(1)} s after it was booted`);
	await until("the timeline tells that it is up", () => told("Engine is up"));
});

test("two tabs have one stream, both hear it, and when its tab closes the other takes it over", async () => {
	await destroyAll();
	const { page, context } = await visit();
	const streams = [];
	context.on("request", (request) => {
		if (/\/api\/events\?follow/.test(request.url())) streams.push(request);
	});
	const counted = () => streams.length;
	await openView(page, "#/containers");
	const second = await context.newPage();
	await second.goto(CONSOLE + "#/containers");
	await settled(second);
	for (const tab of [page, second]) await tab.getByRole("status").filter({ hasText: /^Live$/ }).waitFor();
	const before = counted();
	const [made] = await runSome(1, { container_name: "heard" });
	for (const tab of [page, second]) await tab.getByRole("link", { name: "heard", exact: true }).waitFor();
	assert.equal(counted(), before, "no further stream");
	assert.equal(before, 1, "one stream for two tabs");
	await page.close();
	await until("the other tab has the stream", async () => counted() === 2);
	await second.getByRole("status").filter({ hasText: /^Live$/ }).waitFor();
	await (await api()).remove(`/api/containers/${made.id}`);
	await second.getByRole("link", { name: "heard", exact: true }).waitFor({ state: "detached" });
	assert.equal(await rowCount(second, "Containers"), 1);
});

test("what somebody runs past berth shows, also under the name that it is given later", async () => {
	const [engine] = await (await api()).get("/api/engines");
	const past = (method, path, body) => docker(engine.id, method, path, body);
	const { page } = await visit();
	await openView(page, "#/containers");
	const row = (name) => page.getByRole("link", { name, exact: true });
	const made = await past("POST", "/containers/create?name=stranger", { Image: IMAGE });
	assert.equal(made.status, 201, made.text);
	try {
		await past("POST", `/containers/${made.body.Id}/start`);
		await row("stranger").waitFor();
		await past("POST", `/containers/${made.body.Id}/rename?name=renamed`);
		await row("renamed").waitFor();
		assert.equal(await row("stranger").count(), 0);
	} finally {
		await past("DELETE", `/containers/${made.body.Id}?force=1&v=1`);
	}
	await row("renamed").waitFor({ state: "detached" });
});

test("the computer's network changes while the page asks: it asks again, and nobody is told", async () => {
	const { page } = await visit({ allow: [/ERR_CONNECTION_RESET/] });
	await openView(page, "#/");
	let cut = 0;
	await page.route("**/api/roles", (route) => (cut++ ? route.continue() : route.abort("connectionreset")));
	await openView(page, "#/accounts?tab=roles");
	await page.getByText("built in").first().waitFor();
	assert.equal(cut, 2);
	assert.equal(await page.getByText("does not answer").count(), 0);
});
