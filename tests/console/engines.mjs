/* engines: more and less of them by the page alone, each in two clicks; and what is said where something is not known. */
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { tmpdir } from "node:os";
import { test, visit, openView, until, api, DIR, SOURCE } from "./harness.mjs";

const card = (page, id) => page.getByRole("main").getByRole("listitem").filter({ has: page.getByRole("link", { name: id, exact: true }) });
const confirmed = async (page, title, button) => {
	const question = page.getByRole("dialog", { name: title });
	await question.getByRole("button", { name: button, exact: true }).click();
	await question.waitFor({ state: "detached" });
};

/* A second Docker on the host of an engine, which registers itself by the command that the page shows. Its address is in
 * no network that is admitted by itself, so that it waits to be approved; and nobody gets there until it is `reached`. */
const joinAs = async (id, command, { id: engine, engine: { addr } }) => {
	const home = mkdtempSync(`${tmpdir()}/berth-join-`);
	const gateway = new URL(addr).hostname;
	const address = gateway.replace(/^10\.77\./, "10.98.");
	const inHost = `--net=/proc/${readFileSync(`${DIR}/run/${engine}.pid`, "utf8").trim().split(/\s/)[0]}/ns/net`;
	const route = (...words) => execFileSync("ip", ["route", ...words]);
	execFileSync("nsenter", [inHost, "ip", "address", "replace", `${address}/32`, "dev", "lo"]);
	route("replace", "unreachable", address);
	const docker = spawn("nsenter", [inHost, "python3", `${SOURCE}/tests/fake/engine.py`, home, address], { stdio: "ignore" });
	const port = await until("a Docker", async () => existsSync(`${home}/port`) && readFileSync(`${home}/port`, "utf8").trim());
	const url = `tcp://${address}:${port}`;
	const join = spawn("bash", ["-c", `. "$BERTH_DIR/env" && exec nsenter ${inHost} ${command} --id ${id} --ttl 5 --docker ${url} --address ${url}`], { stdio: "ignore" });
	return {
		url,
		reached: () => route("replace", address, "via", gateway),
		leave: () => {
			for (const one of [join, docker]) one.kill("SIGKILL");
			route("delete", address);
			execFileSync("nsenter", [inHost, "ip", "address", "delete", `${address}/32`, "dev", "lo"]);
			rmSync(home, { recursive: true, force: true });
		},
	};
};

test("engines by the page: drained and back, removed, added by hand; one that joins by the command waits; it is approved, or told why not", async () => {
	const pool = await api();
	const demo = (await pool.get("/api/containers")).find((one) => one.name === "demo");
	const { id, engine } = (await pool.get("/api/engines")).filter((one) => one.id !== demo.engine.id).at(-1);
	const { page } = await visit({ allow: [/status of (400|50[0-9]).*\/approve\)/] });
	await openView(page, "#/engines");
	const one = card(page, id);
	await one.getByRole("button", { name: "Drain" }).click();
	await confirmed(page, `Drain ${id}?`, "Drain");
	await one.getByText("draining", { exact: true }).waitFor();
	assert.ok((await pool.get(`/api/engines/${id}`)).drain);
	await one.getByRole("button", { name: "Stop draining" }).click();
	await one.getByText("up", { exact: true }).waitFor();
	assert.ok(!(await pool.get(`/api/engines/${id}`)).drain);

	await one.getByRole("button", { name: `More for ${id}` }).click();
	await page.getByRole("menuitem", { name: "Remove" }).click();
	await confirmed(page, `Remove ${id}?`, "Remove");
	await one.waitFor({ state: "detached" });
	assert.equal((await pool.call("GET", `/api/engines/${id}`)).status, 404);

	await page.getByRole("button", { name: "Add an engine" }).click();
	const adding = page.getByRole("dialog", { name: "Add an engine" });
	const command = await adding.getByLabel("the command", { exact: true }).innerText();
	await adding.getByRole("button", { name: "By hand" }).click();
	await adding.getByRole("button", { name: "Add", exact: true }).click();
	await adding.getByText("The address of its Docker").waitFor();
	await adding.getByLabel("Address").fill(engine.addr);
	await adding.getByLabel("Id", { exact: true }).fill(id);
	await adding.getByRole("button", { name: "Add", exact: true }).click();
	await adding.waitFor({ state: "detached" });
	await one.getByText("up", { exact: true }).waitFor();

	assert.match(command, /^berth-join --etcd http\S+$/);
	const newcomer = `new-${randomBytes(3).toString("hex")}`; // one that was removed stays away
	const host = await joinAs(newcomer, command, { id, engine });
	try {
		const other = card(page, newcomer);
		await other.getByText("pending", { exact: true }).waitFor();
		const approve = async () => {
			await other.getByRole("button", { name: "Approve" }).click();
			await confirmed(page, `Approve ${newcomer}?`, "Approve");
		};
		await approve();
		const refused = page.locator(".note").filter({ hasText: `Approve ${newcomer}: ` });
		await refused.filter({ hasText: host.url.replace(/^tcp:\/\//, "") }).waitFor();
		assert.equal((await pool.get("/api/engines")).find((one) => one.id === newcomer).health.state, "pending");
		host.reached();
		await approve();
		await other.getByText("up", { exact: true }).waitFor();
		assert.equal((await pool.get(`/api/engines/${newcomer}`)).engine.addr, host.url);
		await openView(page, `#/engines/${newcomer}`);
		await page.getByRole("button", { name: "Remove" }).click();
		await confirmed(page, `Remove ${newcomer}?`, "Remove");
		await page.getByRole("heading", { name: "Engines", level: 1 }).waitFor();
		await until("it has gone", async () => (await pool.call("GET", `/api/engines/${newcomer}`)).status === 404);
	} finally {
		host.leave();
	}
});

/* What the pool of the tests is not: without an etcd, with one that no other host reaches, too large to be checked. */
test("an engine by one command where no etcd is, or none that others reach; N+1 of a pool too large to check", async () => {
	const { page, context } = await visit();
	let endpoints = [];
	await context.route("**/api/cluster/info", async (route) => route.fulfill({ json: { ...(await (await route.fetch()).json()), etcd_endpoints: endpoints } }));
	await openView(page, "#/engines?add=host");
	const dialog = page.getByRole("dialog", { name: "Add an engine" });
	await dialog.getByText("This pool has no etcd").waitFor();
	endpoints = ["http://127.0.0.1:2379"];
	await page.reload();
	await dialog.getByText("no other host gets there").waitFor();
	assert.match(await dialog.getByLabel("the command", { exact: true }).innerText(), /^berth-join --etcd http:\/\/[\w.]+:2379$/);

	const [first] = await (await api()).get("/api/engines");
	await context.route("**/api/cluster/info/check", (route) => route.fulfill({ json: { ok: false, unchecked: 2, engines: [{ id: first.id, ok: true, moves: 1, misfit_count: 0, misfits: [], stay_count: 0, stays: [], advice: "" }] } }));
	await page.goto("about:blank");
	await openView(page, "#/engines");
	await page.getByText("2 engines of 3 were not looked at").waitFor();
	assert.equal(await page.getByText("could not lose").count(), 0, "that it could not lose one is not said");
	await openView(page, "#/");
	await page.getByRole("region", { name: "Needs a look" }).getByRole("link", { name: "Not known: whether the pool could lose any one of 2 engines" }).first().waitFor();
	await page.getByRole("link", { name: /Could lose an engine.*2 engines not looked at/ }).waitFor();
});
