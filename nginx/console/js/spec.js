/* spec: what is typed into the form of a run becomes an image specification, or tells what is wrong with it. */

/** What the form begins with: everything as text, as it is typed. */
export const emptyForm = {
	name: "", count: "1", memory: "256", cpus: "", ports: "", environment: "", args: "", labels: "", type: "service", volumes: "",
	restart: "no", reschedule: "", container_name: "", hostname: "", network_mode: "", entrypoint: "", pull: "", publish: false,
};

const lines = (text) => text.split("\n").map((line) => line.trim()).filter(Boolean);
const listOf = (text) => text.split(/[\s,]+/).filter(Boolean);

/** Words as a shell would take them: quotes hold a word together. @param {string} text */
export const words = (text) => [...text.matchAll(/"((?:[^"\\]|\\.)*)"|'([^']*)'|(\S+)/g)].map(([, double, single, bare]) => (double !== undefined ? double.replace(/\\(.)/g, "$1") : (single ?? bare)));

const portPattern = /^(?:(tcp|udp|sctp)\/)?(?:(?:(\[[0-9a-f:]+\]|[0-9.]*):)?(\d*):)?(\d+)(?:\/(tcp|udp|sctp))?$/i;

/** @param {string} text as in 80, 8080:80, tcp/10.0.0.5:8080:80 @returns {object|null} */
export const parsePort = (text) => {
	const match = portPattern.exec(text);
	if (!match) return null;
	const [, before, host, port, inner, after] = match;
	if (Number(inner) < 1 || Number(inner) > 65535 || Number(port || 0) > 65535) return null;
	const parsed = { proto: (before || after || "tcp").toLowerCase(), container_port: Number(inner) };
	if (host) parsed.host_ip = host.replace(/^\[|\]$/g, "");
	if (port) parsed.port = Number(port);
	return parsed;
};

const whole = (text, low, high, what) => {
	if (!/^\d+$/.test(text.trim())) return `${what} is a whole number.`;
	const value = Number(text);
	return value < low || value > high ? `${what} is from ${low} to ${high.toLocaleString("en")}.` : "";
};

const checks = {
	name: (text) => {
		if (!text.trim()) return "Which image? As in httpd:2.4, or registry.example/app:1.2";
		if (/\s/.test(text.trim())) return "The name of an image has no spaces.";
		return /^[a-z0-9]/i.test(text.trim()) && !/[A-Z]/.test(text.split(":")[0].split("/").slice(1).join("/")) ? "" : "Images are written in lower case, as in httpd:2.4";
	},
	count: (text) => whole(text, 1, 1000, "The number"),
	memory: (text) => (text === "" ? "" : whole(text, 6, 16777216, "Memory in MB")),
	cpus: (text) => (text === "" || (/^\d+(\.\d{1,3})?$/.test(text) && Number(text) <= 1024) ? "" : "Cores, as in 0.5: a share that is guaranteed under contention."),
	ports: (text) => {
		const wrong = listOf(text).find((one) => !parsePort(one));
		return wrong ? `${wrong} is no port: 80, 8080:80 or udp/:53:53` : "";
	},
	environment: (text) => {
		const wrong = lines(text).find((line) => !/^[^=\s]+=/.test(line));
		return wrong ? `"${wrong.slice(0, 40)}" lacks the form NAME=value.` : "";
	},
	volumes: (text) => {
		const wrong = lines(text).find((line) => !/^([^:\s]+:)?\/[^:]*(:(ro|rw))?$/.test(line));
		return wrong ? `"${wrong.slice(0, 40)}" is no volume: /path, name:/path or name:/path:ro` : "";
	},
	restart: (text) => (/^(no|always|unless-stopped|on-failure(:\d+)?)$/.test(text) ? "" : "no, always, unless-stopped or on-failure:5"),
	reschedule: (text) => (/^(|never|always|after=\d+)$/.test(text) ? "" : "never, always or after=30"),
	container_name: (text) => (/^([a-zA-Z0-9][a-zA-Z0-9_.-]*)?$/.test(text) ? "" : "Letters, digits, . _ and -; the first is a letter or a digit."),
	hostname: (text) => (/^([a-zA-Z0-9]([a-zA-Z0-9.-]*[a-zA-Z0-9])?)?$/.test(text) && text.length <= 64 ? "" : "Letters, digits and -, at most 64."),
};

/** @param {object} form @returns {Object<string, string>} what is wrong, by field; empty when all is well */
export const faultsOf = (form) => Object.fromEntries(Object.entries(checks).map(([name, check]) => [name, check(form[name])]).filter(([, fault]) => fault));

/** @param {object} form without faults @returns {object} the body of POST /api/containers */
export const specOf = (form) => {
	const spec = { name: form.name.trim() };
	if (form.memory) spec.memory = Number(form.memory);
	if (form.cpus) spec.cpus = Number(form.cpus);
	const ports = listOf(form.ports).map(parsePort);
	if (ports.length) spec.bind_ports = ports;
	const variables = lines(form.environment).map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]);
	if (variables.length) spec.environment = Object.fromEntries(variables);
	if (words(form.args).length) spec.args = words(form.args);
	if (words(form.entrypoint).length) spec.entrypoint = words(form.entrypoint);
	if (listOf(form.labels).length) spec.labels = listOf(form.labels);
	if (form.type !== "service") spec.type = form.type;
	if (lines(form.volumes).length) spec.volumes = lines(form.volumes);
	if (form.restart !== "no") {
		const [name, retries] = form.restart.split(":");
		spec.restart_policy = retries ? { name, maximum_retry: Number(retries) } : { name };
	}
	for (const name of ["reschedule", "container_name", "hostname", "network_mode"]) if (form[name]) spec[name] = form[name].trim();
	if (form.publish) spec.publish = true;
	return spec;
};
