/* console: how long until the console can be used: opened for the first time in a browser that runs, and opened again.
 * Prints one JSON document of milliseconds since the page was asked for: {"first": [...], "again": [...]}.
 * Usage: console.mjs RUNS; it needs what DIR/env gives, and BERTH_BUILD. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const { chromium } = createRequire(`${process.env.BERTH_BUILD}/console-tests/`)("playwright-core");
const server = process.env.BERTH_URL;
const signedIn = { username: process.env.BERTH_USERNAME, password: readFileSync(process.env.BERTH_PASSWORD_FILE, "utf8").trim() };

/* In the page: when the overview has come to its verdict on the pool, and a frame with it has been drawn. */
const noteWhenUsable = () => {
	const look = () => {
		if (![...document.querySelectorAll("[role=status]")].some((node) => /All is well|needs? a look/.test(node.textContent))) return;
		observer.disconnect();
		requestAnimationFrame(() => setTimeout(() => (window.usable = performance.now())));
	};
	const observer = new MutationObserver(look);
	observer.observe(document, { childList: true, characterData: true, subtree: true });
};

const usable = async (page) => (await page.waitForFunction(() => window.usable)).jsonValue();

const browser = await chromium.launch({
	executablePath: process.env.BERTH_CHROMIUM || "/usr/bin/chromium-headless-shell",
	args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],
});
const samples = { first: [], again: [] };
try {
	for (let run = 0; run < Number(process.argv[2]); run++) {
		const context = await browser.newContext({ ignoreHTTPSErrors: true }); // a profile with nothing kept
		await context.addInitScript(() => location.protocol === "https:" && localStorage.setItem("berth-session", "1"));
		await context.addInitScript(noteWhenUsable);
		const answer = await context.request.post(`${server}/auth/session`, { data: signedIn });
		if (!answer.ok()) throw new Error(`sign in: ${answer.status()} ${await answer.text()}`);
		const page = await context.newPage();
		await page.goto(`${server}/console/`);
		samples.first.push(await usable(page));
		await page.reload();
		samples.again.push(await usable(page));
		await context.close();
	}
} finally {
	await browser.close();
}
console.log(JSON.stringify(samples));
