/* containers: run, scale, find, act on many, and the same as commands. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { test, visit, openView, until, api, shell, rowCount, runSome, destroyAll, URL_OF_STACK, IMAGE } from "./harness.mjs";

const spread = (containers) => {
	const by = {};
	for (const { engine } of containers) by[engine.id] = (by[engine.id] || 0) + 1;
	return by;
};

test("run 10: faults while typing, where they would go, how it goes on, and that is where they are", async () => {
	const { page } = await visit();
	await openView(page, "#/run");
	const more = page.getByRole("main");
	await more.getByLabel("Image", { exact: true }).fill("No Image");
	await more.getByRole("alert").filter({ hasText: "spaces" }).waitFor();
	await more.getByLabel("Image", { exact: true }).fill(IMAGE);
	await more.getByLabel("How many").fill("10");
	await more.getByLabel("Memory (MB)").fill("20");
	await more.getByLabel("Ports", { exact: true }).fill("80");
	const preview = page.getByRole("region", { name: "Where they would go" });
	await preview.getByText("10 containers on 3 engines").waitFor();
	const planned = {};
	for (const item of await preview.getByRole("listitem").all()) {
		const [, id] = /^(\S+)/.exec((await item.innerText()).trim());
		planned[id] = Number(/\+(\d+)/.exec(await item.innerText())[1]);
	}
	assert.equal(Object.values(planned).reduce((sum, n) => sum + n, 0), 10);
	await page.getByRole("button", { name: "Run 10 containers" }).click();
	await page.getByText("10 of 10 containers done").waitFor();
	assert.equal(await page.getByRole("list", { name: "Containers of the operation" }).getByRole("listitem").count(), 10);
	const made = (await (await api()).get("/api/containers")).filter((one) => one.name !== "demo" && one.managed);
	assert.deepEqual(spread(made), planned);
	await page.getByRole("link", { name: "Look at them in the list" }).click();
	await until("they are listed", async () => (await rowCount(page, "Containers")) === 11);
});

test("a run that fails says why, and is tried again where it shows: beside the form, on the overview, in the list, on its page", async () => {
	const pool = await api();
	const { page } = await visit({ allow: [/status of 40[49]|status of 422/] });
	await openView(page, "#/run");
	await page.getByLabel("Image", { exact: true }).fill(IMAGE);
	await page.getByLabel("Memory (MB)").fill("16000000");
	const preview = page.getByRole("region", { name: "Where they would go" });
	await preview.getByRole("alert").filter({ hasText: "n1" }).waitFor(); // each engine with its reason
	await page.getByLabel("Memory (MB)").fill("20");
	await page.getByText("More: command, placement").click();
	await page.getByLabel("Placement").selectOption("host");
	await page.getByLabel("Labels").fill("host:n1");
	await until("why no other engine gets any", async () => (await preview.getByText("pinned to engine n1").count()) === 2);
	await page.getByLabel("Placement").selectOption("service");
	await page.getByLabel("Labels").fill("");
	await page.getByLabel("Arguments").fill("/no/such/program");
	await preview.getByText("1 container on 1 engine").waitFor();
	await page.getByRole("button", { name: "Run", exact: true }).click();
	await page.getByText("1 failed").first().waitFor();
	await page.getByText(/no such file/).first().waitFor();
	await page.getByRole("button", { name: "Run the 1 again that failed" }).click();
	await until("a second operation", async () => (await page.getByText("0 of 1 container done, 1 failed").count()) === 2);
	assert.equal(await page.getByRole("button", { name: "Run the 1 again that failed" }).count(), 1);

	const newest = async () => (await pool.get("/api/operations?limit=1"))[0];
	const again = async (where) => {
		const { id } = await newest();
		await where(page.locator(`a[href="#/operations/${id}"]`)).click();
		const question = page.getByRole("dialog", { name: "Try the 1 again that failed?" });
		await question.getByText("run anew, with the same specification").waitFor();
		await question.getByRole("button", { name: "Copy as CLI or curl" }).click();
		await page.getByText(`berth retry ${id}`).waitFor();
		await page.keyboard.press("Escape");
		await question.getByRole("button", { name: "Try again" }).click();
		await page.waitForURL((url) => /operations.[0-9a-f]{32}/.test(url.hash) && !url.hash.includes(id));
		await page.getByText("0 of 1 container done, 1 failed").first().waitFor();
		const { superseded, failed, items } = await pool.get(`/api/operations/${id}`);
		assert.deepEqual([superseded, failed, items[0].note], [1, 0, `Operation ${(await newest()).id} tries it again.`]);
	};
	await openView(page, "#/");
	await again((link) => page.getByRole("region", { name: "Needs a look" }).getByRole("listitem").filter({ has: link }).getByRole("button", { name: "Try again" }));
	await openView(page, "#/operations");
	await again((link) => page.getByRole("row").filter({ has: link }).getByRole("button", { name: /^Try the 1 of run-container/ }));
	await again(() => page.getByRole("main").getByRole("button", { name: "Try the 1 again" }));
	await openView(page, "#/operations");
	await page.getByText("superseded", { exact: true }).nth(3).waitFor();
});

/* One group, by the API: what the next cases work on. */
const group = async (count, name) => {
	await destroyAll();
	return runSome(count, { container_name: name, bind_ports: [{ container_port: 80 }] });
};

test("search, filters in the address, scaling in place up and down", async () => {
	await group(6, "web");
	const { page } = await visit();
	await openView(page, "#/containers");
	await page.getByLabel("Search containers").fill("web");
	await until("six rows", async () => (await rowCount(page, "Containers")) === 6);
	assert.match(page.url(), /q=web/);
	await page.reload();
	await until("six rows after loading again", async () => (await page.getByRole("table", { name: "Containers" }).count()) && (await rowCount(page, "Containers")) === 6);

	await page.getByRole("button", { name: "Scale web-1" }).click();
	await page.getByLabel("How many").fill("9");
	await page.getByRole("button", { name: "Scale to 9" }).click();
	await page.getByText(`Scale ${IMAGE} to 9: done`).first().waitFor();
	await until("nine rows", async () => (await rowCount(page, "Containers")) === 9);
	await page.getByRole("button", { name: "Scale web-1" }).click();
	await page.getByLabel("How many").fill("4");
	await page.getByRole("button", { name: "Scale to 4" }).click();
	await page.getByRole("dialog", { name: "Scale to 4?" }).getByRole("button", { name: "Destroy 5" }).click();
	await page.getByText(/^Scale to 4: done/).first().waitFor();
	await until("four rows", async () => (await rowCount(page, "Containers")) === 4);
	assert.equal((await (await api()).get("/api/containers")).filter((one) => one.name?.startsWith("web")).length, 4);
});

test("many at once: stopped, started, destroyed", async () => {
	await group(3, "bulk");
	const { page } = await visit();
	await openView(page, "#/containers?q=bulk");
	await page.getByLabel("Select all that are shown").check();
	const bulk = page.getByRole("region", { name: "Selected containers" });
	await bulk.getByText("3 selected").waitFor();
	const states = page.getByRole("group", { name: "State" });
	await bulk.getByRole("button", { name: "Stop" }).click();
	await states.getByRole("button", { name: /stopped 3/ }).waitFor();
	await bulk.getByRole("button", { name: "Start", exact: true }).click();
	await states.getByRole("button", { name: /running 3/ }).waitFor();
	await bulk.getByRole("button", { name: "Destroy" }).click();
	const question = page.getByRole("dialog", { name: "Destroy 3 containers?" });
	await question.getByRole("button", { name: "Cancel" }).click();
	await bulk.getByRole("button", { name: "Destroy" }).click();
	await question.getByRole("button", { name: "Destroy" }).click();
	await page.getByText("No container fits").waitFor();
	assert.equal((await (await api()).get("/api/containers")).filter((one) => one.name?.startsWith("bulk")).length, 0);
});

test("copy as CLI and as curl: the commands run as they stand", async (say) => {
	const [one] = await runSome(1, { container_name: "copied", environment: { MODE: "it's a \"test\" $HOME" } });
	const { page, context } = await visit();
	await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: URL_OF_STACK });
	const home = mkdtempSync(`${tmpdir()}/berth-console-`);
	const variables = { XDG_CACHE_HOME: home, XDG_CONFIG_HOME: home, BERTH_TOKEN: (await api()).token };
	const copied = async (kind, button = page.getByRole("main").getByRole("button", { name: "Copy as CLI or curl" }).first()) => {
		await button.click();
		await page.getByRole("button", { name: `Copy as ${kind}`, exact: true }).click();
		await until("it is told", async () => (await page.locator("#announce").textContent()) === "Copied.");
		const text = await page.evaluate(() => navigator.clipboard.readText());
		await page.keyboard.press("Escape");
		return text;
	};
	try {
		/* Views whose command only looks. */
		const looks = ["#/", "#/containers?q=x&state=running&engine=n1", "#/engines", "#/history?type=run-container&span=24h&account=admin", "#/operations", `#/containers/${one.id}?tab=json`, "#/accounts?tab=accounts", "#/accounts?tab=roles", "#/accounts?tab=tokens"];
		for (const hash of looks) {
			await openView(page, hash);
			const button = hash.includes("tab=") ? page.getByRole("main").getByRole("button", { name: "Copy as CLI or curl" }).nth(hash.includes("json") ? 1 : 0) : undefined;
			for (const kind of ["CLI", "curl"]) {
				const line = await copied(kind, button);
				const output = await shell(line.replaceAll("curl --", "curl -sS --fail --"), variables).catch((error) => assert.fail(`${hash}: ${line}: ${error.stderr || error}`));
				assert.ok(output.length > 1, `${hash}: ${line} prints nothing`);
			}
		}
		/* One that does something, with quotes in it. */
		await openView(page, "#/run");
		await page.getByLabel("Image", { exact: true }).fill(IMAGE);
		await page.getByLabel("Memory (MB)").fill("20");
		await page.getByLabel("Environment").fill("SAID=it's a \"test\" $HOME");
		await page.getByText("More: command, placement").click();
		await page.getByLabel("Arguments").fill("sh -c 'echo \"$SAID\"; exec sleep 1000'");
		const line = await copied("CLI", page.getByRole("button", { name: "As a command" }));
		say(line);
		const made = (await shell(line + " -q", variables)).trim();
		await until("it says what it was told", async () => (await shell(`berth log ${made}`, variables)) === "it's a \"test\" $HOME\n");
	} finally {
		rmSync(home, { recursive: true, force: true });
	}
});
