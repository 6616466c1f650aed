/* format: numbers and times as people read them. */

/** @param {number} mb @returns {string} as in 512 MB, 23.5 GB */
export const memory = (mb) => {
	if (mb === null || mb === undefined) return "–";
	if (mb < 1024) return `${Math.round(mb * 10) / 10} MB`;
	const gb = mb / 1024;
	return `${gb < 100 ? Math.round(gb * 10) / 10 : Math.round(gb)} GB`;
};

/** @param {number} bytes */
export const bytes = (count) => {
	if (count === null || count === undefined) return "–";
	const units = ["B", "KB", "MB", "GB", "TB"];
	let unit = 0;
	for (; count >= 1000 && unit < units.length - 1; unit++) count /= 1024;
	return `${unit && count < 10 ? count.toFixed(1) : Math.round(count)} ${units[unit]}`;
};

/** @param {number} cores */
export const cores = (count) => String(Math.round(count * 1000) / 1000);

/** @param {number} part @param {number} whole @returns {number} 0 to 100 and beyond */
export const percent = (part, whole) => (whole > 0 ? (part / whole) * 100 : 0);

/** @param {number} value */
export const count = (value) => (value ?? 0).toLocaleString("en");

/** @param {number} n @param {string} one @param {string} [many] */
export const plural = (n, one, many = one + "s") => `${count(n)} ${n === 1 ? one : many}`;

/** @param {number} milliseconds of a round trip */
export const roundTrip = (milliseconds) => {
	if (milliseconds === null || milliseconds === undefined) return "–";
	if (milliseconds < 0.1) return "< 0.1 ms";
	if (milliseconds < 10) return `${milliseconds.toFixed(milliseconds < 1 ? 2 : 1)} ms`;
	return milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
};

/** The length of a time in its two largest units. @param {number} seconds */
export const duration = (seconds) => {
	seconds = Math.max(0, Math.round(seconds));
	if (seconds < 60) return `${seconds}s`;
	if (seconds < 3600) return `${Math.floor(seconds / 60)}m`;
	if (seconds < 86400) return `${Math.floor(seconds / 3600)}h`;
	return `${Math.floor(seconds / 86400)}d`;
};

/** @param {string} time ISO 8601 @param {number} now ms @returns {string} as in 5m ago */
export const ago = (time, now = Date.now()) => {
	if (!time) return "–";
	const seconds = (now - Date.parse(time)) / 1000;
	if (!Number.isFinite(seconds)) return "–";
	if (seconds < 0) return `in ${duration(-seconds)}`;
	return seconds < 5 ? "now" : `${duration(seconds)} ago`;
};

const clockFormat = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const dateFormat = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });

/** Time of day in the browser's zone. @param {string} time */
export const clock = (time) => clockFormat.format(new Date(time));
/** @param {string} time */
export const day = (time) => dateFormat.format(new Date(time));
/** @param {string} time */
export const moment = (time) => (time ? `${day(time)}, ${clock(time)}` : "–");

/** The beginning of an id, as the command line shows it. @param {string} id */
export const shortId = (id) => (id && /^[0-9a-f]{13,}$/.test(id) ? id.slice(0, 12) : id || "–");
