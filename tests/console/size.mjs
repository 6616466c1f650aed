/* size: what the first view costs, ten thousand rows, and the keyboard. */
import assert from "node:assert/strict";
import { test, visit, openView, settled, until, api, rowCount, runSome, CONSOLE } from "./harness.mjs";

const FIRST_VIEW_MAX = 60 * 1024; // bytes as they travel
const MANY = 10_000;
const ROWS_MAX = 150; // elements that may exist for them

test("the first view is small", async (say) => {
	const { page, context } = await visit();
	await context.addInitScript(() => {
		window.requestIdleCallback = () => 0; // the other views are fetched when there is time: there is none
	});
	const plain = [];
	const asked = [];
	page.on("request", (request) => asked.push(new URL(request.url()).pathname + new URL(request.url()).search));
	page.on("response", async (response) => {
		const { "content-type": kind, "content-encoding": coding } = response.headers();
		if (response.url().startsWith(CONSOLE) && /html|css|javascript/.test(kind) && coding !== "gzip") plain.push(response.url());
	});
	await context.addInitScript(() => {
		const look = () => {
			if (window.usable || ![...document.querySelectorAll("[role=status]")].some((node) => /All is well|needs? a look/.test(node.textContent))) return;
			window.usable = performance.now();
		};
		new MutationObserver(look).observe(document, { childList: true, characterData: true, subtree: true });
	});
	await page.goto(CONSOLE);
	await page.getByRole("status").filter({ hasText: /All is well|needs? a look/ }).waitFor();
	await page.waitForLoadState("load");
	say(`usable ${Math.round(await page.evaluate(() => window.usable))} ms after it was asked for`);
	/* As they travel, without the heads of the answers, of which the browser tells only what they are unpacked. */
	const entries = await page.evaluate(() => ["navigation", "resource"].flatMap((kind) => performance.getEntriesByType(kind)).map((entry) => [entry.name, entry.encodedBodySize]));
	const sum = (list) => list.reduce((total, [, size]) => total + size, 0);
	const own = entries.filter(([name]) => name.startsWith(CONSOLE));
	const bytes = sum(own);
	const files = own.length;
	say(`the first view: ${bytes} bytes in ${files} files, and ${sum(entries) - bytes} bytes of the API`);
	assert.deepEqual(plain, [], "not compressed");
	assert.ok(files > 5 && bytes > 0, "it has been measured");
	const twice = asked.filter((path, i) => path.startsWith("/api/") && !path.includes("follow") && path !== "/api/events?count=20" && asked.indexOf(path) < i);
	assert.deepEqual(twice, [], "asked for more than once");
	const first = asked.findIndex((path) => path.endsWith("/js/main.js"));
	assert.ok(asked.indexOf("/auth/session") > 0 && asked.indexOf("/api/engines") > 0, "asked for what it shows");
	say(`${asked.length} requests; the script of the page was the ${first + 1}th`);
	assert.ok(bytes < FIRST_VIEW_MAX, `${bytes} bytes are more than ${FIRST_VIEW_MAX}`);
});

test("ten thousand rows: few elements, each row reached, sorting and search over all", async (say) => {
	const [model] = await runSome(1, { container_name: "model" });
	const one = (await (await api()).get("/api/containers?summary=true")).find(({ id }) => id === model.id);
	const states = ["running", "running", "running", "exited", "restarting"];
	const many = Array.from({ length: MANY }, (_, i) => ({ ...one, id: i.toString(16).padStart(64, "0"), name: `row-${i}`, state: states[i % 5], created: new Date(Date.now() - i * 60_000).toISOString() }));
	const { page, context } = await visit();
	await context.route(/\/api\/containers(\?.*)?$/, (route) => route.fulfill({ json: many }));
	await openView(page, "#/containers");
	await until("all are counted", async () => (await rowCount(page, "Containers")) === MANY);
	const rows = page.getByRole("table", { name: "Containers" }).getByRole("row");
	assert.ok((await rows.count()) < ROWS_MAX, `${await rows.count()} rows exist`);
	const tasks = await page.evaluate(async () => {
		const long = [];
		const observer = new PerformanceObserver((list) => long.push(...list.getEntries().map((entry) => Math.round(entry.duration))));
		observer.observe({ type: "longtask" });
		const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
		const times = [];
		let last = performance.now();
		for (let i = 0; i <= 60; i++) {
			scrollTo(0, (document.documentElement.scrollHeight * i) / 60);
			await frame();
			times.push(performance.now() - last);
			last = performance.now();
		}
		await frame();
		observer.disconnect();
		times.sort((a, b) => a - b);
		return { long, median: Math.round(times[30]), worst: Math.round(times[60]) };
	});
	say(`scrolling over ${MANY} rows: ${tasks.median} ms a frame in the median, ${tasks.worst} at worst, tasks of more than 50 ms: ${tasks.long.join(", ") || "none"}`);
	await page.getByRole("link", { name: `row-${MANY - 1}`, exact: true }).waitFor();
	/* Elements are used again: each must show one row wholly, in its place. */
	const mixed = await page.evaluate(() => [...document.querySelectorAll("[data-row]")].filter((row, i, all) => {
		const number = row.dataset.row;
		const names = [...row.querySelectorAll("[aria-label]")].map((node) => node.getAttribute("aria-label"));
		return row.querySelector("a").textContent !== `row-${number}` || row.getAttribute("aria-rowindex") !== String(Number(number) + 2) || names.some((name) => !name.endsWith(` row-${number}`)) || (i && Number(all[i - 1].dataset.row) !== number - 1);
	}).map((row) => row.innerText));
	assert.deepEqual(mixed, []);
	assert.ok((await rows.count()) < ROWS_MAX, `${await rows.count()} rows exist at the end`);
	const took = async (what, act, wanted) => {
		const began = Date.now();
		await act();
		await until(what, wanted);
		say(`${what}: ${Date.now() - began} ms`);
	};
	await page.getByRole("button", { name: "Age", exact: true }).click();
	await page.evaluate(() => scrollTo(0, 0));
	await took("search over all", () => page.getByLabel("Search containers").fill("row-9999"), async () => (await rowCount(page, "Containers")) === 1);
	await page.getByLabel("Search containers").fill("");
	await took("a filter over all", () => page.getByRole("group", { name: "State" }).getByRole("button", { name: /running/ }).click(), async () => (await rowCount(page, "Containers")) === 6000);
});

test("the keyboard: / searches, g c goes, ? helps, rows are reached and chosen, focus is seen", async () => {
	await runSome(2, { container_name: "keys" });
	const { page } = await visit();
	await openView(page, "#/");
	await page.keyboard.press("?");
	const help = page.getByRole("dialog", { name: "Keyboard" });
	await help.waitFor();
	await page.keyboard.press("Escape");
	await help.waitFor({ state: "detached" });
	for (const [letter, title] of [["e", "Engines"], ["h", "History"], ["p", "Operations"], ["a", "Accounts"], ["r", "Run containers"], ["o", "Overview"], ["c", "Containers"]]) {
		await page.evaluate(() => document.activeElement.blur());
		await page.keyboard.press("g");
		await page.keyboard.press(letter);
		await page.getByRole("heading", { name: title, level: 1 }).waitFor();
	}
	await settled(page);
	await page.keyboard.press("/");
	const search = page.getByLabel("Search containers");
	await until("the search has the focus", () => search.evaluate((node) => node === document.activeElement));
	await page.keyboard.type("keys");
	await until("two rows", async () => (await rowCount(page, "Containers")) === 2);
	assert.notEqual(await search.evaluate((node) => getComputedStyle(node).outlineStyle + getComputedStyle(node).boxShadow), "nonenone", "the focus is not seen");
	await page.keyboard.press("Escape");
	await page.keyboard.press("j");
	await page.keyboard.press("x");
	await page.getByRole("region", { name: "Selected containers" }).getByText("1 selected").waitFor();
	await page.keyboard.press("x");
	await page.getByRole("region", { name: "Selected containers" }).waitFor({ state: "detached" });
	const name = await page.evaluate(() => document.activeElement.closest("[role=row]")?.querySelector("a").textContent);
	await page.getByRole("link", { name, exact: true }).focus();
	await page.keyboard.press("Enter");
	await page.getByRole("heading", { name, level: 1 }).waitFor();
	/* From the top: the first stop leads past the navigation. */
	await openView(page, "#/engines");
	await page.reload();
	await settled(page);
	await page.keyboard.press("Tab");
	assert.equal(await page.evaluate(() => document.activeElement.textContent), "Skip to the content");
	await page.keyboard.press("Enter");
	assert.equal(await page.evaluate(() => document.activeElement.tagName), "H1");
});
