/* export: events as a file. */
import { api } from "../api.js";

const MOST = 10000;

/* A cell that a spreadsheet could take for a formula begins with an apostrophe. */
const cell = (value) => {
	const text = value === null || value === undefined ? "" : String(value);
	const safe = /^[=+\-@\t\r]/.test(text) ? "'" + text : text;
	return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};

const columns = [
	["id", (event) => event.id],
	["time", (event) => event.time],
	["type", (event) => event.type],
	["account", (event) => event.account],
	["engine", (event) => event.engine?.id],
	["container", (event) => event.container?.id],
	["tags", (event) => (event.tags || []).join(" ")],
	["message", (event) => event.message],
	["request_id", (event) => event.request_id],
];

/** @param {object[]} events @returns {string} RFC 4180 */
export const asCsv = (events) => [columns.map(([name]) => name), ...events.map((event) => columns.map(([, of]) => cell(of(event))))].map((row) => row.join(",")).join("\r\n") + "\r\n";

const save = (text, type, name) => {
	const link = document.createElement("a");
	link.href = URL.createObjectURL(new Blob([text], { type }));
	link.download = name;
	link.click();
	setTimeout(() => URL.revokeObjectURL(link.href), 10000);
};

/** @param {"csv"|"json"} form @param {URLSearchParams} query the filters */
export const exportEvents = async (form, query) => {
	const asked = new URLSearchParams(query);
	asked.set("count", String(MOST));
	const events = await api("/api/events?" + asked);
	const name = `berth-events-${new Date().toISOString().slice(0, 19).replaceAll(":", "")}.${form}`;
	if (form === "csv") save(asCsv(events), "text/csv", name);
	else save(JSON.stringify(events, null, 2) + "\n", "application/json", name);
};
