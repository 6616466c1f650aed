/* session: signing in and out, a session that ends while somebody types, and what a role does not grant. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test, visit, signIn, openView, api, admin, CONSOLE, URL_OF_STACK, IMAGE } from "./harness.mjs";

const password = () => "Pier-" + randomBytes(9).toString("hex");
const accounts = [];

/** A new account of a role, which is deleted at the end. */
export const newAccount = async (role, username = `see-${role}-${randomBytes(3).toString("hex")}`) => {
	const who = { username, password: password() };
	await (await api()).post("/api/account", { ...who, role });
	accounts.push(username);
	return who;
};

export const deleteAccounts = async () => {
	const pool = await api();
	for (const username of accounts.splice(0)) await pool.call("DELETE", "/api/account", { username });
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

	const again = page.getByRole("dialog", { name: "Your session has ended" });
	await again.waitFor();
	assert.equal(await again.getByLabel("User name").inputValue(), who.username);
	await again.getByLabel("Password").fill(who.password);
	await again.getByRole("button", { name: "Sign in" }).click();
	await again.waitFor({ state: "detached" });
	assert.equal(await page.getByLabel("Environment").inputValue(), "TYPED=yes");
	assert.equal(await page.getByLabel("How many").inputValue(), "3");
	await page.getByLabel("How many").fill("2"); // the new session serves
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

test("a change without the session's proof is refused", async () => {
	const { page } = await visit({ allow: [/status of 403/] });
	await openView(page, "#/");
	const status = await page.evaluate(async () => (await fetch("/api/containers?count=1", { method: "POST", body: "{}" })).status);
	assert.equal(status, 403);
});
