#!/usr/bin/env -S node --test-reporter=tap
/* The console in a real browser against a real stack of three engines: run by ./quickstart check as the other suites are.
 * By hand, on a running stack: . DIR/env; BERTH_BUILD=$PWD/build BERTH_QUICKSTART=$PWD/quickstart BERTH_SOURCE=$PWD tests/console/console.mjs */
import { test } from "node:test";
import assert from "node:assert/strict";
import { api, destroyAll, until } from "./harness.mjs";
import { deleteAccounts } from "./session.mjs";
import "./containers.mjs";
import "./live.mjs";
import "./engines.mjs";
import "./size.mjs";
import "./hostile.mjs";
import "./screens.mjs";

test("everything is as it was before", { timeout: 300_000 }, async () => {
	await deleteAccounts();
	await destroyAll();
	const pool = await api();
	await until("all engines are up", async () => (await pool.get("/api/engines")).every((one) => one.health.status === "up"), 120_000);
	await until("only the demo application is left", async () => (await pool.get("/api/containers")).every((one) => !one.managed || one.name === "demo"));
	assert.equal((await pool.get("/api/account")).filter((one) => one.username.startsWith("see-")).length, 0);
	await pool.close();
});
