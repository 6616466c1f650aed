/* session: signing in and out, a session that ends while somebody types, and what a role does not grant. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test, visit, signIn, openView, until, rowCount, api, admin, CONSOLE, URL_OF_STACK, IMAGE } from "./harness.mjs";

const password = () => "Pier-" + randomBytes(9).toString("hex");
const accounts = [];
const roles = [];

/** A new account of a role, which is deleted at the end. */
export const newAccount = async (role, username = `see-${role}-${randomBytes(3).toString("hex")}`) => {
	const who = { username, password: password() };
	await (await api()).post("/api/account", { ...who, role });
	accounts.push(username);
	return who;
};

/** A new role of these grants, with an account of it; both are deleted at the end. */
const newRole = async (kind, grants) => {
	const name = `${kind}-${randomBytes(3).toString("hex")}`;
	await (await api()).post("/api/roles", { name, grants: grants.map((grant) => ({ access: grant.split(" ")[0], path: grant.split(" ")[1] })) });
	roles.push(name);
	return newAccount(name);
};

export const deleteAccounts = async () => {
	const pool = await api();
	for (const username of accounts.splice(0)) await pool.call("DELETE", "/api/account", { username });
	for (const name of roles.splice(0)) await pool.call("DELETE", `/api/roles/${name}`);
};

test("sign in: the root leads to it, a wrong password is told, the right one opens the overview, and out again", async () => {
	const { page } = await visit({ as: null });
	await page.goto(URL_OF_STACK + "/");
	assert.equal(page.url().replace(/#.*/, ""), CONSOLE);
	await page.getByRole("heading", { name: "Sign in to berth" }).waitFor();
	await page.getByRole("button", { name: "Sign in" }).click();
	await page.getByRole("alert").filter({ hasText: "missing" }).waitFor();
	await page.getByLabel("User name").fill("admin");
	await page.getByLabel("Password", { exact: true }).fill("not the password");
	await page.getByRole("button", { name: "Sign in" }).click();
	await page.getByRole("alert").filter({ hasText: /password/i }).waitFor();
	assert.equal(await page.getByLabel("Password", { exact: true }).inputValue(), "");
	await signIn(page, admin);
	await page.getByRole("heading", { name: "Overview", level: 1 }).waitFor();
	const [cookie, ...more] = await page.context().cookies();
	assert.deepEqual([cookie.name, cookie.httpOnly, cookie.secure, cookie.sameSite, cookie.path, more.length], ["__Host-berth", true, true, "Strict", "/", 0]);

	await page.getByRole("button", { name: "Account and settings" }).or(page.getByRole("button", { name: "admin", exact: true })).click();
	await page.getByRole("button", { name: "Sign out" }).click();
	await page.getByRole("heading", { name: "Sign in to berth" }).waitFor();
	assert.equal((await page.context().request.get(URL_OF_STACK + "/auth/session")).status(), 401);
	await page.reload();
	await page.getByRole("heading", { name: "Sign in to berth" }).waitFor();
});

test("a session that ends: it is asked for in place, and what was typed stays", async () => {
	const pool = await api();
	const who = await newAccount("deployer");
	const { page } = await visit({ as: who, fresh: true, allow: [/status of 401/] });
	await openView(page, "#/run");
	await page.getByLabel("Image", { exact: true }).fill(IMAGE);
	await page.getByLabel("Environment").fill("TYPED=yes");
	await page.getByLabel("How many").fill("3");
	const [{ id }] = (await pool.get("/api/tokens")).filter((one) => one.account === who.username);
	await pool.remove("/api/tokens/" + id);
	await page.getByLabel("How many").fill("4");

	const again = page.getByRole("dialog", { name: "Your session has ended" });
	await again.waitFor();
	assert.equal(await again.getByLabel("User name").inputValue(), who.username);
	await again.getByLabel("Password").fill(who.password);
	await again.getByRole("button", { name: "Sign in" }).click();
	await again.waitFor({ state: "detached" });
	assert.equal(await page.getByLabel("Environment").inputValue(), "TYPED=yes");
	assert.equal(await page.getByLabel("How many").inputValue(), "4");
	await page.getByText("4 containers on").waitFor(); // what was asked for goes on
	await page.getByLabel("How many").fill("2"); // and the new session serves
	await page.getByText("2 containers on 2 engines").waitFor();
});

test("who may less: what a role does not grant is not offered, and is refused", async () => {
	const pool = await api();
	const demo = (await pool.get("/api/containers")).find((one) => one.name === "demo");
	const offered = async (page) => {
		const names = { containers: ["Run containers", "Stop demo", "Scale demo", "More for demo"], engines: ["Add an engine", "Drain", "More for n1"], container: ["Stop", "Restart", "Scale", "Destroy"] };
		const found = [];
		for (const [view, buttons] of Object.entries(names)) {
			await openView(page, view === "container" ? `#/containers/${demo.id}` : `#/${view}`);
			if (view !== "container") await page.getByText(view === "engines" ? "n1" : "demo", { exact: true }).first().waitFor();
			for (const name of buttons)
				if (await page.getByRole("button", { name, exact: true }).or(page.getByRole("link", { name, exact: true })).count()) found.push(`${view}: ${name}`);
		}
		return found;
	};
	const views = (page) => page.getByRole("navigation", { name: "Views" }).getByRole("link").allInnerTexts();
	const refused = async (page, method, path) =>
		page.evaluate(async ([verb, where]) => {
			const { csrf } = await (await fetch("/auth/session")).json();
			return (await fetch(where, { method: verb, headers: { "X-CSRF-Token": csrf } })).status;
		}, [method, path]);

	const boss = await visit();
	const all = await offered(boss.page);
	assert.equal(all.length, 11, "an admin is offered all of it: " + all.join());
	assert.ok((await views(boss.page)).join().includes("Accounts"));

	const user = await visit({ as: await newAccount("user"), fresh: true, allow: [/status of 403/] });
	assert.equal((await offered(user.page)).filter((one) => !one.startsWith("engines")).length, 8, "a user runs containers");
	assert.ok(!(await views(user.page)).some((name) => /^Accounts/.test(name.trim())));
	await openView(user.page, "#/accounts?tab=accounts");
	await user.page.getByRole("heading", { name: "My account" }).waitFor();
	assert.equal(await user.page.getByRole("button", { name: /Add an account|Add a role/ }).count(), 0);
	assert.equal(await user.page.getByText("All accounts").count(), 0);
	assert.equal(await refused(user.page, "GET", "/api/account"), 403);
	assert.equal(await refused(user.page, "DELETE", "/api/roles/viewer"), 403);

	const viewer = await visit({ as: await newAccount("viewer"), fresh: true, allow: [/status of 403/] });
	assert.deepEqual(await offered(viewer.page), []);
	await openView(viewer.page, "#/run");
	await viewer.page.getByText("Your role does not run containers").waitFor();
	assert.equal(await refused(viewer.page, "POST", `/api/containers/${demo.id}/stop`), 403);
	assert.equal(await refused(viewer.page, "DELETE", "/api/engines/n1"), 403);
	assert.equal((await pool.get(`/api/containers/${demo.id}`)).state, "running");
});

/* Whatever the page asks for by itself is granted: a refusal would be an error in the browser's console. */
test("roles of a part of the pool: what they do not show is not asked for, and said where one looks for it", async () => {
	const pool = await api();
	const demo = (await pool.get("/api/containers")).find((one) => one.name === "demo");
	const enter = async (who) => {
		const { page } = await visit({ as: null });
		await page.goto(CONSOLE);
		await signIn(page, who);
		await page.getByText("Nothing is wrong with what your role shows").waitFor();
		const names = await page.getByRole("navigation", { name: "Views" }).getByRole("link").allInnerTexts();
		return { page, names: names.map((name) => name.trim().replace(/\W.*/s, "")).join() };
	};
	const runs = await enter(await newRole("see-runs", ["write /api/containers"]));
	assert.equal(runs.names, "Overview,Containers,My");
	await runs.page.getByRole("link", { name: /^Containers running/ }).waitFor();
	const regions = (page) => page.getByRole("region").evaluateAll((all) => all.map((one) => one.getAttribute("aria-label") || one.querySelector("h2")?.textContent).join());
	assert.equal(await regions(runs.page), "", "of what the role does not show the overview has no part");
	assert.equal(await runs.page.getByRole("button", { name: "Copy as CLI or curl" }).count(), 0, "nor a command that asks for it");
	await runs.page.reload();
	await runs.page.getByText("Not live").waitFor();
	await openView(runs.page, "#/containers");
	await runs.page.getByRole("button", { name: "Stop demo" }).waitFor();
	assert.equal(await runs.page.getByLabel("Engine", { exact: true }).count(), 0, "engines are no filter where they are not shown");
	await openView(runs.page, `#/containers/${demo.id}`);
	await runs.page.getByRole("img", { name: /^CPU of the last minutes; now \d/ }).waitFor();
	assert.equal(await runs.page.getByRole("navigation", { name: "Of this container" }).getByRole("link", { name: "Events" }).count(), 0);
	for (const [place, path] of [["engines", "/api/engines"], ["engines/n1", "/api/engines"], ["operations", "/api/operations"], ["history", "/api/events"]]) {
		await openView(runs.page, "#/" + place);
		await runs.page.getByText("Your role does not show this").waitFor();
		await runs.page.getByRole("main").getByText(path).waitFor();
	}
	await openView(runs.page, "#/run");
	await runs.page.getByLabel("Image", { exact: true }).fill(IMAGE);
	await runs.page.getByLabel("Memory (MB)").fill("20");
	await runs.page.getByText("1 container on 1 engine").waitFor();
	await runs.page.getByRole("button", { name: "Run", exact: true }).click();
	await runs.page.getByText(`1 container of ${IMAGE} run`).first().waitFor();
	await openView(runs.page, "#/containers");
	await until("the page asks again by itself", async () => (await rowCount(runs.page, "Containers")) === 2);

	const tells = await enter(await newRole("see-tells", ["read /api/events"]));
	assert.equal(tells.names, "Overview,History,My");
	await tells.page.getByText("Live", { exact: true }).waitFor();
	await tells.page.getByRole("list", { name: "What has happened last" }).getByRole("listitem").first().waitFor();
	assert.equal(await regions(tells.page), "Timeline");
	await openView(tells.page, "#/history");
	await tells.page.getByRole("main").getByRole("listitem").first().waitFor();
	await openView(tells.page, "#/containers");
	await tells.page.getByText("Your role does not show this").waitFor();
	await openView(tells.page, "#/accounts");
	await tells.page.getByRole("heading", { name: "My account" }).waitFor();
});

test("a change without the session's proof is refused", async () => {
	const { page } = await visit({ allow: [/status of 403/] });
	await openView(page, "#/");
	const status = await page.evaluate(async () => (await fetch("/api/containers?count=1", { method: "POST", body: "{}" })).status);
	assert.equal(status, 403);
});
