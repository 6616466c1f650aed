/* screens: every screen, on a desk and on a phone, light and dark: without a fault that axe finds, and pictures for a person. */
import assert from "node:assert/strict";
import { test, visit, openView, settled, until, api, runSome, destroyAll, AXE, SHOTS, IMAGE, CONSOLE, LIMIT_MS } from "./harness.mjs";

const SIZES = { desktop: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } };

const button = (name) => (page) => page.getByRole("main").getByRole("button", { name }).first().click();
const form = async (page) => {
	await page.getByLabel("Image", { exact: true }).fill(IMAGE);
	await page.getByLabel("How many").fill("10");
	await page.getByLabel("Memory (MB)").fill("20");
	await page.getByRole("region", { name: "Where they would go" }).getByText("10 containers on").waitFor();
};

/** Name, address, what is done there before it is looked at. */
const screens = ({ web, loop, operation, engine }) => [
	["overview", "#/"],
	["containers", "#/containers"],
	["containers-selected", "#/containers?q=shop", (page) => page.getByLabel("Select all that are shown").check()],
	["containers-none", "#/containers?q=nothing-of-the-kind"],
	["destroy", `#/containers/${web}`, button("Destroy")],
	["container", `#/containers/${web}`, (page) => page.getByRole("img", { name: /^CPU of the last minutes; now \d/ }).waitFor()],
	["container-loop", `#/containers/${loop}`],
	["container-logs", `#/containers/${loop}?tab=logs`, (page) => page.getByRole("log").getByText("cannot").first().waitFor()],
	["container-stats", `#/containers/${web}?tab=stats`, (page) => page.getByRole("img", { name: /^CPU of the last minutes; now \d/ }).waitFor()],
	["container-events", `#/containers/${web}?tab=events`],
	["container-json", `#/containers/${web}?tab=json`],
	["scale", "#/containers?q=shop", button(/^Scale /)],
	["copy-as", "#/containers?q=shop", button("Copy as CLI or curl")],
	["run", "#/run", form],
	["engines", "#/engines"],
	["engine", `#/engines/${engine}`],
	["engine-add", "#/engines?add=host"],
	["engine-add-by-hand", "#/engines?add=hand"],
	["history", "#/history"],
	["operations", "#/operations"],
	["operation", `#/operations/${operation}`],
	["accounts", "#/accounts?tab=accounts"],
	["account-add", "#/accounts?tab=accounts", button("Add an account")],
	["roles", "#/accounts?tab=roles"],
	["role-add", "#/accounts?tab=roles", button("Add a role")],
	["tokens", "#/accounts?tab=tokens"],
	["token-add", "#/accounts?tab=tokens", button("Make a token")],
	["keyboard", "#/", (page) => page.keyboard.press("?")],
];

/* In the second theme only what depends on colours is asked for again. */
const check = async (page, where, colours) => {
	const found = await page.evaluate(async (only) => (await window.axe.run(document, { resultTypes: ["violations"], ...(only ? { runOnly: ["color-contrast", "link-in-text-block"] } : {}) })).violations.map((one) => `${one.id} (${one.impact}): ${one.help}: ${one.nodes.slice(0, 3).map((node) => `${node.target.join(" ")} ${node.any[0]?.message || ""}`).join(" | ")}`), colours);
	return found.map((one) => `${where}: ${one}`);
};

/* In the page: colours change over some frames. */
const atRest = async () => {
	await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
	const ending = document.getAnimations().filter((one) => one.effect.getComputedTiming().endTime !== Infinity);
	await Promise.all(ending.map((one) => one.finished.catch(() => {})));
};

/* One screen in its four looks. */
const look = async (page, name, act) => {
	const faults = [];
	for (const [size, viewport] of Object.entries(SIZES)) {
		await page.setViewportSize(viewport);
		if (act && size !== "desktop") {
			await page.keyboard.press("Escape"); // what had opened beside a button is opened anew where the button is now
			await act(page);
		}
		for (const colorScheme of ["light", "dark"]) {
			await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
			await page.evaluate(atRest);
			const where = `${name}-${size}-${colorScheme}`;
			const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
			if (wide > 1) faults.push(`${where}: ${wide} pixels wider than the window`);
			if (size === "desktop") faults.push(...(await check(page, where, colorScheme === "dark")));
			await page.screenshot({ path: `${SHOTS}/${where}.png`, animations: "disabled", timeout: LIMIT_MS });
		}
	}
	await page.setViewportSize(SIZES.desktop);
	return faults;
};

test("every screen in both themes: axe finds nothing, nothing is wider than a phone; pictures of each", async (say) => {
	const pool = await api();
	await destroyAll();
	const [web] = await runSome(7, { container_name: "shop", bind_ports: [{ container_port: 80 }], environment: { MODE: "production", DATABASE_PASSWORD: "kept" } });
	const [loop] = await runSome(1, { container_name: "worker", restart_policy: { name: "always" }, args: ["sh", "-c", "echo starting; echo cannot reach the queue >&2; exit 3"] });
	await until("a crash loop", async () => (await pool.get(`/api/containers/${loop.id}`)).crash_loop, 120_000);
	const [operation] = await pool.get("/api/operations?limit=1");
	const engine = web.engine.id;

	const faults = [];
	const stranger = await visit({ as: null });
	await stranger.page.goto(CONSOLE);
	await stranger.page.getByRole("heading", { name: "Sign in to berth" }).waitFor();
	await stranger.page.evaluate(AXE);
	faults.push(...(await look(stranger.page, "signin")));

	const { page } = await visit();
	await openView(page, "#/");
	await page.evaluate(AXE);
	for (const [name, hash, act] of screens({ web: web.id, loop: loop.id, operation: operation.id, engine })) {
		await page.evaluate((where) => (location.hash = where), "#/elsewhere");
		await page.getByText("There is no such view").waitFor();
		await page.evaluate((where) => (location.hash = where), hash);
		await page.getByText("There is no such view").waitFor({ state: "detached" });
		await settled(page);
		if (act) await act(page);
		faults.push(...(await look(page, name, act)));
		await page.keyboard.press("Escape");
		await page.keyboard.press("Escape");
	}
	say(`pictures: ${SHOTS}`);
	assert.deepEqual(faults, []);
	await destroyAll();
});
