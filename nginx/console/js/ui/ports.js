/* ports: where a container is reached, as links. */
import { html, computed } from "../lib.js";
import { engines } from "../store.js";

/* Only the host of the engine's address is used: whatever else stands there is no part of a link. */
const parseHost = (addr) => {
	try {
		return new URL(addr.replace(/^tcp:/, "http:")).hostname;
	} catch {
		return "";
	}
};

const hosts = computed(() => new Map(engines.data.value.map((one) => [one.id, parseHost(one.engine?.addr || "")])));
const hostOf = (engine) => hosts.value.get(engine?.id) ?? (engine?.addr ? parseHost(engine.addr) : "");

const anywhere = new Set(["", "0.0.0.0", "::", undefined]);

/** @param {object} port @param {object} c its container @returns {string|null} an address of http, or null when there is none */
export const portLink = (port, c) => {
	const host = anywhere.has(port.host_ip) ? hostOf(c.engine) : port.host_ip;
	if (port.proto !== "tcp" || !port.port || !host) return null;
	const secure = [443, 8443].includes(port.container_port);
	const literal = host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
	return `${secure ? "https" : "http"}://${literal}:${port.port}/`;
};

/** @param {{of: object, max?: number}} props */
export const Ports = ({ of, max = Infinity }) => {
	const ports = (of.ports || []).filter((port) => port.container_port);
	if (!ports.length) return html`<span class="muted">–</span>`;
	const shown = ports.slice(0, max);
	return html`<span class="ports">${shown.map((port) => {
		const link = portLink(port, of);
		const words = `${port.port || "–"}→${port.container_port}${port.proto === "tcp" ? "" : "/" + port.proto}`;
		return link
			? html`<a key=${words} class="port link" href=${link} target="_blank" rel="noopener noreferrer" title=${`Open ${link}`}>${words}</a>`
			: html`<span key=${words} class="port quiet">${words}</span>`;
	})}${ports.length > max && html`<span class="muted">+${ports.length - max}</span>`}</span>`;
};
